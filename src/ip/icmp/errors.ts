// ICMP and ICMPv6 errors that this host sends (RFC 1122 3.2.2, RFC 1812 4.3, RFC 4443 2.4; row C7): when one is allowed at
// all, how much of the offender it quotes, and from which address it speaks.

import { IPV6_MIN_MTU } from '../../base/posix.ts'
import { IpAddress } from '../../base/address/ip.ts'
import { setU16 } from '../../base/bytes.ts'
import { finish } from '../../base/checksum.ts'
import { completeChecksum } from '../../link/offload/complete.ts'
import {
  ICMP_HEADER_BYTES, ICMP_REDIRECT, ICMP_TIME_EXCEEDED, ICMP_UNREACHABLE, ICMP_PARAMETER_PROBLEM, isIcmpError, writeIcmpHeader,
} from '../../wire/icmpv4.ts'
import {
  ICMPV6_HEADER_BYTES, ICMPV6_PACKET_TOO_BIG, ICMPV6_PARAMETER_PROBLEM, ICMPV6_REDIRECT, ICMPV6_TIME_EXCEEDED, ICMPV6_UNREACHABLE,
  isIcmpv6Error, PARAMETER6_OPTION, writeIcmpv6Header,
} from '../../wire/icmpv6.ts'
import { IPV4_MIN_HEADER_BYTES, Ipv4View } from '../../wire/ipv4.ts'
import { IPV6_HEADER_BYTES, Ipv6View } from '../../wire/ipv6.ts'
import { GSO_NONE, TO_HOST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { Flow } from '../flow.ts'
import type { AddressTable } from '../interface-address.ts'
import type { Ipv4Output } from '../ipv4/output.ts'
import { UpperHeader } from '../ipv6/upper-header.ts'
import type { Ipv6Output } from '../ipv6/output.ts'
import type { NetNamespace } from '../namespace.ts'
import type { IcmpRateLimit } from './rate-limit.ts'

const PROTOCOL_ICMP = 1
const PROTOCOL_ICMPV6 = 58
/** RFC 1812 4.3.2.3, and Linux: the whole message stays within 576 bytes. */
const MAX_ERROR4_BYTES = 576
/** Linux: RT_TOS | IPTOS_PREC_INTERNETCONTROL. */
const PRECEDENCE_INTERNET_CONTROL = 0xc0

export class IcmpErrors {
  private readonly namespace: NetNamespace
  private readonly addresses: AddressTable
  private readonly limit: IcmpRateLimit
  private readonly output4: Ipv4Output
  private readonly output6: Ipv6Output
  private readonly view4 = new Ipv4View()
  private readonly view6 = new Ipv6View()
  private readonly upper = new UpperHeader()

  constructor(namespace: NetNamespace, addresses: AddressTable, limit: IcmpRateLimit, output4: Ipv4Output, output6: Ipv6Output) {
    this.namespace = namespace
    this.addresses = addresses
    this.limit = limit
    this.output4 = output4
    this.output6 = output6
  }

  /** `packet.networkAt` is the IPv4 header of the offender; it stays the caller's. `rest` is the second word of the message. */
  send4(packet: Packet, type: number, code: number, rest: number): void {
    const view = this.view4.wrap(packet, packet.networkAt)
    if (view.checkHeader() !== undefined || !this.mayAnswer4(view, packet)) return
    const offender = IpAddress.v4(view.source)
    if (!this.limit.allows(offender, type)) {
      this.namespace.mib.icmp.OutRateLimitHost++
      return
    }
    completeQuote(packet)
    const { headerLength, trafficClass, destination } = view
    const quoted = Math.min(packet.end - packet.networkAt, MAX_ERROR4_BYTES - IPV4_MIN_HEADER_BYTES - ICMP_HEADER_BYTES)
    if (quoted < headerLength) return
    const message = this.build(packet, quoted)
    if (message === undefined) return
    const { u8, checksummer } = message.memory
    writeIcmpHeader(u8, message.start, type, code, rest)
    setU16(u8, message.start + 2, finish(checksummer.sum(message.start, message.length)))
    const flow = this.flowTo(offender, packet.deviceIndex, PROTOCOL_ICMP)
    if (this.addresses.isLocal4(destination)) flow.source = IpAddress.v4(destination)
    flow.trafficClass = (trafficClass & 0x1e) | PRECEDENCE_INTERNET_CONTROL
    flow.mtuDiscover = 'dont'
    this.count4(type)
    if (this.output4.output(message, flow) !== undefined) this.namespace.mib.icmp.OutErrors++
  }

  /** RFC 1122 3.2.2: never about an error, a broadcast, a multicast, a later fragment, or a source that is no single host. */
  private mayAnswer4(view: Ipv4View, packet: Packet): boolean {
    if (packet.linkDestination !== TO_HOST || view.fragmentOffset !== 0) return false
    const { source, destination, protocol } = view
    if (destination >>> 28 === 0xe || destination === -1 || this.addresses.broadcast4(destination) !== undefined) return false
    if (source >>> 24 === 0 || source >>> 28 >= 0xe || this.addresses.broadcast4(source) !== undefined) return false
    const transportAt = view.at + view.headerLength
    return protocol !== PROTOCOL_ICMP || (transportAt < packet.end && !isIcmpError(packet.memory.u8[transportAt]))
  }

  private count4(type: number): void {
    const { icmp } = this.namespace.mib
    icmp.OutMsgs++
    if (type === ICMP_UNREACHABLE) icmp.OutDestUnreachs++
    else if (type === ICMP_TIME_EXCEEDED) icmp.OutTimeExcds++
    else if (type === ICMP_PARAMETER_PROBLEM) icmp.OutParmProbs++
    else if (type === ICMP_REDIRECT) icmp.OutRedirects++
  }

  send6(packet: Packet, type: number, code: number, rest: number): void {
    const view = this.view6.wrap(packet, packet.networkAt)
    if (view.checkHeader() !== undefined || !this.mayAnswer6(view, packet, type, code)) return
    const offender = view.source
    if (!this.limit.allows(offender, type)) {
      this.namespace.mib.icmp6.OutRateLimitHost++
      return
    }
    completeQuote(packet)
    const { destination } = view
    const quoted = Math.min(packet.end - packet.networkAt, IPV6_MIN_MTU - IPV6_HEADER_BYTES - ICMPV6_HEADER_BYTES)
    const message = this.build(packet, quoted)
    if (message === undefined) return
    const { u8, checksummer } = message.memory
    writeIcmpv6Header(u8, message.start, type, code, rest)
    const flow = this.flowTo(offender, packet.deviceIndex, PROTOCOL_ICMPV6)
    if (this.addresses.isLocal(destination, packet.deviceIndex)) flow.source = destination
    if (this.output6.resolve(flow) !== undefined) {
      message.release()
      return
    }
    const pseudo = pseudoHeaderSum(addressSum(flow.source, flow.destination), PROTOCOL_ICMPV6, message.length)
    setU16(u8, message.start + 2, finish(foldedSum(pseudo, checksummer.sum(message.start, message.length))))
    this.count6(type)
    if (this.output6.output(message, flow) !== undefined) this.namespace.mib.icmp6.OutErrors++
  }

  /** RFC 4443 2.4 (e); packet too big and option problems (code 2) may answer multicast. */
  private mayAnswer6(view: Ipv6View, packet: Packet, type: number, code: number): boolean {
    const { source } = view
    if (source.isUnspecified || source.isMulticast) return false
    const evenToGroups = type === ICMPV6_PACKET_TOO_BIG || (type === ICMPV6_PARAMETER_PROBLEM && code === PARAMETER6_OPTION)
    if (!evenToGroups && (packet.linkDestination !== TO_HOST || view.destination.isMulticast)) return false
    const upper = this.upper.find(packet.memory.u8, view.at, packet.end)
    if (upper.isLaterFragment) return type !== ICMPV6_UNREACHABLE
    if (upper.protocol !== PROTOCOL_ICMPV6) return true
    if (upper.at >= packet.end) return false
    const quotedType = packet.memory.u8[upper.at]
    return !isIcmpv6Error(quotedType) && quotedType !== ICMPV6_REDIRECT
  }

  private count6(type: number): void {
    const { icmp6 } = this.namespace.mib
    icmp6.OutMsgs++
    if (type === ICMPV6_UNREACHABLE) icmp6.OutDestUnreachs++
    else if (type === ICMPV6_TIME_EXCEEDED) icmp6.OutTimeExcds++
    else if (type === ICMPV6_PARAMETER_PROBLEM) icmp6.OutParmProbs++
    else if (type === ICMPV6_PACKET_TOO_BIG) icmp6.OutPktTooBigs++
  }

  /** A message of eight empty bytes and the quotation. */
  private build(packet: Packet, quoted: number): Packet | undefined {
    const message = this.namespace.memory.allocate(ICMP_HEADER_BYTES + quoted)
    if (message === undefined) return undefined
    const at = message.put(ICMP_HEADER_BYTES + quoted)
    message.memory.u8.copyWithin(at + ICMP_HEADER_BYTES, packet.networkAt, packet.networkAt + quoted)
    return message
  }

  private flowTo(destination: IpAddress, deviceIndex: number, protocol: number): Flow {
    const flow = new Flow()
    flow.destination = destination
    flow.source = destination.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6
    flow.protocol = protocol
    if (destination.isLinkLocal && destination.family === 6) flow.deviceIndex = deviceIndex
    return flow
  }
}

/** A quotation shows the packet as it would have stood on a wire. */
function completeQuote(packet: Packet): void {
  if (packet.gsoType === GSO_NONE) completeChecksum(packet)
}

function foldedSum(a: number, b: number): number {
  const sum = a + b
  return (sum & 0xffff) + (sum >>> 16)
}
