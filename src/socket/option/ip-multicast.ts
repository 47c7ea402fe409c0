// Multicast options of IPPROTO_IP (row D8): groups are named by ip_mreq, ip_mreqn or ip_mreq_source, interfaces by address or
// index.

import { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import {
  IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_DROP_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_MULTICAST_IF,
  IP_UNBLOCK_SOURCE, SOCK_STREAM,
} from '../../base/posix.ts'
import { Flow } from '../../ip/flow.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import { joinGroup, leaveGroup, setBlocked } from '../../sock/multicast-membership.ts'
import { intValue } from './table.ts'
import type { OptionRow } from './table.ts'

const MREQ_BYTES = 8
const MREQN_BYTES = 12
const ADDRESS_BYTES = 4

/** The device that has an address of ours, or the one a route to the group takes. 0: there is none. */
function deviceFor(sock: InetSock, local: IpAddress, group: IpAddress): number {
  const flow = new Flow()
  flow.destination = local.isUnspecified ? group : local
  if (!local.isUnspecified && sock.namespace.ip.addressKind(local) !== 'local') return 0
  if (!local.isUnspecified) {
    // A route to an address of ours leads to loopback; as a source it leads out of its own device.
    flow.source = local
    flow.destination = group
  }
  const failed = sock.namespace.ip.resolve(flow)
  return failed === undefined && flow.route !== undefined ? flow.route.device.index : 0
}

function chosenDevice(sock: InetSock, value: Uint8Array, group: IpAddress): number {
  const index = value.length >= MREQN_BYTES ? intValue(value.subarray(8, 12)) : 0
  if (index !== 0) return sock.namespace.device(index) === undefined ? 0 : index
  return deviceFor(sock, IpAddress.fromBytes(value, 4, 4), group)
}

function membershipRow(name: string, id: number, act: typeof leaveGroup, missing: Errno): OptionRow<InetSock> {
  return {
    name, id,
    set: (sock, value) => {
      if (sock.type === SOCK_STREAM) return 'EPROTO'
      if (value.length < MREQ_BYTES) return 'EINVAL'
      const group = IpAddress.fromBytes(value, 0, 4)
      if (!group.isMulticast) return id === IP_ADD_MEMBERSHIP ? 'EINVAL' : 'EADDRNOTAVAIL'
      const device = chosenDevice(sock, value, group)
      return device === 0 ? missing : act(sock, group, device)
    },
  }
}

/** ip_mreq_source: group, interface, source. */
function sourceRow(name: string, id: number,
  act: (sock: InetSock, group: IpAddress, device: number, source: IpAddress) => 0 | Errno): OptionRow<InetSock> {
  return {
    name, id,
    set: (sock, value) => {
      if (value.length !== MREQN_BYTES) return 'EINVAL'
      const group = IpAddress.fromBytes(value, 0, 4)
      if (!group.isMulticast) return 'EINVAL'
      const device = deviceFor(sock, IpAddress.fromBytes(value, 4, 4), group)
      return device === 0 ? 'ENODEV' : act(sock, group, device, IpAddress.fromBytes(value, 8, 4))
    },
  }
}

const MULTICAST_IF: OptionRow<InetSock> = {
  name: 'IP_MULTICAST_IF', id: IP_MULTICAST_IF,
  get: sock => {
    const bytes = new Uint8Array(ADDRESS_BYTES)
    sock.inet.multicastSource.writeTo(bytes, 0)
    return bytes
  },
  set: (sock, value) => {
    if (sock.type === SOCK_STREAM || value.length < ADDRESS_BYTES) return 'EINVAL'
    const local = value.length >= MREQ_BYTES ? IpAddress.fromBytes(value, 4, 4) : IpAddress.fromBytes(value, 0, 4)
    const index = value.length >= MREQN_BYTES ? intValue(value.subarray(8, 12)) : 0
    if (index === 0 && local.isUnspecified) {
      sock.setInetOptions({ multicastDevice: 0, multicastSource: IpAddress.ANY4 })
      return 0
    }
    const device = index === 0 ? deviceFor(sock, local, IpAddress.v4(0xe0000001)) : index
    if (device === 0 || sock.namespace.device(device) === undefined) return 'EADDRNOTAVAIL'
    sock.setInetOptions({ multicastDevice: device, multicastSource: local })
    return 0
  },
}

export const IP_MULTICAST_ROWS: readonly OptionRow<InetSock>[] = [
  MULTICAST_IF,
  membershipRow('IP_ADD_MEMBERSHIP', IP_ADD_MEMBERSHIP, joinGroup, 'ENODEV'),
  membershipRow('IP_DROP_MEMBERSHIP', IP_DROP_MEMBERSHIP, leaveGroup, 'EADDRNOTAVAIL'),
  sourceRow('IP_ADD_SOURCE_MEMBERSHIP', IP_ADD_SOURCE_MEMBERSHIP, joinGroup),
  sourceRow('IP_DROP_SOURCE_MEMBERSHIP', IP_DROP_SOURCE_MEMBERSHIP, leaveGroup),
  sourceRow('IP_BLOCK_SOURCE', IP_BLOCK_SOURCE, (sock, group, device, source) => setBlocked(sock, group, device, source, true)),
  sourceRow('IP_UNBLOCK_SOURCE', IP_UNBLOCK_SOURCE, (sock, group, device, source) => setBlocked(sock, group, device, source, false)),
]
