// ICMPv6 that arrives (RFC 4443; row C9): echo, errors to their transports, neighbour discovery to its room.

import { IpAddress } from '../../base/address/ip.ts'
import { addSums, updateChecksum } from '../../base/checksum.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import type { NetDevice } from '../../link/net-device.ts'
import {
  ICMPV6_ECHO, ICMPV6_ECHO_REPLY, ICMPV6_HEADER_BYTES, ICMPV6_PACKET_TOO_BIG, ICMPV6_PARAMETER_PROBLEM, ICMPV6_REDIRECT,
  ICMPV6_TIME_EXCEEDED, ICMPV6_UNREACHABLE, Icmpv6View, isIcmpv6Error, MLD_QUERY, ROUTER_SOLICITATION,
} from '../../wire/icmpv6.ts'
import { Ipv6View } from '../../wire/ipv6.ts'
import { CHECKSUM_NONE } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { Flow } from '../flow.ts'
import { IcmpError } from '../icmp-error.ts'
import { TO_UNICAST } from '../ip-packet-info.ts'
import type { IpPacketInfo } from '../ip-packet-info.ts'
import type { Ipv6Output } from '../ipv6/output.ts'
import { UpperHeader } from '../ipv6/upper-header.ts'
import type { NetNamespace } from '../namespace.ts'
import type { Ndp } from '../neighbour/ndp.ts'
import type { IpSettings } from '../sysctl.ts'
import type { TransportTable } from '../transport-table.ts'
import { convertError } from './convert.ts'

const PROTOCOL_ICMPV6 = 58

export interface Icmpv6InputParts {
  readonly namespace: NetNamespace
  readonly settings: IpSettings
  readonly output: Ipv6Output
  readonly ndp: Ndp
  readonly transports: TransportTable
  readonly updatePathMtu: (destination: IpAddress, mtu: number) => void
  /** A multicast listener query; undefined while nobody answers them. */
  readonly onListenerQuery: (view: Icmpv6View, device: NetDevice) => void
}

export class Icmpv6Input {
  private readonly parts: Icmpv6InputParts
  private readonly namespace: NetNamespace
  private readonly view = new Icmpv6View()
  private readonly quoted = new Ipv6View()
  private readonly upper = new UpperHeader()
  private readonly error = new IcmpError()
  private readonly flow = new Flow()

  constructor(parts: Icmpv6InputParts) {
    this.parts = parts
    this.namespace = parts.namespace
  }

  /** Takes ownership; `packet.start` is the ICMPv6 header. */
  input(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    const { icmp6 } = this.namespace.mib
    icmp6.InMsgs++
    const view = this.view.wrap(packet)
    const reason = view.check() ?? this.checkSum(packet, info)
    if (reason !== undefined) {
      icmp6.InErrors++
      if (reason === 'icmp-checksum') icmp6.InCsumErrors++
      this.drop(packet, reason, device)
      return
    }
    const { type } = view
    if (type === ICMPV6_ECHO) {
      this.answerEcho(packet, info, device)
    } else if (isIcmpv6Error(type)) {
      this.takeError(packet, info, device)
    } else if (type >= ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT) {
      const refused = device.medium === 'loopback' ? 'icmp-ignored' : this.parts.ndp.input(view, info, device)
      if (refused === undefined) packet.release()
      else this.drop(packet, refused, device)
    } else {
      if (type === MLD_QUERY) this.parts.onListenerQuery(view, device)
      if (type === ICMPV6_ECHO_REPLY) icmp6.InEchoReps++
      this.passUp(packet, info)
    }
  }

  private checkSum(packet: Packet, info: IpPacketInfo): DropReason | undefined {
    if (packet.checksum !== CHECKSUM_NONE) return undefined
    const pseudo = pseudoHeaderSum(info.addressSum, PROTOCOL_ICMPV6, packet.length)
    return addSums(pseudo, packet.memory.checksummer.sum(packet.start, packet.length)) === 0xffff ? undefined : 'icmp-checksum'
  }

