// The groups a socket has joined and the sources it hears in each (RFC 3376 3, RFC 3678; Linux: ip_mc_source,
// ip6_mc_source, ip_mc_sf_allow). The devices count memberships in the IP layer.

import type { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import type { InetSock } from './inet-sock.ts'

/** `exclude` hears all but the sources, `include` only them. */
export type FilterMode = 'exclude' | 'include'

export interface Membership {
  readonly group: IpAddress
  readonly deviceIndex: number
  readonly mode: FilterMode
  /** undefined: none was ever named, and the mode may still be changed by naming one. */
  readonly sources: readonly IpAddress[] | undefined
}

/** One source to be added to a filter or taken from it. */
export interface SourceChange {
  readonly source: IpAddress
  readonly mode: FilterMode
  readonly isAdded: boolean
}

/** `deviceIndex` 0: on whichever device. */
function find(sock: InetSock, group: IpAddress, deviceIndex: number): Membership | undefined {
  return sock.memberships?.find(each => each.group.equals(group) && (deviceIndex === 0 || each.deviceIndex === deviceIndex))
}

function replace(sock: InetSock, old: Membership, changed: Membership): void {
  sock.memberships = sock.memberships?.map(each => each === old ? changed : each)
}

function limit(sock: InetSock, name: string): number { return sock.namespace.sysctl.row(name).value }

/** How many sources one filter may have. */
export function mostSources(sock: InetSock, group: IpAddress): number {
  return limit(sock, group.family === 4 ? 'net.ipv4.igmp_max_msf' : 'net.ipv6.mld_max_msf')
}

export function joinGroup(sock: InetSock, group: IpAddress, deviceIndex: number, mode: FilterMode = 'exclude'): Errno | 0 {
  if (!group.isMulticast) return 'EINVAL'
  if (find(sock, group, deviceIndex) !== undefined) return 'EADDRINUSE'
  // Linux counts for IPv4 alone.
  if (group.family === 4 && (sock.memberships?.length ?? 0) >= limit(sock, 'net.ipv4.igmp_max_memberships')) return 'ENOBUFS'
  const refused = sock.namespace.ip.joinGroup(deviceIndex, group)
  if (refused !== undefined) return refused
  sock.memberships = [...sock.memberships ?? [], { group, deviceIndex, mode, sources: undefined }]
  return 0
}

export function leaveGroup(sock: InetSock, group: IpAddress, deviceIndex: number): Errno | 0 {
  const known = find(sock, group, deviceIndex)
  if (known === undefined) return 'EADDRNOTAVAIL'
  sock.memberships = sock.memberships?.filter(each => each !== known)
  sock.namespace.ip.leaveGroup(known.deviceIndex, known.group)
  return 0
}

/** Blocks and unblocks a source of a group joined for all, or adds and drops one of a group joined for some. */
export function changeSource(sock: InetSock, group: IpAddress, deviceIndex: number, { source, mode, isAdded }: SourceChange): Errno | 0 {
  const known = find(sock, group, deviceIndex)
  if (known === undefined) return 'EINVAL'
  if (known.sources !== undefined && known.mode !== mode) return 'EINVAL'
  // A filter that names nobody yet takes the other mode.
  if (known.mode !== mode) replace(sock, known, { ...known, mode })
  const sources = known.sources ?? []
  if (isAdded && sources.length >= mostSources(sock, group)) return 'ENOBUFS'
  if (sources.some(each => each.equals(source)) === isAdded) return 'EADDRNOTAVAIL'
  // RFC 3376 3.1: to include nobody is to leave.
  if (!isAdded && mode === 'include' && sources.length === 1) return leaveGroup(sock, group, deviceIndex)
  const changed = isAdded ? [...sources, source] : sources.filter(each => !each.equals(source))
  replace(sock, find(sock, group, deviceIndex) ?? known, { ...known, mode, sources: changed })
  return 0
}

/** Joined for some: the group is joined with the first of them. */
export function joinSource(sock: InetSock, group: IpAddress, deviceIndex: number, source: IpAddress): Errno | 0 {
  const joined = joinGroup(sock, group, deviceIndex, 'include')
  return joined !== 0 && joined !== 'EADDRINUSE' ? joined : changeSource(sock, group, deviceIndex, { source, mode: 'include', isAdded: true })
}

/** The whole filter at once (RFC 3678 5.1.4). */
export function setFilter(sock: InetSock, group: IpAddress, deviceIndex: number, mode: FilterMode,
  sources: readonly IpAddress[]): Errno | 0 {
  if (mode === 'include' && sources.length === 0) return leaveGroup(sock, group, deviceIndex)
  const known = find(sock, group, deviceIndex)
  if (known === undefined) return 'EINVAL'
  replace(sock, known, { ...known, mode, sources: sources.length === 0 ? undefined : sources })
  return 0
}

export function filterOf(sock: InetSock, group: IpAddress, deviceIndex: number): Membership | undefined {
  return sock.memberships?.find(each => each.group.equals(group) && each.deviceIndex === deviceIndex)
}

/** The socket is released: its devices need not listen for it any more. */
export function leaveAllGroups(sock: InetSock): void {
  for (const each of sock.memberships ?? []) sock.namespace.ip.leaveGroup(each.deviceIndex, each.group)
  sock.memberships = undefined
}

export function wantsGroupPacket(sock: InetSock, group: IpAddress, source: IpAddress, deviceIndex: number): boolean {
  const known = sock.memberships?.find(each => each.deviceIndex === deviceIndex && each.group.equals(group))
  if (known === undefined) return group.family === 4 ? sock.inet.multicastAll : sock.inet.multicastAll6
  const isNamed = known.sources?.some(each => each.equals(source)) ?? false
  // Linux: without a list the mode alone says it, and `include` hears nobody.
  return isNamed === (known.mode === 'include')
}
