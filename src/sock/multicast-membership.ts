// The groups a socket has joined, and whether it wants a group's packet (Linux: ip_mc_join_group, ip_mc_sf_allow). The
// devices count memberships in the IP layer.

import type { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import type { InetSock } from './inet-sock.ts'

export interface Membership {
  readonly group: IpAddress
  readonly deviceIndex: number
  /** `exclude` hears all but the sources, `include` only them (source-specific joins). */
  readonly mode: 'exclude' | 'include'
  readonly sources: readonly IpAddress[]
}

function find(sock: InetSock, group: IpAddress, deviceIndex: number): Membership | undefined {
  return sock.memberships?.find(each => each.group.equals(group) && (deviceIndex === 0 || each.deviceIndex === deviceIndex))
}

function replace(sock: InetSock, old: Membership, changed: Membership): void {
  sock.memberships = sock.memberships?.map(each => each === old ? changed : each)
}

export function joinGroup(sock: InetSock, group: IpAddress, deviceIndex: number, source?: IpAddress): Errno | 0 {
  if (!group.isMulticast) return 'EINVAL'
  const known = sock.memberships?.find(each => each.group.equals(group) && each.deviceIndex === deviceIndex)
  if (known !== undefined) {
    if (source === undefined || known.mode === 'exclude') return source === undefined ? 'EADDRINUSE' : 'EINVAL'
    if (known.sources.some(each => each.equals(source))) return 'EADDRNOTAVAIL'
    replace(sock, known, { ...known, sources: [...known.sources, source] })
    return 0
  }
  if ((sock.memberships?.length ?? 0) >= sock.namespace.sysctl.row('net.ipv4.igmp_max_memberships').value) return 'ENOBUFS'
  const refused = sock.namespace.ip.joinGroup(deviceIndex, group)
  if (refused !== undefined) return refused
  const joined: Membership = { group, deviceIndex, mode: source === undefined ? 'exclude' : 'include', sources: source === undefined ? [] : [source] }
  sock.memberships = [...sock.memberships ?? [], joined]
  return 0
}

export function leaveGroup(sock: InetSock, group: IpAddress, deviceIndex: number, source?: IpAddress): Errno | 0 {
  const known = find(sock, group, deviceIndex)
  if (known === undefined) return source === undefined ? 'EADDRNOTAVAIL' : 'EINVAL'
  if (source !== undefined) {
    if (known.mode !== 'include' || !known.sources.some(each => each.equals(source))) return 'EADDRNOTAVAIL'
    const sources = known.sources.filter(each => !each.equals(source))
    if (sources.length > 0) {
      replace(sock, known, { ...known, sources })
      return 0
    }
  }
  sock.memberships = sock.memberships?.filter(each => each !== known)
  sock.namespace.ip.leaveGroup(known.deviceIndex, known.group)
  return 0
}

/** Blocks or unblocks one source of a group joined without sources. */
export function setBlocked(sock: InetSock, group: IpAddress, deviceIndex: number, source: IpAddress, isBlocked: boolean): Errno | 0 {
  const known = find(sock, group, deviceIndex)
  if (known?.mode !== 'exclude') return 'EINVAL'
  if (known.sources.some(each => each.equals(source)) === isBlocked) return 'EADDRNOTAVAIL'
  const sources = isBlocked ? [...known.sources, source] : known.sources.filter(each => !each.equals(source))
  replace(sock, known, { ...known, sources })
  return 0
}

/** The socket is released: its devices need not listen for it any more. */
export function leaveAllGroups(sock: InetSock): void {
  for (const each of sock.memberships ?? []) sock.namespace.ip.leaveGroup(each.deviceIndex, each.group)
  sock.memberships = undefined
}

export function wantsGroupPacket(sock: InetSock, group: IpAddress, source: IpAddress, deviceIndex: number): boolean {
  const known = sock.memberships?.find(each => each.deviceIndex === deviceIndex && each.group.equals(group))
  if (known === undefined) return group.family === 4 ? sock.inet.multicastAll : sock.inet.multicastAll6
  return known.sources.some(each => each.equals(source)) === (known.mode === 'include')
}
