// IPPROTO_IPV6 (rows C9, F7; Linux: do_ipv6_setsockopt).

import { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import {
  IPV6_ADD_MEMBERSHIP, IPV6_CHECKSUM, IPV6_DONTFRAG, IPV6_DROP_MEMBERSHIP, IPV6_FREEBIND, IPV6_MTU, IPV6_MTU_DISCOVER, IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF, IPV6_MULTICAST_LOOP, IPV6_RECVERR, IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO, IPV6_RECVTCLASS, IPV6_TCLASS,
  IPV6_UNICAST_HOPS, IPV6_V6ONLY, SOCK_RAW, SOCK_STREAM,
} from '../../base/posix.ts'
import { Flow } from '../../ip/flow.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import { joinGroup, leaveGroup } from '../../sock/multicast-membership.ts'
import { inetFlag, pathMtu, setMtuDiscover, store } from './ip.ts'
import { flagRow, intRow, intValue, optionTable } from './table.ts'
import type { OptionRow } from './table.ts'

const MREQ_BYTES = 20

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

function routedDevice(sock: InetSock, group: IpAddress): number {
  const flow = new Flow()
  flow.destination = group
  flow.source = IpAddress.ANY6
  const failed = sock.namespace.ip.resolve(flow)
  return failed === undefined ? flow.route?.device.index ?? 0 : 0
}

const HOPS: readonly OptionRow<InetSock>[] = [
  intRow('IPV6_UNICAST_HOPS', IPV6_UNICAST_HOPS,
    sock => sock.inet.unicastHops < 0 ? sock.namespace.sysctl.row('net.ipv6.conf.all.hop_limit').value : sock.inet.unicastHops, (sock, n) => {
      if (n < -1 || n > 255) return 'EINVAL'
      sock.flow.hopLimit = n
      return store(sock, { unicastHops: n })
    }),
  intRow('IPV6_MULTICAST_HOPS', IPV6_MULTICAST_HOPS, sock => sock.inet.multicastHops, (sock, n) => {
    if (sock.type === SOCK_STREAM) return 'ENOPROTOOPT'
    return n < -1 || n > 255 ? 'EINVAL' : store(sock, { multicastHops: n === -1 ? 1 : n })
  }),
  intRow('IPV6_TCLASS', IPV6_TCLASS, sock => sock.inet.trafficClass6, (sock, n) => {
    if (n < -1 || n > 255) return 'EINVAL'
    sock.flow.trafficClass = Math.max(0, n)
    return store(sock, { trafficClass6: Math.max(0, n) })
  }),
  intRow('IPV6_MTU_DISCOVER', IPV6_MTU_DISCOVER, sock => sock.inet.mtuDiscoverNumber, setMtuDiscover),
  intRow('IPV6_MTU', IPV6_MTU, pathMtu),
]

const SWITCHES: readonly OptionRow<InetSock>[] = [
  flagRow('IPV6_V6ONLY', IPV6_V6ONLY, sock => sock.inet.v6Only,
    (sock, on) => sock.localPort === 0 ? store(sock, { v6Only: on }) : 'EINVAL'),
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
  inetFlag('IPV6_DONTFRAG', IPV6_DONTFRAG, 'dontFragment6'),
  inetFlag('IPV6_FREEBIND', IPV6_FREEBIND, 'freeBind'),
  intRow('IPV6_MULTICAST_LOOP', IPV6_MULTICAST_LOOP, sock => sock.inet.multicastLoop ? 1 : 0,
    (sock, n) => n !== 0 && n !== 1 ? 'EINVAL' : store(sock, { multicastLoop: n === 1 })),
  intRow('IPV6_MULTICAST_IF', IPV6_MULTICAST_IF, sock => sock.inet.multicastDevice, (sock, n) => {
    if (sock.type === SOCK_STREAM) return 'ENOPROTOOPT'
    return n !== 0 && sock.namespace.device(n) === undefined ? 'ENODEV' : store(sock, { multicastDevice: n })
  }),
  intRow('IPV6_CHECKSUM', IPV6_CHECKSUM, sock => sock.type === SOCK_RAW ? sock.inet.checksumOffset : 'ENOPROTOOPT', (sock, n) => {
    if (sock.type !== SOCK_RAW) return 'ENOPROTOOPT'
    return n > 0 && (n & 1) === 1 ? 'EINVAL' : store(sock, { checksumOffset: n < 0 ? -1 : n })
  }),
]

export const IPV6_TABLE = optionTable<InetSock>([
  ...HOPS, ...SWITCHES,
  membershipRow('IPV6_ADD_MEMBERSHIP', IPV6_ADD_MEMBERSHIP, joinGroup),
  membershipRow('IPV6_DROP_MEMBERSHIP', IPV6_DROP_MEMBERSHIP, leaveGroup),
])
