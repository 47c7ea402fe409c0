// IPv6 fragments: cutting at the source (RFC 8200 4.5) and putting together (RFC 5722, behaviours 28, 29; row C9).

import { setU16 } from '../../base/bytes.ts'
import { completeChecksum } from '../../link/offload/complete.ts'
import { FRAGMENT_HEADER_BYTES, Ipv6FragmentView, NEXT_FRAGMENT, writeFragmentHeader } from '../../wire/ipv6-extensions.ts'
import { PARAMETER6_FIELD, PARAMETER6_INCOMPLETE_CHAIN } from '../../wire/icmpv6.ts'
import { IPV6_HEADER_BYTES, Ipv6View } from '../../wire/ipv6.ts'
import { CHECKSUM_NONE } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { releaseFragments } from '../ipv4/fragment.ts'
import type { NetNamespace } from '../namespace.ts'
import { ecnOfWhole, Reassembler } from '../reassembly.ts'
import type { FragmentQueue } from '../reassembly.ts'
import type { IpSettings } from '../sysctl.ts'
import { UpperHeader } from './upper-header.ts'

const MAX_PAYLOAD_BYTES = 65535

/** A chain of fragments linked by `next`, undefined without memory. Takes ownership of `packet`, which has no extensions yet. */
export function fragmentIpv6(packet: Packet, mtu: number, id: number): Packet | undefined {
  completeChecksum(packet)
  const { memory } = packet
  const { u8 } = memory
  const view = new Ipv6View().wrap(packet)
  const { nextHeader } = view
  const room = (mtu - IPV6_HEADER_BYTES - FRAGMENT_HEADER_BYTES) & ~7
  let first: Packet | undefined
  let last: Packet | undefined
  for (let at = packet.start + IPV6_HEADER_BYTES; at < packet.end; at += room) {
    const length = Math.min(room, packet.end - at)
    const piece = memory.allocate(IPV6_HEADER_BYTES + FRAGMENT_HEADER_BYTES + length)
    if (piece === undefined) {
      releaseFragments(first)
      packet.release()
      return undefined
    }
    const headerAt = piece.put(IPV6_HEADER_BYTES + FRAGMENT_HEADER_BYTES + length)
    const fragmentAt = headerAt + IPV6_HEADER_BYTES
    u8.copyWithin(headerAt, packet.start, packet.start + IPV6_HEADER_BYTES)
    u8.copyWithin(fragmentAt + FRAGMENT_HEADER_BYTES, at, at + length)
    view.wrap(piece, headerAt)
    view.nextHeader = NEXT_FRAGMENT
    view.payloadLength = FRAGMENT_HEADER_BYTES + length
    writeFragmentHeader(u8, fragmentAt, nextHeader, at - packet.start - IPV6_HEADER_BYTES, at + length < packet.end, id)
    piece.networkAt = headerAt
    piece.transportAt = fragmentAt + FRAGMENT_HEADER_BYTES
    if (last === undefined) first = piece
    else last.next = piece
    last = piece
  }
  last?.inheritCharge(packet)
  packet.release()
  return first
}

/** What is wrong with a fragment: code of the Parameter Problem, and where it points (offset from the IPv6 header). */
export interface FragmentFault { readonly code: number, readonly pointer: number }

/** Octets of an upper header that the first fragment must hold (Linux: ipv6frag_thdr_truncated). */
function upperHeaderBytes(protocol: number): number { return protocol === 6 ? 20 : protocol === 17 || protocol === 58 ? 8 : 1 }

export class Ipv6Reassembly {
  readonly reassembler: Reassembler
  /** Set when `input` refused a fragment for which a Parameter Problem is owed; the packet is then still the caller's. */
  fault: FragmentFault | undefined = undefined
  private readonly namespace: NetNamespace
  private readonly view = new Ipv6View()
  private readonly fragment = new Ipv6FragmentView()
  private readonly upper = new UpperHeader()

  constructor(namespace: NetNamespace, settings: IpSettings) {
    this.namespace = namespace
    this.reassembler = new Reassembler(namespace, namespace.mib.ip6, {
      seconds: settings.table.row('net.ipv6.ip6frag_time'),
      highThreshold: settings.table.row('net.ipv6.ip6frag_high_thresh'),
    })
  }

