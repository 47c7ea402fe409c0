// Multicast options that both families have under one number each (RFC 3678 5.1, 5.2; Linux: do_mcast_group_source,
// ip_set_mcast_msfilter, do_ipv6_mcast_group_source, ipv6_set_mcast_msfilter): a device by its index, a group and its
// sources by sockaddrs.

import { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import {
  AF_INET, AF_INET6, MCAST_BLOCK_SOURCE, MCAST_EXCLUDE, MCAST_INCLUDE, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP, MCAST_MSFILTER, MCAST_UNBLOCK_SOURCE,
} from '../../base/posix.ts'
import { Flow } from '../../ip/flow.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import {
  changeSource, filterOf, joinGroup, joinSource, leaveGroup, mostSources, setFilter,
} from '../../sock/multicast-membership.ts'
import type { Membership } from '../../sock/multicast-membership.ts'
import { intBytes, intValue } from './table.ts'
import type { OptionRow } from './table.ts'

const STORAGE_BYTES = 128
/** An index, and room up to where a sockaddr_storage may stand. */
const GROUP_AT = 8
const GROUP_REQ_BYTES = GROUP_AT + STORAGE_BYTES
const SOURCE_AT = GROUP_REQ_BYTES
const GROUP_SOURCE_REQ_BYTES = SOURCE_AT + STORAGE_BYTES
const FILTER_MODE_AT = GROUP_REQ_BYTES
const FILTER_COUNT_AT = FILTER_MODE_AT + 4
const FILTER_SOURCES_AT = FILTER_COUNT_AT + 4
const FAMILY_BYTES = 2

type Version = 4 | 6

function familyOf(bytes: Uint8Array, at: number): number { return bytes[at] | bytes[at + 1] << 8 }

/** The address in a sockaddr_in or sockaddr_in6, whichever the option is for. */
function addressAt(bytes: Uint8Array, at: number, version: Version): IpAddress {
  return IpAddress.fromBytes(bytes, at + (version === 4 ? 4 : 8), version)
}

function isOf(bytes: Uint8Array, at: number, version: Version): boolean {
  return familyOf(bytes, at) === (version === 4 ? AF_INET : AF_INET6)
}

function isGroup(address: IpAddress, version: Version): boolean { return address.isMulticast && address.family === version }

/** The device that a route to the group takes, from `source` if one is named. 0: there is none. */
export function routedDevice(
  sock: InetSock, group: IpAddress, source: IpAddress = group.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6,
): number {
  const flow = new Flow()
  flow.destination = group
  flow.source = source
  const failed = sock.namespace.ip.resolve(flow)
  return failed === undefined ? flow.route?.device.index ?? 0 : 0
}

function chosenDevice(sock: InetSock, index: number, group: IpAddress): number {
  return index === 0 ? routedDevice(sock, group) : sock.namespace.device(index)?.index ?? 0
}

function joinGroup4(sock: InetSock, group: IpAddress, index: number): 0 | Errno {
  const device = chosenDevice(sock, index, group)
  return device === 0 ? 'ENODEV' : joinGroup(sock, group, device)
}

/** A device left open is any on which the group is joined already. */
export function joinGroup6(sock: InetSock, group: IpAddress, index: number, mode?: Membership['mode']): 0 | Errno {
  if (sock.memberships?.some(each => (index === 0 || each.deviceIndex === index) && each.group.equals(group)) === true) return 'EADDRINUSE'
  const device = chosenDevice(sock, index, group)
  return device === 0 ? 'ENODEV' : joinGroup(sock, group, device, mode)
}

/** Linux asks IPv4 for a device only where none is named. */
function leaveGroup4(sock: InetSock, group: IpAddress, index: number): 0 | Errno {
  const device = index === 0 ? routedDevice(sock, group) : index
  return device === 0 ? 'ENODEV' : leaveGroup(sock, group, device)
}

type GroupAct = (sock: InetSock, group: IpAddress, index: number) => 0 | Errno

function groupRow(name: string, id: number, version: Version, act: GroupAct): OptionRow<InetSock> {
  return {
    name, id,
    set: (sock, value) => {
      if (value.length < GROUP_REQ_BYTES) return 'EINVAL'
      if (!isOf(value, GROUP_AT, version)) return version === 4 ? 'EINVAL' : 'EADDRNOTAVAIL'
      const group = addressAt(value, GROUP_AT, version)
      // Who leaves IPv4 is told of the device before the group.
      return isGroup(group, version) || act === leaveGroup4 ? act(sock, group, intValue(value)) : 'EINVAL'
    },
  }
}

type SourceAct = (sock: InetSock, group: IpAddress, device: number, source: IpAddress) => 0 | Errno

function sourceRow(name: string, id: number, version: Version, act: SourceAct): OptionRow<InetSock> {
  return {
    name, id,
    set: (sock, value) => {
      if (value.length < GROUP_SOURCE_REQ_BYTES) return 'EINVAL'
      if (!isOf(value, GROUP_AT, version) || !isOf(value, SOURCE_AT, version)) return 'EADDRNOTAVAIL'
      const group = addressAt(value, GROUP_AT, version)
      if (!isGroup(group, version)) return 'EINVAL'
      const device = chosenDevice(sock, intValue(value), group)
      return device === 0 ? 'ENODEV' : act(sock, group, device, addressAt(value, SOURCE_AT, version))
    },
  }
}

