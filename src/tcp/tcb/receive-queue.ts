// Arrived bytes in order, not yet read: the packets themselves, chained, `mark` holding the sequence number of the first
// byte. Small arrivals are poured into the tail packet's slot so that one-byte segments do not hold a slot each.

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import type { Packet } from '../../wire/packet.ts'

const POUR_BYTES = 512

/** What a segment of this many bytes costs in Linux (skb, shared info, rounded data): windows are computed from it. */
export function truesizeOf(payloadBytes: number): number {
  const data = payloadBytes + 128
  return data <= 384 ? 768 : 576 + ((data + 255) & ~255)
}

export class ReceiveQueue {
  first: Packet | undefined = undefined
  last: Packet | undefined = undefined
  bytes = 0

  /** Takes ownership. */
  append(packet: Packet): void {
    const { last } = this
    this.bytes += packet.length
    if (last !== undefined && packet.length <= POUR_BYTES && last.tailroom >= packet.length
      && last.mark + last.length === packet.mark && last.receivedAt === packet.receivedAt) {
      const { length } = packet
      packet.u8.copyWithin(last.put(length), packet.start, packet.end)
      packet.release()
      return
    }
    if (last === undefined) this.first = packet
    else last.next = packet
    packet.next = undefined
    this.last = packet
  }

  /** Drops `count` bytes from the front of the first packet, and the packet with its last byte. */
  consume(count: number): void {
    const packet = this.first as Packet
    this.bytes -= count
    packet.pull(count)
    packet.mark = seq.toInt32(seq.add(seq.seqOf(packet.mark), count))
    if (packet.length > 0) return
    this.first = packet.next
    if (this.first === undefined) this.last = undefined
    packet.release()
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