  private passUp(packet: Packet, info: IpPacketInfo): void {
    const transport = this.parts.transports.get(PROTOCOL_ICMPV6)
    if (transport === undefined) packet.release()
    else transport.input(packet, info)
  }

  private answerEcho(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    const { icmp6 } = this.namespace.mib
    const { settings, output } = this.parts
    const { view, flow } = this
    icmp6.InEchos++
    const toMany = info.destinationKind !== TO_UNICAST
    const source = info.source()
    if (settings.echoIgnoreAll6.value !== 0 || (toMany && settings.echoIgnoreMulticast6.value !== 0) || source.isUnspecified) {
      this.drop(packet, 'icmp-ignored', device)
      return
    }
    flow.route = undefined
    flow.destination = source
    flow.source = toMany ? IpAddress.ANY6 : info.destination()
    flow.deviceIndex = info.scopeDevice
    flow.protocol = PROTOCOL_ICMPV6
    flow.trafficClass = info.trafficClass
    flow.flowLabel = info.flowLabel
    if (output.resolve(flow) !== undefined) {
      icmp6.OutErrors++
      this.drop(packet, 'ip-no-route', device)
      return
    }
    let checksum = updateChecksum(view.checksum, (ICMPV6_ECHO << 8) | view.code, (ICMPV6_ECHO_REPLY << 8) | view.code)
    // Swapped addresses sum to the same; an answer to a group comes from another address.
    if (toMany) {
      checksum = replaceAddress(checksum, info.destination(), flow.source)
    }
    view.checksum = checksum
    view.type = ICMPV6_ECHO_REPLY
    packet.checksum = CHECKSUM_NONE
    icmp6.OutMsgs++
    icmp6.OutEchoReps++
    if (output.output(packet, flow) !== undefined) icmp6.OutErrors++
  }

  private takeError(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    const { view, quoted, error } = this
    this.countError(view.type)
    quoted.wrap(packet, packet.start + ICMPV6_HEADER_BYTES)
    if (quoted.checkHeader() !== undefined) {
      this.namespace.mib.icmp6.InErrors++
      this.drop(packet, 'icmp-malformed', device)
      return
    }
    const upper = this.upper.find(packet.memory.u8, quoted.at, packet.end)
    error.version = 6
    error.type = view.type
    error.code = view.code
    error.mtu = view.type === ICMPV6_PACKET_TOO_BIG ? view.rest >>> 0 : 0
    error.info = view.type === ICMPV6_PARAMETER_PROBLEM ? view.rest >>> 0 : 0
    error.offender = info.source()
    error.local = quoted.source
    error.remote = quoted.destination
    error.protocol = upper.protocol
    error.packet = packet
    error.quotedNetworkAt = quoted.at
    error.quotedAt = upper.at
    error.quotedEnd = packet.end
    if (!upper.isLaterFragment && convertError(error)) {
      if (view.type === ICMPV6_PACKET_TOO_BIG && this.parts.transports.get(error.protocol) === undefined) {
        this.parts.updatePathMtu(error.remote, error.mtu)
      }
      this.parts.transports.error(error)
    }
    error.packet = undefined
    packet.release()
  }

  private countError(type: number): void {
    const { icmp6 } = this.namespace.mib
    if (type === ICMPV6_UNREACHABLE) icmp6.InDestUnreachs++
    else if (type === ICMPV6_PACKET_TOO_BIG) icmp6.InPktTooBigs++
    else if (type === ICMPV6_TIME_EXCEEDED) icmp6.InTimeExcds++
    else if (type === ICMPV6_PARAMETER_PROBLEM) icmp6.InParmProbs++
  }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('icmp', reason, device.name, packet.length)
    packet.release()
  }
}

/** The checksum when one address of the pseudo-header gives way to another. */
function replaceAddress(checksum: number, from: IpAddress, to: IpAddress): number {
  let result = checksum
  for (const [old, fresh] of [[from.w0, to.w0], [from.w1, to.w1], [from.w2, to.w2], [from.w3, to.w3]]) {
    result = updateChecksum(result, old >>> 16, fresh >>> 16)
    result = updateChecksum(result, old & 0xffff, fresh & 0xffff)
  }
  return result
}
