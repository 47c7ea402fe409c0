// IPv4 on the way in (RFC 791, RFC 1122 3.2.1; rows C1-C3, C10): checks, decides whose it is, reassembles, delivers.
// Called by device-input.ts for each arrived packet.

import { addressWordsSum } from '../../wire/pseudo-header.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { ICMP_PARAMETER_PROBLEM, ICMP_UNREACHABLE, UNREACHABLE_PROTOCOL } from '../../wire/icmpv4.ts'
import { Ipv4OptionCursor } from '../../wire/ipv4-options.ts'
import { IPV4_MIN_HEADER_BYTES, Ipv4View } from '../../wire/ipv4.ts'
import { TO_BROADCAST, TO_OTHER_HOST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { IcmpErrors } from '../icmp/errors.ts'
import type { Icmpv4Input } from '../icmp/v4-input.ts'
import { TO_IP_BROADCAST, TO_IP_MULTICAST, TO_UNICAST } from '../ip-packet-info.ts'
import type { IpPacketInfo } from '../ip-packet-info.ts'
import type { NetNamespace } from '../namespace.ts'
import type { IpSettings } from '../sysctl.ts'
import type { TransportTable } from '../transport-table.ts'
import { BAD_DESTINATION, BAD_SOURCE, BROADCAST, MULTICAST, NOT_LOCAL, OTHER_GROUP } from './classify.ts'
import type { Ipv4Classifier } from './classify.ts'
import type { Ipv4Forward } from './forward.ts'
import { judgeOptions, MS_A_DAY, OPTIONS_GOOD, OPTIONS_SOURCE_ROUTED, recordPassage } from './options.ts'
import type { Ipv4Reassembly } from './reassembly.ts'

const PROTOCOL_ICMP = 1
const WORD_OF_MAPPED = 0xffff

export interface Ipv4InputParts {
  readonly namespace: NetNamespace
  readonly settings: IpSettings
  readonly classifier: Ipv4Classifier
  readonly reassembly: Ipv4Reassembly
  readonly forward: Ipv4Forward
  readonly icmp: Icmpv4Input
  readonly errors: IcmpErrors
  readonly transports: TransportTable
  readonly info: IpPacketInfo
}

export class Ipv4Input {
  private readonly parts: Ipv4InputParts
  private readonly namespace: NetNamespace
  private readonly view = new Ipv4View()
  private readonly options = new Ipv4OptionCursor()

  constructor(parts: Ipv4InputParts) {
    this.parts = parts
    this.namespace = parts.namespace
  }

  /** Takes ownership; `packet.start` is the IP header, padding of the frame may follow the packet. */
  receive(packet: Packet, device: NetDevice): void {
    const { ip } = this.namespace.mib
    const view = this.view.wrap(packet)
    packet.networkAt = packet.start
    ip.InReceives++
    ip.InOctets += packet.end - packet.start
    if (packet.linkDestination === TO_OTHER_HOST) {
      this.drop(packet, 'frame-not-for-us', device)
      return
    }
    const reason = view.check() ?? (view.isChecksumGood ? undefined : 'ip-checksum')
    if (reason !== undefined) {
      if (reason === 'ip-checksum') ip.InCsumErrors++
      if (reason === 'ip-truncated') ip.InTruncatedPkts++
      else ip.InHdrErrors++
      this.drop(packet, reason, device)
      return
    }
    packet.trim(view.totalLength)
    if (view.headerLength > IPV4_MIN_HEADER_BYTES && !this.acceptOptions(packet, device)) return
    this.route(packet, this.parts.classifier.classify(view.source, view.destination, device), device)
  }

  /** Takes ownership of a copy of our own multicast or broadcast, whose header is known to be good. */
  receiveLooped(packet: Packet, device: NetDevice): void {
    this.namespace.mib.ip.InReceives++
    packet.networkAt = packet.start
    this.view.wrap(packet)
    this.deliver(packet, packet.linkDestination === TO_BROADCAST ? TO_IP_BROADCAST : TO_IP_MULTICAST, device)
  }

  private acceptOptions(packet: Packet, device: NetDevice): boolean {
    const verdict = judgeOptions(this.view, this.options, this.parts.settings.acceptSourceRoute.value !== 0)
    if (verdict === OPTIONS_GOOD) return true
    this.namespace.mib.ip.InHdrErrors++
    if (verdict !== OPTIONS_SOURCE_ROUTED) this.parts.errors.send4(packet, ICMP_PARAMETER_PROBLEM, 0, verdict << 24)
    this.drop(packet, 'ip-option', device)
    return false
  }

  /** Where it went is part of the route it came by (RFC 791 3.1; Linux: ip_options_compile). */
  private recordArrival(): void {
    const { view } = this
    const now = Math.floor(this.namespace.now() / 1000) % MS_A_DAY
    if (recordPassage(view, this.options, view.destination, now)) view.refreshChecksum()
  }

  private route(packet: Packet, answer: number, device: NetDevice): void {
    const { ip } = this.namespace.mib
    switch (answer) {
      case NOT_LOCAL:
        this.parts.forward.receive(packet, device)
        return
      case BAD_SOURCE:
      case BAD_DESTINATION:
        ip.InAddrErrors++
        this.drop(packet, answer === BAD_SOURCE ? 'ip-bad-source' : 'ip-bad-destination', device)
        return
      case OTHER_GROUP:
        this.drop(packet, 'ip-not-local', device)
        return
      case BROADCAST:
        ip.InBcastPkts++
        this.deliver(packet, TO_IP_BROADCAST, device)
        return
      case MULTICAST:
        ip.InMcastPkts++
        this.deliver(packet, TO_IP_MULTICAST, device)
        return
      default:
        this.deliver(packet, TO_UNICAST, device)
    }
  }

  private deliver(arrived: Packet, kind: number, device: NetDevice): void {
    let packet = arrived
    if (this.view.isFragment) {
      const whole = this.parts.reassembly.input(packet, device.name)
      if (whole === undefined) return
      packet = whole
      this.view.wrap(packet)
    }
    const { info, transports } = this.parts
    this.describe(kind, device)
    const { headerLength, protocol } = this.view
    packet.transportAt = packet.start + headerLength
    if (headerLength > IPV4_MIN_HEADER_BYTES && kind === TO_UNICAST) this.recordArrival()
    const taken = transports.deliverRaw(packet, info)
    packet.pull(headerLength)
    const transport = protocol === PROTOCOL_ICMP ? undefined : transports.get(protocol)
    if (transport !== undefined) {
      this.namespace.mib.ip.InDelivers++
      transport.input(packet, info)
    } else if (protocol === PROTOCOL_ICMP) {
      this.namespace.mib.ip.InDelivers++
      this.parts.icmp.input(packet, info, device)
    } else if (taken) {
      this.namespace.mib.ip.InDelivers++
      packet.release()
    } else {
      this.namespace.mib.ip.InUnknownProtos++
      this.parts.errors.send4(packet, ICMP_UNREACHABLE, UNREACHABLE_PROTOCOL, 0)
      this.drop(packet, 'ip-unknown-protocol', device)
    }
  }

  /** Fills the one record that transports read. */
  private describe(kind: number, device: NetDevice): void {
    const { view } = this
    const { info } = this.parts
    const { source, destination } = view
    info.s0 = 0
    info.s1 = 0
    info.s2 = WORD_OF_MAPPED
    info.s3 = source
    info.d0 = 0
    info.d1 = 0
    info.d2 = WORD_OF_MAPPED
    info.d3 = destination
    info.addressSum = addressWordsSum(0, 0, WORD_OF_MAPPED, source, 0, 0, WORD_OF_MAPPED, destination)
    info.version = 4
    info.protocol = view.protocol
    info.hopLimit = view.ttl
    info.trafficClass = view.trafficClass
    info.flowLabel = 0
    info.destinationKind = kind
    info.deviceIndex = device.index
  }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('ip', reason, device.name, packet.length)
    packet.release()
  }
}
