import type { Scenario } from '../scenario.ts'
import { CALL_SCENARIOS } from './calls.ts'
import { EPOLL_SCENARIOS } from './epoll.ts'
import { INET_OPTION_EFFECT_SCENARIOS } from './inet-option-effects.ts'
import { KERNEL_SCENARIOS } from './kernel.ts'
import { MULTICAST_OPTION_SCENARIOS } from './multicast-options.ts'
import { NETLINK_SCENARIOS } from './netlink.ts'
import { OPTION_EFFECT_SCENARIOS } from './option-effects.ts'
import { OPTION_SCENARIOS } from './options.ts'
import { PACKET_OPTION_EFFECT_SCENARIOS } from './packet-option-effects.ts'
import { PRIVILEGE_SCENARIOS } from './privilege.ts'
import { RAW_SCENARIOS } from './raw.ts'
import { SLEEP_SCENARIOS } from './sleep.ts'
import { TCP_OPTION_EFFECT_SCENARIOS } from './tcp-option-effects.ts'
import { TCP_SCENARIOS } from './tcp.ts'
import { TCP_DATA_SCENARIOS } from './tcp-data.ts'
import { UDP_SCENARIOS } from './udp.ts'
import { UNIX_SCENARIOS } from './unix.ts'
import { WRONG_ARGUMENT_SCENARIOS } from './wrong-arguments.ts'

export const ALL_SCENARIOS: readonly Scenario[] = [
  ...TCP_SCENARIOS, ...TCP_DATA_SCENARIOS, ...OPTION_SCENARIOS, ...UDP_SCENARIOS, ...UNIX_SCENARIOS, ...EPOLL_SCENARIOS, ...CALL_SCENARIOS,
  ...RAW_SCENARIOS, ...SLEEP_SCENARIOS, ...KERNEL_SCENARIOS, ...WRONG_ARGUMENT_SCENARIOS, ...NETLINK_SCENARIOS,
  ...OPTION_EFFECT_SCENARIOS, ...INET_OPTION_EFFECT_SCENARIOS, ...TCP_OPTION_EFFECT_SCENARIOS, ...MULTICAST_OPTION_SCENARIOS,
  ...PACKET_OPTION_EFFECT_SCENARIOS, ...PRIVILEGE_SCENARIOS,
]
