// Multicast Listener Discovery (RFC 3810, and RFC 2710 for routers of old): ICMPv6 behind a hop-by-hop header with Router
// Alert, from a link-local address, with hop limit 1.

import { IpAddress } from '../../base/address/ip.ts'
import { setU16 } from '../../base/bytes.ts'
import { addSums, finish } from '../../base/checksum.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { MLD_DONE, MLD_REPORT_V1, MLD_REPORT_V2 } from '../../wire/icmpv6.ts'
import type { Packet } from '../../wire/packet.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import type { AddressTable } from '../interface-address.ts'
import type { Ipv6Output } from '../ipv6/output.ts'
import type { NetNamespace } from '../namespace.ts'
import type { GroupTable } from './groups.ts'
import { GroupReports } from './reports.ts'
import type { GroupRecord, ReportWire } from './reports.ts'

const PROTOCOL_ICMPV6 = 58
const PROTOCOL_HOP_BY_HOP = 0
/** RFC 3810 5.2.14. */
const ALL_MLDV2_ROUTERS = IpAddress.of(0xff020000, 0, 0, 0x16)
const HEADER_BYTES = 8
const RECORD_BYTES = 20
const OLD_BYTES = 24
const QUERY_2_BYTES = 28
/** Next header, length, Router Alert for MLD, padding. */
const HOP_BY_HOP: readonly number[] = [PROTOCOL_ICMPV6, 0, 5, 2, 0, 0, 1, 0]
const LINK_LOCAL_SCOPE = 2

export class Mld implements ReportWire {
  readonly family = 6
  readonly reports: GroupReports
  private readonly namespace: NetNamespace
  private readonly addresses: AddressTable
  private readonly output: Ipv6Output

  constructor(namespace: NetNamespace, groups: GroupTable, addresses: AddressTable, output: Ipv6Output) {
    this.namespace = namespace
    this.addresses = addresses
    this.output = output
    this.reports = new GroupReports(namespace, groups, this)
  }

  /** RFC 3810 6: neither ff02::1 nor what stays inside the host. */
  isReported(group: IpAddress): boolean {
    return group.family === 6 && !group.equals(IpAddress.ALL_NODES) && (group.w0 >>> 16 & 0xf) >= LINK_LOCAL_SCOPE
  }

  /** A query: bytes from the ICMPv6 header on. */
  query(u8: Uint8Array, at: number, length: number, device: NetDevice): void {
    if (device.medium === 'loopback' || length < OLD_BYTES) return
    const code = u8[at + 4] << 8 | u8[at + 5]
    const isOld = length < QUERY_2_BYTES
    const group = IpAddress.fromBytes(u8, at + 8, 6)
    const delay = isOld || code < 0x8000 ? code : ((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3)
    this.reports.queried(device, group.isUnspecified ? undefined : group, delay, isOld)
  }

  sendReport(device: NetDevice, records: readonly GroupRecord[]): void {
    const packet = this.message(MLD_REPORT_V2, HEADER_BYTES + RECORD_BYTES * records.length)
    if (packet === undefined) return
    const { u8 } = packet.memory
    setU16(u8, packet.start + 6, records.length)
    for (const [index, { type, group }] of records.entries()) {
      const at = packet.start + HEADER_BYTES + RECORD_BYTES * index
      u8[at] = type
      group.write16(u8, at + 4)
    }
    this.send(device, packet, ALL_MLDV2_ROUTERS)
  }

  sendOldReport(device: NetDevice, group: IpAddress): void { this.sendOld(device, MLD_REPORT_V1, group, group) }

  sendOldLeave(device: NetDevice, group: IpAddress): void { this.sendOld(device, MLD_DONE, group, IpAddress.ALL_ROUTERS) }

  private sendOld(device: NetDevice, type: number, group: IpAddress, destination: IpAddress): void {
    const packet = this.message(type, OLD_BYTES)
    if (packet === undefined) return
    group.write16(packet.memory.u8, packet.start + 8)
    this.send(device, packet, destination)
  }

  private message(type: number, length: number): Packet | undefined {
    const packet = this.namespace.memory.allocate(length)
    if (packet === undefined) return undefined
    const at = packet.put(length)
    packet.memory.u8.fill(0, at, packet.end)
    packet.memory.u8[at] = type
    return packet
  }

  /** RFC 3590: without a usable link-local address from the unspecified one. */
  private send(device: NetDevice, packet: Packet, destination: IpAddress): void {
    const { u8, checksummer } = packet.memory
    const own = this.addresses.on(device).find(each => each.address.family === 6 && each.address.isLinkLocal && each.isUsable)
    const source = own?.address ?? IpAddress.ANY6
    const pseudo = pseudoHeaderSum(addressSum(source, destination), PROTOCOL_ICMPV6, packet.length)
    setU16(u8, packet.start + 2, finish(addSums(pseudo, checksummer.sum(packet.start, packet.length))))
    const at = packet.push(HOP_BY_HOP.length)
    for (const [index, byte] of HOP_BY_HOP.entries()) u8[at + index] = byte
    this.namespace.mib.icmp6.OutMsgs++
    this.output.outputOn(device, packet, source, destination, PROTOCOL_HOP_BY_HOP, 1)
  }
}