  /**
   * Takes a fragment whose fragment header is at `at` and whose next-header byte naming it is at `namedAt`. Answers the
   * packet itself when it is a fragment only by name (RFC 6946), the whole when it is complete, else undefined.
   */
  input(packet: Packet, at: number, namedAt: number, deviceName: string): Packet | undefined {
    const fragment = this.fragment.wrap(packet, at)
    const { offset, moreFragments } = fragment
    const payloadAt = at + FRAGMENT_HEADER_BYTES
    const length = packet.end - payloadAt
    this.fault = undefined
    // Behaviour 29: a piece that is not the last ends on a multiple of 8; the whole ends within 65,535.
    if (moreFragments && (length & 7) !== 0) {
      this.fault = { code: PARAMETER6_FIELD, pointer: 4 }
      return undefined
    }
    if (payloadAt - packet.networkAt - FRAGMENT_HEADER_BYTES - IPV6_HEADER_BYTES + offset + length > MAX_PAYLOAD_BYTES) {
      this.fault = { code: PARAMETER6_FIELD, pointer: at + 2 - packet.networkAt }
      return undefined
    }
    if (offset === 0 && !moreFragments) {
      // RFC 6946: an atomic fragment stands alone, whatever else carries its id.
      return this.unwrapInPlace(packet, at, namedAt, fragment.nextHeader)
    }
    // RFC 8200 4.5: whoever filters by ports must find them in the first fragment.
    if (offset === 0 && length > 0 && this.isUpperHeaderCut(packet)) {
      this.fault = { code: PARAMETER6_INCOMPLETE_CHAIN, pointer: 0 }
      return undefined
    }
    if (length === 0) {
      this.namespace.mib.ip6.ReasmFails++
      this.namespace.countDrop('ip', 'ip-fragment-malformed', deviceName, packet.length)
      packet.release()
      return undefined
    }
    const view = this.view.wrap(packet, packet.networkAt)
    const key = `${view.source.toString()},${view.destination.toString()},${fragment.id},${packet.deviceIndex}`
    packet.mark = namedAt - packet.networkAt
    const queue = this.reassembler.add(packet, key, payloadAt, length, offset, moreFragments, view.trafficClass, deviceName)
    return queue === undefined ? undefined : this.build(queue)
  }

  private isUpperHeaderCut(packet: Packet): boolean {
    const { protocol, at } = this.upper.find(packet.memory.u8, packet.networkAt, packet.end)
    return at + upperHeaderBytes(protocol) > packet.end
  }

  /** Shifts the headers in front over the fragment header. */
  private unwrapInPlace(packet: Packet, at: number, namedAt: number, nextHeader: number): Packet {
    const { u8 } = packet.memory
    u8[namedAt] = nextHeader
    u8.copyWithin(packet.networkAt + FRAGMENT_HEADER_BYTES, packet.networkAt, at)
    packet.networkAt += FRAGMENT_HEADER_BYTES
    packet.start = packet.networkAt
    const view = this.view.wrap(packet)
    view.payloadLength -= FRAGMENT_HEADER_BYTES
    return packet
  }

  private build(queue: FragmentQueue): Packet | undefined {
    const { first } = queue
    const source = first?.packet
    const headersLength = first === undefined ? 0 : first.at - FRAGMENT_HEADER_BYTES - first.packet.networkAt
    const length = headersLength + queue.total
    const fits = length - IPV6_HEADER_BYTES <= MAX_PAYLOAD_BYTES
    const whole = first === undefined || !fits ? undefined : this.namespace.memory.allocate(length)
    if (whole === undefined || first === undefined || source === undefined) {
      this.namespace.countDrop('ip', 'no-packet-memory', queue.deviceName, queue.total)
      this.reassembler.finish(queue, false)
      return undefined
    }
    const { u8 } = whole.memory
    const at = whole.put(length)
    u8.copyWithin(at, source.networkAt, source.networkAt + headersLength)
    queue.copyTo(u8, at + headersLength)
    u8[at + source.mark] = u8[first.at - FRAGMENT_HEADER_BYTES]
    setU16(u8, at + 4, length - IPV6_HEADER_BYTES)
    whole.networkAt = at
    whole.etherType = source.etherType
    whole.linkDestination = source.linkDestination
    whole.deviceIndex = source.deviceIndex
    whole.receivedAt = source.receivedAt
    whole.checksum = CHECKSUM_NONE
    const view = this.view.wrap(whole, at)
    view.trafficClass = (view.trafficClass & 0xfc) | ecnOfWhole(queue.ecnSeen)
    this.reassembler.finish(queue, true)
    return whole
  }
}
