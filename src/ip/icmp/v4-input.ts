// ICMP that arrives (RFC 792, RFC 1122 3.2.2; row C7): echo is answered in the packet that asked, errors find the
// transport that caused them, redirects change the route of one host.

import { IpAddress } from '../../base/address/ip.ts'
import { setU32 } from '../../base/bytes.ts'
import { finish, updateChecksum } from '../../base/checksum.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import { Prefix } from '../../base/address/prefix.ts'
import type { NetDevice } from '../../link/net-device.ts'
import {
  ICMP_ECHO, ICMP_ECHO_REPLY, ICMP_HEADER_BYTES, ICMP_PARAMETER_PROBLEM, ICMP_REDIRECT, ICMP_SOURCE_QUENCH, ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP, ICMP_TIMESTAMP_REPLY, ICMP_UNREACHABLE, Icmpv4View, UNREACHABLE_FRAGMENTATION_NEEDED,
} from '../../wire/icmpv4.ts'
import { Ipv4View } from '../../wire/ipv4.ts'
import { CHECKSUM_NONE } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { Flow } from '../flow.ts'
import { IcmpError } from '../icmp-error.ts'
import type { AddressTable } from '../interface-address.ts'
import { TO_UNICAST } from '../ip-packet-info.ts'
import type { IpPacketInfo } from '../ip-packet-info.ts'
import type { Ipv4Output } from '../ipv4/output.ts'
import type { NetNamespace } from '../namespace.ts'
import type { RouteTable } from '../route/table.ts'
import type { IpSettings } from '../sysctl.ts'
import type { TransportTable } from '../transport-table.ts'
import { convertError } from './convert.ts'

const PROTOCOL_ICMP = 1
const MS_A_DAY = 86_400_000
/** RFC 792: a timestamp that is not milliseconds since midnight UT says so. */
const NONSTANDARD_TIME = 0x80000000

export interface Icmpv4InputParts {
  readonly namespace: NetNamespace
  readonly settings: IpSettings
  readonly addresses: AddressTable
  readonly table: RouteTable
  readonly output: Ipv4Output
  readonly transports: TransportTable
  /** A router on our path said that packets to `destination` must be smaller. */
  readonly updatePathMtu: (destination: IpAddress, mtu: number) => void
}

export class Icmpv4Input {
  private readonly parts: Icmpv4InputParts
  private readonly namespace: NetNamespace
  private readonly view = new Icmpv4View()
  private readonly quoted = new Ipv4View()
  private readonly error = new IcmpError()
  private readonly flow = new Flow()

  constructor(parts: Icmpv4InputParts) {
    this.parts = parts
    this.namespace = parts.namespace
  }

  /** Takes ownership; `packet.start` is the ICMP header. */
  input(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    const { icmp } = this.namespace.mib
    icmp.InMsgs++
    const view = this.view.wrap(packet)
    const reason = view.check() ?? this.checkSum(packet)
    if (reason !== undefined) {
      icmp.InErrors++
      if (reason === 'icmp-checksum') icmp.InCsumErrors++
      this.drop(packet, reason, device)
      return
    }
    switch (view.type) {
      case ICMP_ECHO:
      case ICMP_TIMESTAMP:
        this.answer(packet, info, device)
        return
      case ICMP_UNREACHABLE:
      case ICMP_TIME_EXCEEDED:
      case ICMP_PARAMETER_PROBLEM:
        this.takeError(packet, info, device)
        return
      case ICMP_REDIRECT:
        this.redirect(packet, info, device)
        return
      case ICMP_SOURCE_QUENCH:
        // RFC 9293 MUST-55, RFC 6633: ignored.
        icmp.InSrcQuenchs++
        this.drop(packet, 'icmp-ignored', device)
        return
      default:
        if (view.type === ICMP_ECHO_REPLY) icmp.InEchoReps++
        if (view.type === ICMP_TIMESTAMP_REPLY) icmp.InTimestampReps++
        this.passUp(packet, info)
    }
  }

  private checkSum(packet: Packet): DropReason | undefined {
    if (packet.checksum !== CHECKSUM_NONE) return undefined
    return packet.memory.checksummer.sum(packet.start, packet.length) === 0xffff ? undefined : 'icmp-checksum'
  }

  /** Ping sockets, when somebody plays them, take what nobody here needs. */
  private passUp(packet: Packet, info: IpPacketInfo): void {
    const transport = this.parts.transports.get(PROTOCOL_ICMP)
    if (transport === undefined) {
      packet.release()
      return
    }
    transport.input(packet, info)
  }

