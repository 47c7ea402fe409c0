// All option levels there are tables of.

import type { OptionLevel } from './entry.ts'
import { IP_LEVEL } from './ip.ts'
import { IPV6_LEVEL } from './ipv6.ts'
import { SOL_SOCKET_LEVEL } from './sol-socket.ts'
import { TCP_LEVEL } from './tcp.ts'
import { UDP_LEVEL } from './udp.ts'

export const OPTION_LEVELS: readonly OptionLevel[] = [SOL_SOCKET_LEVEL, IP_LEVEL, IPV6_LEVEL, TCP_LEVEL, UDP_LEVEL]
