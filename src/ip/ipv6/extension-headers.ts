// Walks the extension headers of an arrived packet (RFC 8200 4; row C9, behaviours 29-31) and says what comes next: the
// upper protocol, a fragment, or the end of the packet with the answer it is owed.

import type { DropReason } from '../../base/drop-reason.ts'
import type { SysctlRow } from '../../base/sysctl-table.ts'
import {
  Ipv6ExtensionView, Ipv6OptionCursor, NEXT_DESTINATION_OPTIONS, NEXT_FRAGMENT, NEXT_HOP_BY_HOP, NEXT_NONE, NEXT_ROUTING,
  OPTION_ROUTER_ALERT6, unknownOptionAction,
} from '../../wire/ipv6-extensions.ts'
import { IPV6_HEADER_BYTES } from '../../wire/ipv6.ts'
import type { Packet } from '../../wire/packet.ts'
import { ICMPV6_PARAMETER_PROBLEM, PARAMETER6_FIELD, PARAMETER6_NEXT_HEADER, PARAMETER6_OPTION } from '../../wire/icmpv6.ts'
import type { IcmpErrors } from '../icmp/errors.ts'
import type { IpSettings } from '../sysctl.ts'

export class ExtensionWalk {
  /** Protocol of what starts at `at`: an upper protocol, or NEXT_FRAGMENT. */
  nextHeader = 0
  at = 0
  /** The byte that names `nextHeader`, for pointers and for reassembly. */
  namedAt = 0
  private readonly errors: IcmpErrors
  private readonly maxHopByHop: SysctlRow
  private readonly maxDestination: SysctlRow
  private readonly view = new Ipv6ExtensionView()
  private readonly options = new Ipv6OptionCursor()

  constructor(errors: IcmpErrors, settings: IpSettings) {
    this.errors = errors
    this.maxHopByHop = settings.table.row('net.ipv6.max_hbh_opts_number')
    this.maxDestination = settings.table.row('net.ipv6.max_dst_opts_number')
  }

  start(packet: Packet): void {
    this.at = packet.networkAt + IPV6_HEADER_BYTES
    this.namedAt = packet.networkAt + 6
    this.nextHeader = packet.memory.u8[this.namedAt]
  }

  /** Hop-by-hop options, which every node reads and which may only stand first (RFC 8200 4.3). */
  hopByHop(packet: Packet): DropReason | undefined {
    if (this.nextHeader !== NEXT_HOP_BY_HOP) return undefined
    return this.takeOptions(packet, this.maxHopByHop.value)
  }

  /** What only the destination reads, up to the upper protocol or a fragment. */
  forDestination(packet: Packet): DropReason | undefined {
    for (;;) {
      switch (this.nextHeader) {
        case NEXT_HOP_BY_HOP:
          this.report(packet, PARAMETER6_NEXT_HEADER, this.namedAt)
          return 'ipv6-extension'
        case NEXT_ROUTING: {
          const reason = this.takeRouting(packet)
          if (reason !== undefined) return reason
          break
        }
        case NEXT_DESTINATION_OPTIONS: {
          const reason = this.takeOptions(packet, this.maxDestination.value)
          if (reason !== undefined) return reason
          break
        }
        case NEXT_FRAGMENT:
          return this.at + 8 > packet.end ? 'ip-fragment-malformed' : undefined
        case NEXT_NONE:
          return 'ip-unknown-protocol'
        default:
          return undefined
      }
    }
  }

  private step(): void {
    const { view } = this
    this.namedAt = this.at
    this.nextHeader = view.nextHeader
    this.at += view.length
  }

  private takeOptions(packet: Packet, limit: number): DropReason | undefined {
    const view = this.view.wrap(packet, this.at)
    const reason = view.check()
    if (reason !== undefined) return reason
    const cursor = this.options.start(packet.memory.u8, this.at + 2, this.at + view.length)
    let count = 0
    while (cursor.next()) {
      count++
      if (count > limit) return 'ipv6-extension'
      if (cursor.type === OPTION_ROUTER_ALERT6) continue
      const action = unknownOptionAction(cursor.type)
      if (action === 'skip') continue
      const toGroup = packet.memory.u8[packet.networkAt + 24] === 0xff
      if (action === 'report' || (action === 'report-unless-multicast' && !toGroup)) this.report(packet, PARAMETER6_OPTION, cursor.at)
      return 'ipv6-extension'
    }
    if (cursor.badAt >= 0) return 'ipv6-extension'
    this.step()
    return undefined
  }

  /** RFC 8200 4.4 and RFC 5095: with segments left, every type is unknown to us. */
  private takeRouting(packet: Packet): DropReason | undefined {
    const view = this.view.wrap(packet, this.at)
    const reason = view.check()
    if (reason !== undefined) return reason
    if (view.segmentsLeft !== 0) {
      this.report(packet, PARAMETER6_FIELD, this.at + 2)
      return 'ipv6-extension'
    }
    this.step()
    return undefined
  }

  report(packet: Packet, code: number, at: number): void {
    this.errors.send6(packet, ICMPV6_PARAMETER_PROBLEM, code, at - packet.networkAt)
  }

  /** Behaviour 31. */
  reportUnknownProtocol(packet: Packet): void { this.report(packet, PARAMETER6_NEXT_HEADER, this.namedAt) }
}
