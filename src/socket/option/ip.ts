// IPPROTO_IP (rows F7, D8, behaviour 50; Linux: do_ip_setsockopt).

import type { Errno } from '../../base/errno.ts'
import {
  IPPROTO_TCP, IP_BIND_ADDRESS_NO_PORT, IP_FREEBIND, IP_HDRINCL, IP_LOCAL_PORT_RANGE, IP_MINTTL, IP_MTU, IP_MTU_DISCOVER,
  IP_MULTICAST_ALL, IP_MULTICAST_LOOP, IP_MULTICAST_TTL, IP_NODEFRAG, IP_OPTIONS, IP_PKTINFO, IP_PROTOCOL, IP_RECVERR, IP_RECVOPTS,
  IP_RECVORIGDSTADDR, IP_RECVTOS, IP_RECVTTL, IP_RETOPTS, IP_TOS, IP_TRANSPARENT, IP_TTL, IP_UNICAST_IF, SOCK_RAW, SOCK_STREAM,
} from '../../base/posix.ts'
import type { MtuDiscover } from '../../ip/flow.ts'
import type { InetOptions, InetSock } from '../../sock/inet-sock.ts'
import { readOptions } from '../../sock/ip-options.ts'
import { priorityOfTos } from '../../sock/priority.ts'
import { IP_MULTICAST_ROWS } from './ip-multicast.ts'
import { flagRow, getFrom, intBytes, intRow, intValue, optionTable, setIn, swap32 } from './table.ts'
import type { OptionRow } from './table.ts'

/** On TCP the two ECN bits are the protocol's own. */
const ECN_MASK = 3

/** IP_PMTUDISC_* in order; INTERFACE and OMIT send without DF. */
export const MTU_DISCOVER: readonly MtuDiscover[] = ['dont', 'want', 'do', 'probe', 'dont', 'dont']

type SwitchName = { [K in keyof InetOptions]: InetOptions[K] extends boolean ? K : never }[keyof InetOptions]

export function inetFlag(name: string, id: number, field: SwitchName): OptionRow<InetSock> {
  return flagRow(name, id, sock => sock.inet[field], (sock, on) => store(sock, { [field]: on }))
}

export function store(sock: InetSock, change: Partial<InetOptions>): 0 {
  sock.setInetOptions(change)
  return 0
}

export function setMtuDiscover(sock: InetSock, n: number): 0 | Errno {
  const wanted = MTU_DISCOVER[n]
  if (wanted === undefined) return 'EINVAL'
  sock.flow.mtuDiscover = wanted
  return store(sock, { mtuDiscoverNumber: n })
}

export function pathMtu(sock: InetSock): number | Errno { return sock.flow.route === undefined ? 'ENOTCONN' : sock.namespace.ip.mtu(sock.flow) }

const BASIC: readonly OptionRow<InetSock>[] = [
  // RFC 9293 MUST-48, SHLD-21, SHLD-22: at any time, unchanged but for the two ECN bits, which are TCP's.
  intRow('IP_TOS', IP_TOS, sock => sock.inet.tos, (sock, n) => {
    const tos = sock.protocol === IPPROTO_TCP && sock.type === SOCK_STREAM ? (n & 0xff & ~ECN_MASK) | (sock.inet.tos & ECN_MASK) : n & 0xff
    if (tos !== sock.inet.tos) sock.setOptions({ priority: priorityOfTos(tos) })
    sock.flow.trafficClass = tos
    return store(sock, { tos })
  }),
  // RFC 9293 MUST-49.
  intRow('IP_TTL', IP_TTL, sock => sock.inet.ttl < 0 ? sock.namespace.sysctl.row('net.ipv4.ip_default_ttl').value : sock.inet.ttl, (sock, n) => {
    if (n !== -1 && (n < 1 || n > 255)) return 'EINVAL'
    sock.flow.hopLimit = n
    return store(sock, { ttl: n })
  }),
  intRow('IP_MTU_DISCOVER', IP_MTU_DISCOVER, sock => sock.inet.mtuDiscoverNumber, setMtuDiscover),
  intRow('IP_MTU', IP_MTU, pathMtu),
  intRow('IP_MINTTL', IP_MINTTL, sock => sock.inet.minTtl, (sock, n) => n < 0 || n > 255 ? 'EINVAL' : store(sock, { minTtl: n })),
  intRow('IP_UNICAST_IF', IP_UNICAST_IF, sock => swap32(sock.inet.unicastDevice), (sock, n) => {
    const index = swap32(n)
    if (index !== 0 && sock.namespace.device(index) === undefined) return 'EADDRNOTAVAIL'
    return store(sock, { unicastDevice: index })
  }),
  intRow('IP_LOCAL_PORT_RANGE', IP_LOCAL_PORT_RANGE, sock => sock.inet.portRangeLow | (sock.inet.portRangeHigh << 16), (sock, n) => {
    const low = n & 0xffff
    const high = n >>> 16
    return low !== 0 && high !== 0 && low > high ? 'EINVAL' : store(sock, { portRangeLow: low, portRangeHigh: high })
  }),
]

