// PACKET_ADD_MEMBERSHIP (Linux: packet_mc_add, dev_set_promiscuity): sockets that want frames of other stations or of all
// groups. A device stays promiscuous while anyone wants it.

import type { NetDevice } from '../link/net-device.ts'
import type { PacketMembership, PacketSock } from './packet-sock.ts'

const PACKET_MR_PROMISC = 1
const PACKET_MR_ALLMULTI = 2

export class PacketMemberships {
  /** How many memberships hold a device in a mode. */
  private readonly promiscuous = new Map<NetDevice, number>()
  private readonly allMulticast = new Map<NetDevice, number>()

  add(sock: PacketSock, device: NetDevice, type: number, address: Uint8Array): 0 {
    const known = find(sock, device, type, address)
    if (known !== undefined) {
      known.count++
      return 0
    }
    sock.memberships.push({ device, type, address: address.toString(), count: 1 })
    this.adjust(device, type, 1)
    return 0
  }

  /** As on Linux, dropping what there is not is no error. */
  drop(sock: PacketSock, device: NetDevice, type: number, address: Uint8Array): 0 {
    const known = find(sock, device, type, address)
    if (known === undefined) return 0
    known.count--
    if (known.count > 0) return 0
    sock.memberships = sock.memberships.filter(each => each !== known)
    this.adjust(device, type, -1)
    return 0
  }

  dropAll(sock: PacketSock): void {
    for (const { device, type } of sock.memberships) this.adjust(device, type, -1)
    sock.memberships = []
  }

  private adjust(device: NetDevice, type: number, by: number): void {
    const counts = type === PACKET_MR_PROMISC ? this.promiscuous : type === PACKET_MR_ALLMULTI ? this.allMulticast : undefined
    if (counts === undefined) return
    const count = (counts.get(device) ?? 0) + by
    counts.set(device, count)
    if (type === PACKET_MR_PROMISC) device.promiscuous = count > 0
    else device.allMulticast = count > 0
  }
}

function find(sock: PacketSock, device: NetDevice, type: number, address: Uint8Array): PacketMembership | undefined {
  return sock.memberships.find(each => each.device === device && each.type === type && each.address === address.toString())
}