/** MCAST_INCLUDE or MCAST_EXCLUDE; undefined for what is neither. */
export function filterMode(number: number): Membership['mode'] | undefined {
  return number === MCAST_INCLUDE ? 'include' : number === MCAST_EXCLUDE ? 'exclude' : undefined
}

function setWholeFilter(sock: InetSock, value: Uint8Array, version: Version): 0 | Errno {
  if (value.length < FILTER_SOURCES_AT) return 'EINVAL'
  const group = addressAt(value, GROUP_AT, version)
  const count = intValue(value.subarray(FILTER_COUNT_AT)) >>> 0
  if (count > mostSources(sock, version === 4 ? IpAddress.ANY4 : IpAddress.ANY6)) return 'ENOBUFS'
  if (FILTER_SOURCES_AT + count * STORAGE_BYTES > value.length) return 'EINVAL'
  const places = Array.from({ length: count }, (_, index) => FILTER_SOURCES_AT + index * STORAGE_BYTES)
  if (version === 4 && [GROUP_AT, ...places].some(at => !isOf(value, at, version))) return 'EADDRNOTAVAIL'
  const mode = filterMode(intValue(value.subarray(FILTER_MODE_AT)))
  if (!isGroup(group, version) || mode === undefined) return 'EINVAL'
  const device = chosenDevice(sock, intValue(value), group)
  return device === 0 ? 'ENODEV' : setFilter(sock, group, device, mode, places.map(at => addressAt(value, at, version)))
}

/** What was asked about, its mode and count, and as many sources as there was room for (Linux: ip_mc_gsfget, ip6_mc_msfget). */
function wholeFilter(sock: InetSock, length: number, request: Uint8Array, version: Version): Uint8Array | Errno {
  if (length < FILTER_SOURCES_AT) return 'EINVAL'
  const head = new Uint8Array(FILTER_SOURCES_AT)
  head.set(request.subarray(0, FILTER_SOURCES_AT))
  if (!isOf(head, GROUP_AT, version)) return version === 4 ? 'EINVAL' : 'EADDRNOTAVAIL'
  const group = addressAt(head, GROUP_AT, version)
  if (!isGroup(group, version)) return 'EINVAL'
  const known = filterOf(sock, group, intValue(head))
  if (known === undefined) return 'EADDRNOTAVAIL'
  const sources = known.sources ?? []
  const shown = Math.min(intValue(head.subarray(FILTER_COUNT_AT)) >>> 0, sources.length)
  head.set(intBytes(known.mode === 'include' ? MCAST_INCLUDE : MCAST_EXCLUDE), FILTER_MODE_AT)
  head.set(intBytes(sources.length), FILTER_COUNT_AT)
  const bytes = new Uint8Array(FILTER_SOURCES_AT + shown * STORAGE_BYTES)
  bytes.set(head)
  for (const [index, source] of sources.slice(0, shown).entries()) {
    const at = FILTER_SOURCES_AT + index * STORAGE_BYTES
    bytes[at] = version === 4 ? AF_INET : AF_INET6
    source.writeTo(bytes, at + FAMILY_BYTES + (version === 4 ? 2 : 6))
  }
  return bytes
}

export function groupFilterRows(version: Version): readonly OptionRow<InetSock>[] {
  return [
    groupRow('MCAST_JOIN_GROUP', MCAST_JOIN_GROUP, version, version === 4 ? joinGroup4 : joinGroup6),
    groupRow('MCAST_LEAVE_GROUP', MCAST_LEAVE_GROUP, version, version === 4 ? leaveGroup4 : leaveGroup),
    sourceRow('MCAST_BLOCK_SOURCE', MCAST_BLOCK_SOURCE, version, blockSource),
    sourceRow('MCAST_UNBLOCK_SOURCE', MCAST_UNBLOCK_SOURCE, version, unblockSource),
    sourceRow('MCAST_JOIN_SOURCE_GROUP', MCAST_JOIN_SOURCE_GROUP, version, joinSource),
    sourceRow('MCAST_LEAVE_SOURCE_GROUP', MCAST_LEAVE_SOURCE_GROUP, version, dropSource),
    {
      name: 'MCAST_MSFILTER', id: MCAST_MSFILTER,
      get: (sock, length, request) => wholeFilter(sock, length, request, version),
      set: (sock, value) => setWholeFilter(sock, value, version),
    },
  ]
}

export function blockSource(sock: InetSock, group: IpAddress, device: number, source: IpAddress): 0 | Errno {
  return changeSource(sock, group, device, { source, mode: 'exclude', isAdded: true })
}

export function unblockSource(sock: InetSock, group: IpAddress, device: number, source: IpAddress): 0 | Errno {
  return changeSource(sock, group, device, { source, mode: 'exclude', isAdded: false })
}

export function dropSource(sock: InetSock, group: IpAddress, device: number, source: IpAddress): 0 | Errno {
  return changeSource(sock, group, device, { source, mode: 'include', isAdded: false })
}
