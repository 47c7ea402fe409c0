// IPPROTO_IPV6 (rows C9, F7; Linux: do_ipv6_setsockopt).

import { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import {
  IPPROTO_ICMPV6, IPV6_ADD_MEMBERSHIP, IPV6_CHECKSUM, IPV6_DONTFRAG, IPV6_DROP_MEMBERSHIP, IPV6_FREEBIND, IPV6_MINHOPCOUNT, IPV6_MIN_MTU,
  IPV6_MTU, IPV6_MTU_DISCOVER, IPV6_MULTICAST_ALL, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_LOOP, IPV6_RECVERR,
  IPV6_RECVHOPLIMIT, IPV6_RECVORIGDSTADDR, IPV6_RECVPKTINFO, IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_TRANSPARENT, IPV6_UNICAST_HOPS,
  IPV6_UNICAST_IF, IPV6_V6ONLY, SOCK_RAW, SOCK_STREAM,
} from '../../base/posix.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import { joinGroup, leaveGroup } from '../../sock/multicast-membership.ts'
import { groupFilterRows, routedDevice } from './group-filter.ts'
import { inetFlag, pathMtu, setMtuDiscover, store } from './ip.ts'
import { flagRow, intRow, intValue, optionTable, swap32 } from './table.ts'
import type { OptionRow } from './table.ts'

const MREQ_BYTES = 20
/** On TCP these two bits of the traffic class are the protocol's own. */
const ECN_MASK = 3

/** Datagrams only: before anything else is looked at. */
function notOnStreams(row: OptionRow<InetSock>): OptionRow<InetSock> {
  return { ...row, set: (sock, value) => sock.type === SOCK_STREAM ? 'ENOPROTOOPT' : row.set?.(sock, value) ?? 'ENOPROTOOPT' }
}

function membershipRow(name: string, id: number, act: typeof leaveGroup): OptionRow<InetSock> {
  return {
    name, id,
    set: (sock, value): 0 | Errno => {
      if (value.length < MREQ_BYTES) return 'EINVAL'
      if (sock.type === SOCK_STREAM) return 'EPROTO'
      const group = IpAddress.fromBytes(value, 0, 6)
      if (group.family === 4 || !group.isMulticast) return 'EINVAL'
      const index = intValue(value.subarray(16, 20))
      const device = index === 0 ? routedDevice(sock, group) : sock.namespace.device(index)?.index ?? 0
      if (device === 0) return id === IPV6_ADD_MEMBERSHIP ? 'ENODEV' : 'EADDRNOTAVAIL'
      return act(sock, group, device)
    },
  }
}

const HOPS: readonly OptionRow<InetSock>[] = [
  intRow('IPV6_UNICAST_HOPS', IPV6_UNICAST_HOPS,
    sock => sock.inet.unicastHops < 0 ? sock.namespace.sysctl.row('net.ipv6.conf.all.hop_limit').value : sock.inet.unicastHops, (sock, n) => {
      if (n < -1 || n > 255) return 'EINVAL'
      sock.flow.hopLimit = n
      return store(sock, { unicastHops: n })
    }),
  notOnStreams(intRow('IPV6_MULTICAST_HOPS', IPV6_MULTICAST_HOPS, sock => sock.inet.multicastHops, (sock, n) =>
    n < -1 || n > 255 ? 'EINVAL' : store(sock, { multicastHops: n === -1 ? 1 : n }))),
  intRow('IPV6_TCLASS', IPV6_TCLASS, sock => sock.inet.trafficClass6, (sock, n) => {
    if (n < -1 || n > 255) return 'EINVAL'
    const wanted = Math.max(0, n)
    const trafficClass6 = sock.type === SOCK_STREAM ? (wanted & ~ECN_MASK) | (sock.inet.trafficClass6 & ECN_MASK) : wanted
    sock.flow.trafficClass = trafficClass6
    return store(sock, { trafficClass6 })
  }),
  intRow('IPV6_MTU_DISCOVER', IPV6_MTU_DISCOVER, sock => sock.inet.mtuDiscoverNumber, setMtuDiscover),
  // Read, the path's MTU; set, a limit to what datagrams are cut to.
  intRow('IPV6_MTU', IPV6_MTU, pathMtu, (sock, n) => {
    if (n !== 0 && n < IPV6_MIN_MTU) return 'EINVAL'
    if (sock.type !== SOCK_STREAM) sock.flow.fragmentBytes = n
    return 0
  }),
  intRow('IPV6_MINHOPCOUNT', IPV6_MINHOPCOUNT, sock => sock.inet.minHopCount,
    (sock, n) => n < 0 || n > 255 ? 'EINVAL' : store(sock, { minHopCount: n })),
]

const SWITCHES: readonly OptionRow<InetSock>[] = [
  flagRow('IPV6_V6ONLY', IPV6_V6ONLY, sock => sock.inet.v6Only,
    (sock, on) => sock.portHold === undefined && sock.type !== SOCK_RAW ? store(sock, { v6Only: on }) : 'EINVAL'),
  {
    ...inetFlag('IPV6_RECVERR', IPV6_RECVERR, 'receiveErrors6'),
    set: (sock, value) => {
      if (value.length < 4) return 'EINVAL'
      if (intValue(value) === 0) sock.errorQueue = undefined
      return store(sock, { receiveErrors6: intValue(value) !== 0 })
    },
  },
  inetFlag('IPV6_RECVPKTINFO', IPV6_RECVPKTINFO, 'packetInfo6'),
  inetFlag('IPV6_RECVHOPLIMIT', IPV6_RECVHOPLIMIT, 'receiveHopLimit'),
  inetFlag('IPV6_RECVTCLASS', IPV6_RECVTCLASS, 'receiveTrafficClass'),
  inetFlag('IPV6_RECVORIGDSTADDR', IPV6_RECVORIGDSTADDR, 'receiveOriginalDestination6'),
  {
    ...inetFlag('IPV6_DONTFRAG', IPV6_DONTFRAG, 'dontFragment6'),
    // Shorter than an int means off.
    set: (sock, value) => {
      const isOn = intValue(value) !== 0
      if (sock.type !== SOCK_STREAM) sock.flow.dontFragment = isOn
      return store(sock, { dontFragment6: isOn })
    },
  },
  flagRow('IPV6_TRANSPARENT', IPV6_TRANSPARENT, sock => sock.inet.transparent,
    (sock, on) => on && sock.ownerUid !== 0 ? 'EPERM' : store(sock, { transparent: on })),
  inetFlag('IPV6_MULTICAST_ALL', IPV6_MULTICAST_ALL, 'multicastAll6'),
  inetFlag('IPV6_FREEBIND', IPV6_FREEBIND, 'freeBind'),
  intRow('IPV6_MULTICAST_LOOP', IPV6_MULTICAST_LOOP, sock => sock.inet.multicastLoop ? 1 : 0,
    (sock, n) => n !== 0 && n !== 1 ? 'EINVAL' : store(sock, { multicastLoop: n === 1 })),
  notOnStreams(intRow('IPV6_MULTICAST_IF', IPV6_MULTICAST_IF, sock => sock.inet.multicastDevice, (sock, n) =>
    n !== 0 && sock.namespace.device(n) === undefined ? 'ENODEV' : store(sock, { multicastDevice: n }))),
  {
    name: 'IPV6_UNICAST_IF', id: IPV6_UNICAST_IF,
    get: sock => swap32(sock.inet.unicastDevice6),
    set: (sock, value) => {
      if (value.length !== 4) return 'EINVAL'
      const index = swap32(intValue(value))
      if (index !== 0 && sock.namespace.device(index) === undefined) return 'EADDRNOTAVAIL'
      if (index !== 0 && sock.flow.deviceIndex !== 0 && sock.flow.deviceIndex !== index) return 'EINVAL'
      return store(sock, { unicastDevice6: index })
    },
  },
  {
    name: 'IPV6_CHECKSUM', id: IPV6_CHECKSUM,
    get: sock => sock.type === SOCK_RAW ? sock.inet.checksumOffset : 'ENOPROTOOPT',
    set: setChecksumOffset,
  },
]

/** RFC 3542 3.1: ICMPv6 has its checksum where it has it. */
function setChecksumOffset(sock: InetSock, value: Uint8Array): 0 | Errno {
  if (sock.type !== SOCK_RAW) return 'ENOPROTOOPT'
  if (value.length < 4 || sock.protocol === IPPROTO_ICMPV6) return 'EINVAL'
  const n = intValue(value)
  return n > 0 && (n & 1) === 1 ? 'EINVAL' : store(sock, { checksumOffset: n < 0 ? -1 : n })
}

export const IPV6_TABLE = optionTable<InetSock>([
  ...HOPS, ...SWITCHES,
  membershipRow('IPV6_ADD_MEMBERSHIP', IPV6_ADD_MEMBERSHIP, joinGroup),
  membershipRow('IPV6_DROP_MEMBERSHIP', IPV6_DROP_MEMBERSHIP, leaveGroup),
  ...groupFilterRows(6),
])