  private answer(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    const { icmp } = this.namespace.mib
    const { settings } = this.parts
    const { view } = this
    const isEcho = view.type === ICMP_ECHO
    if (isEcho) icmp.InEchos++
    else icmp.InTimestamps++
    const toMany = info.destinationKind !== TO_UNICAST
    if ((isEcho && settings.echoIgnoreAll4.value !== 0) || (toMany && settings.echoIgnoreBroadcasts.value !== 0) || info.s3 === 0) {
      this.drop(packet, 'icmp-ignored', device)
      return
    }
    if (isEcho) {
      view.checksum = updateChecksum(view.checksum, (ICMP_ECHO << 8) | view.code, (ICMP_ECHO_REPLY << 8) | view.code)
      view.type = ICMP_ECHO_REPLY
      icmp.OutEchoReps++
    } else if (!this.fillTimestamp(packet)) {
      icmp.InErrors++
      this.drop(packet, 'icmp-malformed', device)
      return
    } else {
      icmp.OutTimestampReps++
    }
    packet.checksum = CHECKSUM_NONE
    this.reply(packet, info)
  }

  private fillTimestamp(packet: Packet): boolean {
    if (packet.length < 20) return false
    const { u8 } = packet.memory
    const now = NONSTANDARD_TIME | Math.floor(this.namespace.now() / 1000) % MS_A_DAY
    setU32(u8, packet.start + 12, now)
    setU32(u8, packet.start + 16, now)
    this.view.type = ICMP_TIMESTAMP_REPLY
    this.view.checksum = 0
    this.view.checksum = finish(packet.memory.checksummer.sum(packet.start, packet.length))
    return true
  }

  /** Sends the packet back where it came from, from the address it was sent to. */
  private reply(packet: Packet, info: IpPacketInfo): void {
    const { flow } = this
    flow.route = undefined
    flow.destination = info.source()
    flow.source = info.destinationKind === TO_UNICAST ? info.destination() : IpAddress.ANY4
    flow.protocol = PROTOCOL_ICMP
    flow.trafficClass = info.trafficClass
    flow.mtuDiscover = 'dont'
    this.namespace.mib.icmp.OutMsgs++
    if (this.parts.output.output(packet, flow) !== undefined) this.namespace.mib.icmp.OutErrors++
  }

  private takeError(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    const { icmp } = this.namespace.mib
    const { view, quoted, error } = this
    if (view.type === ICMP_UNREACHABLE) icmp.InDestUnreachs++
    else if (view.type === ICMP_TIME_EXCEEDED) icmp.InTimeExcds++
    else icmp.InParmProbs++
    quoted.wrap(packet, packet.start + ICMP_HEADER_BYTES)
    const quotedAt = quoted.checkHeader() === undefined ? quoted.at + quoted.headerLength : packet.end
    // RFC 792: at least eight bytes of the datagram that caused it.
    if (quotedAt + 8 > packet.end) {
      icmp.InErrors++
      this.drop(packet, 'icmp-malformed', device)
      return
    }
    error.version = 4
    error.type = view.type
    error.code = view.code
    error.mtu = view.type === ICMP_UNREACHABLE && view.code === UNREACHABLE_FRAGMENTATION_NEEDED ? view.nextHopMtu : 0
    error.info = view.type === ICMP_PARAMETER_PROBLEM ? view.pointer : 0
    error.offender = info.source()
    error.local = IpAddress.v4(quoted.source)
    error.remote = IpAddress.v4(quoted.destination)
    error.protocol = quoted.protocol
    error.packet = packet
    error.quotedNetworkAt = quoted.at
    error.quotedAt = quotedAt
    error.quotedEnd = Math.min(packet.end, Math.max(quotedAt + 8, quoted.at + quoted.totalLength))
    if (convertError(error)) {
      if (error.errno === 'EMSGSIZE' && this.parts.transports.get(error.protocol) === undefined) {
        this.parts.updatePathMtu(error.remote, error.mtu)
      }
      this.parts.transports.error(error)
    }
    error.packet = undefined
    packet.release()
  }

  /** RFC 1122 3.2.2.2: believed only from the router we use, and only towards a host on this link. */
  private redirect(packet: Packet, info: IpPacketInfo, device: NetDevice): void {
    this.namespace.mib.icmp.InRedirects++
    const { settings, table, addresses } = this.parts
    const gateway = IpAddress.v4(this.view.rest)
    const quoted = this.quoted.wrap(packet, packet.start + ICMP_HEADER_BYTES)
    const refused = settings.acceptRedirects4.value === 0 || settings.forward4.value !== 0 || quoted.checkHeader() !== undefined
    const target = refused ? IpAddress.ANY4 : IpAddress.v4(quoted.destination)
    const current = refused ? undefined : table.lookup(target, device.index)
    const onLink = addresses.on(device).some(each => each.address.family === 4 && each.prefix.contains(gateway))
    if (current?.gateway?.equals(info.source()) === true && onLink && !addresses.isLocal(gateway)) {
      const destination = new Prefix(target, 32)
      table.remove(destination, each => each.origin === 'redirect')
      table.add({
        destination, gateway, device, metric: 0, type: 'unicast', source: undefined, mtu: 0, mtuLocked: false, advmss: 0, origin: 'redirect',
      })
      this.namespace.routeGeneration++
      packet.release()
      return
    }
    this.drop(packet, 'icmp-ignored', device)
  }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('icmp', reason, device.name, packet.length)
    packet.release()
  }
}
