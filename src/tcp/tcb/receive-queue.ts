// Arrived bytes in order, not yet read: the packets themselves, chained, `mark` holding the sequence number of the first
// byte. Small arrivals are poured into the tail packet's slot so that one-byte segments do not hold a slot each.

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import type { Packet } from '../../wire/packet.ts'
import { spareOf } from './truesize.ts'

export class ReceiveQueue {
  first: Packet | undefined = undefined
  last: Packet | undefined = undefined
  bytes = 0

  /** Takes ownership. Answers what the packet costs: nothing when the tail's block had room for it. */
  append(packet: Packet): number {
    const { last } = this
    this.bytes += packet.length
    if (last !== undefined && canPour(packet, last)) {
      pour(packet, last)
      return 0
    }
    if (last === undefined) this.first = packet
    else last.next = packet
    packet.next = undefined
    this.last = packet
    return packet.charge
  }

  /** Drops `count` bytes from the front of the first packet, and the packet with its last byte; the charge that frees. */
  consume(count: number): number {
    const packet = this.first as Packet
    this.bytes -= count
    packet.pull(count)
    packet.mark = seq.toInt32(seq.add(seq.seqOf(packet.mark), count))
    if (packet.length > 0) return 0
    this.first = packet.next
    if (this.first === undefined) this.last = undefined
    const { charge } = packet
    packet.release()
    return charge
  }

  /** The packet that holds the byte at `at`, if it is here. */
  find(at: SeqNumber): Packet | undefined {
    let packet = this.first
    while (packet !== undefined && seq.leq(seq.add(seq.seqOf(packet.mark), packet.length), at)) packet = packet.next
    return packet
  }

  clear(): void {
    let packet = this.first
    while (packet !== undefined) {
      const { next } = packet
      packet.release()
      packet = next
    }
    this.first = undefined
    this.last = undefined
    this.bytes = 0
  }
}

/** Whether what arrived is still all there: a segment of which the beginning was known keeps its own block. */
function isWhole(packet: Packet): boolean {
  const { u8, transportAt, mark } = packet
  return ((u8[transportAt + 4] << 24) | (u8[transportAt + 5] << 16) | (u8[transportAt + 6] << 8) | u8[transportAt + 7]) === mark
}

/** Linux: tcp_try_coalesce, skb_try_coalesce. */
export function canPour(packet: Packet, last: Packet): boolean {
  const { length } = packet
  const follows = seq.seqOf(packet.mark) === seq.add(seq.seqOf(last.mark), last.length)
  return follows && length <= spareOf(last) && length <= last.tailroom && isWhole(packet)
}

export function pour(packet: Packet, last: Packet): void {
  const { length, receivedAt } = packet
  packet.u8.copyWithin(last.put(length), packet.start, packet.end)
  last.receivedAt = receivedAt
  packet.release()
}
