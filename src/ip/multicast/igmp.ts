// IGMP (RFC 3376, and RFC 2236 for routers of old): reports out, queries in. Messages carry Router Alert, precedence
// Internetwork Control and TTL 1.

import { IpAddress } from '../../base/address/ip.ts'
import { getU32, setU16, setU32 } from '../../base/bytes.ts'
import { finish } from '../../base/checksum.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { Packet } from '../../wire/packet.ts'
import { Flow } from '../flow.ts'
import type { AddressTable } from '../interface-address.ts'
import type { IpPacketInfo } from '../ip-packet-info.ts'
import type { Ipv4Output } from '../ipv4/output.ts'
import type { NetNamespace } from '../namespace.ts'
import type { TransportProtocol } from '../transport-protocol.ts'
import type { GroupTable } from './groups.ts'
import { GroupReports } from './reports.ts'
import type { GroupRecord, ReportWire } from './reports.ts'

const PROTOCOL_IGMP = 2
const QUERY = 0x11
const REPORT_2 = 0x16
const LEAVE = 0x17
const REPORT_3 = 0x22
const ALL_ROUTERS = IpAddress.v4(0xe0000002)
/** RFC 3376 4.2.14. */
const ALL_IGMPV3_ROUTERS = IpAddress.v4(0xe0000016)
const HEADER_BYTES = 8
const QUERY_3_BYTES = 12
const INTERNETWORK_CONTROL = 0xc0
/** IGMPv1's queries give no time: ten seconds. */
const VERSION_1_MS = 10_000

export class Igmp implements TransportProtocol, ReportWire {
  readonly protocol = PROTOCOL_IGMP
  readonly family = 4
  readonly reports: GroupReports
  private readonly namespace: NetNamespace
  private readonly addresses: AddressTable
  private readonly output: Ipv4Output

  constructor(namespace: NetNamespace, groups: GroupTable, addresses: AddressTable, output: Ipv4Output) {
    this.namespace = namespace
    this.addresses = addresses
    this.output = output
    this.reports = new GroupReports(namespace, groups, this)
  }

  /** RFC 3376 6: 224.0.0.1 is never reported. */
  isReported(group: IpAddress): boolean { return group.family === 4 && group.w3 !== (0xe0000001 | 0) }

  input(packet: Packet, info: IpPacketInfo): void {
    const { u8, checksummer } = packet.memory
    const device = this.namespace.device(info.deviceIndex)
    const { start, length } = packet
    if (device === undefined || length < HEADER_BYTES || finish(checksummer.sum(start, length)) !== 0) {
      this.namespace.countDrop('ip', 'icmp-ignored', device?.name ?? '', length)
    } else if (u8[start] === QUERY) {
      const word = getU32(u8, start + 4) | 0
      const code = u8[start + 1]
      const isOld = length < QUERY_3_BYTES
      this.reports.queried(device, word === 0 ? undefined : IpAddress.v4(word), code === 0 ? VERSION_1_MS : delayMs(code, !isOld), isOld)
    }
    packet.release()
  }

  error(): void { /* nobody asked */ }

  sendReport(device: NetDevice, records: readonly GroupRecord[]): void {
    const packet = this.namespace.memory.allocate(HEADER_BYTES * (1 + records.length))
    if (packet === undefined) return
    const { u8 } = packet.memory
    const at = packet.put(HEADER_BYTES * (1 + records.length))
    u8.fill(0, at, packet.end)
    u8[at] = REPORT_3
    setU16(u8, at + 6, records.length)
    for (const [index, { type, group }] of records.entries()) {
      u8[at + HEADER_BYTES * (1 + index)] = type
      setU32(u8, at + HEADER_BYTES * (1 + index) + 4, group.w3)
    }
    this.send(device, packet, ALL_IGMPV3_ROUTERS)
  }

  sendOldReport(device: NetDevice, group: IpAddress): void { this.sendOld(device, REPORT_2, group, group) }

  sendOldLeave(device: NetDevice, group: IpAddress): void { this.sendOld(device, LEAVE, group, ALL_ROUTERS) }

  private sendOld(device: NetDevice, type: number, group: IpAddress, destination: IpAddress): void {
    const packet = this.namespace.memory.allocate(HEADER_BYTES)
    if (packet === undefined) return
    const { u8 } = packet.memory
    const at = packet.put(HEADER_BYTES)
    u8.fill(0, at, packet.end)
    u8[at] = type
    setU32(u8, at + 4, group.w3)
    this.send(device, packet, destination)
  }

  private send(device: NetDevice, packet: Packet, destination: IpAddress): void {
    const { u8, checksummer } = packet.memory
    setU16(u8, packet.start + 2, finish(checksummer.sum(packet.start, packet.length)))
    const flow = new Flow()
    flow.protocol = PROTOCOL_IGMP
    flow.destination = destination
    flow.source = this.addresses.on(device).find(each => each.address.family === 4)?.address ?? IpAddress.ANY4
    flow.deviceIndex = device.index
    flow.hopLimit = 1
    flow.trafficClass = INTERNETWORK_CONTROL
    flow.multicastLoop = false
    flow.options = Uint8Array.of(0x94, 4, 0, 0)
    void this.output.output(packet, flow)
  }
}

/** RFC 3376 4.1.1: tenths of a second; from 128 on version 3 counts in floating point. */
function delayMs(code: number, isVersion3: boolean): number {
  const tenths = !isVersion3 || code < 128 ? code : ((code & 0xf) | 0x10) << ((code >> 4 & 7) + 3)
  return tenths * 100
}
