// Errors that arise on this host itself, told to whoever sent the packet: the next hop never answered (Linux:
// ipv4_link_failure). A socket of ours hears of it directly, a stranger whose packet we forwarded by ICMP.

import { IpAddress } from '../../base/address/ip.ts'
import { ICMP_UNREACHABLE, UNREACHABLE_HOST } from '../../wire/icmpv4.ts'
import { ICMPV6_UNREACHABLE, UNREACHABLE6_ADDRESS } from '../../wire/icmpv6.ts'
import { Ipv4View } from '../../wire/ipv4.ts'
import { Ipv6View } from '../../wire/ipv6.ts'
import type { Packet } from '../../wire/packet.ts'
import { IcmpError } from '../icmp-error.ts'
import type { AddressTable } from '../interface-address.ts'
import { UpperHeader } from '../ipv6/upper-header.ts'
import type { TransportTable } from '../transport-table.ts'
import type { IcmpErrors } from './errors.ts'

export class LocalErrors {
  private readonly addresses: AddressTable
  private readonly errors: IcmpErrors
  private readonly transports: TransportTable
  private readonly view4 = new Ipv4View()
  private readonly view6 = new Ipv6View()
  private readonly upper = new UpperHeader()
  private readonly error = new IcmpError()

  constructor(addresses: AddressTable, errors: IcmpErrors, transports: TransportTable) {
    this.addresses = addresses
    this.errors = errors
    this.transports = transports
  }

  /** `packet.start` is the IP header; it stays the caller's. */
  hostUnreachable(packet: Packet): void {
    packet.networkAt = packet.start
    if (packet.memory.u8[packet.start] >>> 4 === 4) this.unreachable4(packet)
    else this.unreachable6(packet)
  }

  private unreachable4(packet: Packet): void {
    const view = this.view4.wrap(packet)
    if (!this.addresses.isLocal4(view.source)) {
      this.errors.send4(packet, ICMP_UNREACHABLE, UNREACHABLE_HOST, 0)
      return
    }
    if (view.fragmentOffset !== 0) return
    const { error } = this
    error.version = 4
    error.type = ICMP_UNREACHABLE
    error.code = UNREACHABLE_HOST
    error.local = IpAddress.v4(view.source)
    error.remote = IpAddress.v4(view.destination)
    this.tell(packet, view.protocol, packet.start + view.headerLength)
  }

  private unreachable6(packet: Packet): void {
    const view = this.view6.wrap(packet)
    const { source } = view
    if (this.addresses.find(source) === undefined) {
      this.errors.send6(packet, ICMPV6_UNREACHABLE, UNREACHABLE6_ADDRESS, 0)
      return
    }
    const upper = this.upper.find(packet.memory.u8, packet.start, packet.end)
    if (upper.isLaterFragment) return
    const { error } = this
    error.version = 6
    error.type = ICMPV6_UNREACHABLE
    error.code = UNREACHABLE6_ADDRESS
    error.local = source
    error.remote = view.destination
    this.tell(packet, upper.protocol, upper.at)
  }

  private tell(packet: Packet, protocol: number, quotedAt: number): void {
    const { error } = this
    error.errno = 'EHOSTUNREACH'
    error.fatal = false
    error.mtu = 0
    error.info = 0
    // The report is this host's own.
    error.offender = error.local
    error.protocol = protocol
    error.packet = packet
    error.quotedNetworkAt = packet.start
    error.quotedAt = quotedAt
    error.quotedEnd = packet.end
    this.transports.error(error)
    error.packet = undefined
  }
}