const SWITCHES: readonly OptionRow<InetSock>[] = [
  {
    ...inetFlag('IP_RECVERR', IP_RECVERR, 'receiveErrors'),
    set: (sock, value) => {
      // Switched off, what has been collected goes.
      if (intValue(value) === 0) sock.errorQueue = undefined
      return store(sock, { receiveErrors: intValue(value) !== 0 })
    },
  },
  inetFlag('IP_PKTINFO', IP_PKTINFO, 'packetInfo'),
  inetFlag('IP_RECVTTL', IP_RECVTTL, 'receiveTtl'),
  inetFlag('IP_RECVTOS', IP_RECVTOS, 'receiveTos'),
  inetFlag('IP_RECVORIGDSTADDR', IP_RECVORIGDSTADDR, 'receiveOriginalDestination'),
  inetFlag('IP_RECVOPTS', IP_RECVOPTS, 'receiveIpOptions'),
  inetFlag('IP_RETOPTS', IP_RETOPTS, 'returnIpOptions'),
  inetFlag('IP_FREEBIND', IP_FREEBIND, 'freeBind'),
  inetFlag('IP_BIND_ADDRESS_NO_PORT', IP_BIND_ADDRESS_NO_PORT, 'bindAddressNoPort'),
  flagRow('IP_TRANSPARENT', IP_TRANSPARENT, sock => sock.inet.transparent,
    (sock, on) => on && sock.ownerUid !== 0 ? 'EPERM' : store(sock, { transparent: on })),
  flagRow('IP_HDRINCL', IP_HDRINCL, sock => sock.inet.headerIncluded,
    (sock, on) => sock.type === SOCK_RAW ? store(sock, { headerIncluded: on }) : 'ENOPROTOOPT'),
  flagRow('IP_NODEFRAG', IP_NODEFRAG, sock => sock.inet.noDefragment,
    (sock, on) => sock.type === SOCK_RAW ? store(sock, { noDefragment: on }) : 'ENOPROTOOPT'),
  inetFlag('IP_MULTICAST_LOOP', IP_MULTICAST_LOOP, 'multicastLoop'),
  intRow('IP_PROTOCOL', IP_PROTOCOL, sock => sock.type === SOCK_RAW ? sock.protocol : sock.localPort),
  intRow('IP_MULTICAST_ALL', IP_MULTICAST_ALL, sock => sock.inet.multicastAll ? 1 : 0,
    (sock, n) => n !== 0 && n !== 1 ? 'EINVAL' : store(sock, { multicastAll: n === 1 })),
  intRow('IP_MULTICAST_TTL', IP_MULTICAST_TTL, sock => sock.inet.multicastTtl, (sock, n) => {
    if (sock.type === SOCK_STREAM || n < -1 || n > 255) return 'EINVAL'
    return store(sock, { multicastTtl: n === -1 ? 1 : n })
  }),
]

/** The option bytes themselves, as they stand in the header, padded to words. */
const HEADER_OPTIONS: OptionRow<InetSock> = {
  name: 'IP_OPTIONS', id: IP_OPTIONS,
  get: sock => sock.flow.options ?? new Uint8Array(0),
  set: (sock, value) => {
    const options = readOptions(value)
    if (options === undefined && value.length > 0) return 'EINVAL'
    sock.flow.options = options
    return 0
  },
}

/** These refuse an empty value, which others take for 0. */
const NEVER_EMPTY: ReadonlySet<number> = new Set([
  IP_TTL, IP_MULTICAST_TTL, IP_FREEBIND, IP_TRANSPARENT, IP_MINTTL, IP_MULTICAST_LOOP, IP_MULTICAST_ALL,
])
/** These are given as four bytes, no more and no less. */
const FOUR_BYTES: ReadonlySet<number> = new Set([IP_UNICAST_IF, IP_LOCAL_PORT_RANGE])

const INT_TABLE = optionTable<InetSock>([...BASIC, ...SWITCHES])
const STRUCT_TABLE = optionTable<InetSock>([HEADER_OPTIONS, ...IP_MULTICAST_ROWS])

/** An int may also be given, and is also read, as one byte. */
export function setIpOption(sock: InetSock, id: number, value: Uint8Array): 0 | Errno {
  if (!INT_TABLE.has(id)) return setIn(STRUCT_TABLE, sock, id, value)
  if ((value.length === 0 && NEVER_EMPTY.has(id)) || (value.length !== 4 && FOUR_BYTES.has(id))) return 'EINVAL'
  return setIn(INT_TABLE, sock, id, value.length >= 4 ? value : intBytes(value.length > 0 ? value[0] : 0))
}

export function getIpOption(sock: InetSock, id: number, length: number, request?: Uint8Array): Uint8Array | Errno {
  if (!INT_TABLE.has(id)) return getFrom(STRUCT_TABLE, sock, id, length, request)
  if (length < 0) return 'EINVAL'
  const bytes = getFrom(INT_TABLE, sock, id, 4)
  if (typeof bytes === 'string') return bytes
  const isByte = intValue(bytes) >= 0 && intValue(bytes) <= 255
  return length >= 4 ? bytes : bytes.subarray(0, length > 0 && isByte ? 1 : length)
}
