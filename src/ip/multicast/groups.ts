// Which groups this host listens to on which device (RFC 1112, RFC 4291 2.8; row C8): the filter for arriving multicast,
// counted, since several sockets and the stack itself may want the same group.

import type { IpAddress } from '../../base/address/ip.ts'
import type { NetDevice } from '../../link/net-device.ts'

/** 224.0.0.1, ff01::1 and ff02::1 are everyone's. */
function isAllNodes(w0: number, w1: number, w2: number, w3: number): boolean {
  if (w2 === 0xffff) return w3 === 0xe0000001 - 4294967296
  return (w0 === 0xff020000 - 4294967296 || w0 === 0xff010000 - 4294967296) && (w1 | w2) === 0 && w3 === 1
}

interface Membership { readonly group: IpAddress, users: number }

/** Told of the first joining and the last leaving on a device: IGMP and MLD report them. */
export interface GroupListener {
  joined(device: NetDevice, group: IpAddress): void
  left(device: NetDevice, group: IpAddress): void
}

export class GroupTable {
  listener: GroupListener | undefined = undefined
  private readonly byDevice = new Map<NetDevice, Membership[]>()

  join(device: NetDevice, group: IpAddress): void {
    const memberships = this.byDevice.get(device) ?? []
    const known = memberships.find(each => each.group.equals(group))
    if (known !== undefined) {
      known.users++
      return
    }
    this.byDevice.set(device, [...memberships, { group, users: 1 }])
    this.listener?.joined(device, group)
  }

  /** False when there is no such membership. */
  leave(device: NetDevice, group: IpAddress): boolean {
    const memberships = this.byDevice.get(device) ?? []
    const known = memberships.find(each => each.group.equals(group))
    if (known === undefined) return false
    known.users--
    if (known.users === 0) {
      this.byDevice.set(device, memberships.filter(each => each !== known))
      this.listener?.left(device, group)
    }
    return true
  }

  isMember(device: NetDevice, group: IpAddress): boolean { return this.accepts(device, group.w0, group.w1, group.w2, group.w3) }

  accepts(device: NetDevice, w0: number, w1: number, w2: number, w3: number): boolean {
    if (isAllNodes(w0, w1, w2, w3)) return true
    const memberships = this.byDevice.get(device)
    if (memberships === undefined) return false
    for (const { group } of memberships) {
      if (group.w3 === w3 && group.w2 === w2 && group.w1 === w1 && group.w0 === w0) return true
    }
    return false
  }

  groupsOf(device: NetDevice): readonly IpAddress[] { return (this.byDevice.get(device) ?? []).map(each => each.group) }

  forget(device: NetDevice): void { this.byDevice.delete(device) }
}
