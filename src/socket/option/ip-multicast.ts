// Multicast options of IPPROTO_IP (row D8): groups are named by ip_mreq, ip_mreqn or ip_mreq_source, interfaces by address or
// index.

import { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import {
  IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_DROP_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_MSFILTER, IP_MULTICAST_IF,
  IP_UNBLOCK_SOURCE, MCAST_EXCLUDE, MCAST_INCLUDE, SOCK_STREAM,
} from '../../base/posix.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import { filterOf, joinGroup, joinSource, leaveGroup, mostSources, setFilter } from '../../sock/multicast-membership.ts'
import { blockSource, dropSource, filterMode, groupFilterRows, routedDevice, unblockSource } from './group-filter.ts'
import { intBytes, intValue } from './table.ts'
import type { OptionRow } from './table.ts'

const MREQ_BYTES = 8
const MREQN_BYTES = 12
const ADDRESS_BYTES = 4

/** The device that has an address of ours, or the one a route to the group takes. 0: there is none. */
function deviceFor(sock: InetSock, local: IpAddress, group: IpAddress): number {
  if (local.isUnspecified) return routedDevice(sock, group)
  // A route to an address of ours leads to loopback; as a source it leads out of its own device.
  return sock.namespace.ip.addressKind(local) === 'local' ? routedDevice(sock, group, local) : 0
}

function chosenDevice(sock: InetSock, value: Uint8Array, group: IpAddress): number {
  const index = value.length >= MREQN_BYTES ? intValue(value.subarray(8, 12)) : 0
  if (index !== 0) return sock.namespace.device(index) === undefined ? 0 : index
  return deviceFor(sock, IpAddress.fromBytes(value, 4, 4), group)
}

/** Linux looks for who joined only when the interface is named or found. */
function isInterfaceNamed(value: Uint8Array): boolean {
  return !IpAddress.fromBytes(value, 4, 4).isUnspecified || (value.length >= MREQN_BYTES && intValue(value.subarray(8, 12)) !== 0)
}

function membershipRow(name: string, id: number,
  act: (sock: InetSock, group: IpAddress, device: number) => 0 | Errno): OptionRow<InetSock> {
  return {
    name, id,
    set: (sock, value) => {
      if (sock.type === SOCK_STREAM) return 'EPROTO'
      if (value.length < MREQ_BYTES) return 'EINVAL'
      const group = IpAddress.fromBytes(value, 0, 4)
      if (!group.isMulticast) return id === IP_ADD_MEMBERSHIP ? 'EINVAL' : 'EADDRNOTAVAIL'
      const device = chosenDevice(sock, value, group)
      if (device !== 0) return act(sock, group, device)
      return id === IP_DROP_MEMBERSHIP && isInterfaceNamed(value) ? 'EADDRNOTAVAIL' : 'ENODEV'
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

const FILTER_SOURCES_AT = 16

function setIpFilter(sock: InetSock, value: Uint8Array): 0 | Errno {
  if (value.length < FILTER_SOURCES_AT) return 'EINVAL'
  const count = intValue(value.subarray(12)) >>> 0
  if (count > mostSources(sock, IpAddress.ANY4)) return 'ENOBUFS'
  if (FILTER_SOURCES_AT + count * ADDRESS_BYTES > value.length) return 'EINVAL'
  const group = IpAddress.fromBytes(value, 0, 4)
  const mode = filterMode(intValue(value.subarray(8)))
  if (!group.isMulticast || mode === undefined) return 'EINVAL'
  const device = deviceFor(sock, IpAddress.fromBytes(value, 4, 4), group)
  if (device === 0) return 'ENODEV'
  const sources = Array.from({ length: count }, (_, index) => IpAddress.fromBytes(value, FILTER_SOURCES_AT + index * ADDRESS_BYTES, 4))
  return setFilter(sock, group, device, mode, sources)
}

/** Asked about a group and an interface's address (Linux: ip_mc_msfget). */
function ipFilter(sock: InetSock, length: number, request: Uint8Array): Uint8Array | Errno {
  if (length < FILTER_SOURCES_AT) return 'EINVAL'
  const head = new Uint8Array(FILTER_SOURCES_AT)
  head.set(request.subarray(0, FILTER_SOURCES_AT))
  const group = IpAddress.fromBytes(head, 0, 4)
  if (!group.isMulticast) return 'EINVAL'
  const device = deviceFor(sock, IpAddress.fromBytes(head, 4, 4), group)
  if (device === 0) return 'ENODEV'
  const known = filterOf(sock, group, device)
  if (known === undefined) return 'EADDRNOTAVAIL'
  const sources = known.sources ?? []
  const shown = sources.slice(0, intValue(head.subarray(12)) >>> 0)
  head.set(intBytes(known.mode === 'include' ? MCAST_INCLUDE : MCAST_EXCLUDE), 8)
  head.set(intBytes(sources.length), 12)
  const bytes = new Uint8Array(FILTER_SOURCES_AT + shown.length * ADDRESS_BYTES)
  bytes.set(head)
  for (const [index, source] of shown.entries()) source.writeTo(bytes, FILTER_SOURCES_AT + index * ADDRESS_BYTES)
  return bytes
}

const MSFILTER: OptionRow<InetSock> = { name: 'IP_MSFILTER', id: IP_MSFILTER, get: ipFilter, set: setIpFilter }

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
  membershipRow('IP_ADD_MEMBERSHIP', IP_ADD_MEMBERSHIP, joinGroup),
  membershipRow('IP_DROP_MEMBERSHIP', IP_DROP_MEMBERSHIP, leaveGroup),
  sourceRow('IP_ADD_SOURCE_MEMBERSHIP', IP_ADD_SOURCE_MEMBERSHIP, joinSource),
  sourceRow('IP_DROP_SOURCE_MEMBERSHIP', IP_DROP_SOURCE_MEMBERSHIP, dropSource),
  sourceRow('IP_BLOCK_SOURCE', IP_BLOCK_SOURCE, blockSource),
  sourceRow('IP_UNBLOCK_SOURCE', IP_UNBLOCK_SOURCE, unblockSource),
  MSFILTER,
  ...groupFilterRows(4),
]
