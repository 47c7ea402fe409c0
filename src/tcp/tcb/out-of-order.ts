// Segments that arrived ahead of a gap (RFC 9293 SHLD-31), in sequence order without overlap, and the SACK blocks that
// tell of them (RFC 2018), the latest first. A packet's `mark` is its sequence number.

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import type { Packet } from '../../wire/packet.ts'

export const MAX_SACK_BLOCKS = 4

export class OutOfOrderQueue {
  first: Packet | undefined = undefined
  last: Packet | undefined = undefined
  length = 0
  /** Where a FIN that arrived ahead of its time stands. */
  finAt: SeqNumber | undefined = undefined
  private blocks: Int32Array | undefined = undefined
  sackCount = 0

  /** left, right pairs to report; the first holds what came last. Made when first asked for: most connections never see a gap. */
  get sacks(): Int32Array { return this.blocks ??= new Int32Array(2 * MAX_SACK_BLOCKS) }

  get isEmpty(): boolean { return this.first === undefined && this.finAt === undefined }

  /** The FIN counts as part of the segment that carried it. */
  endOf(packet: Packet): SeqNumber {
    const end = seq.add(seq.seqOf(packet.mark), packet.length)
    return this.finAt !== undefined && this.finAt === end ? seq.add(end, 1) : end
  }

  insertAfter(previous: Packet | undefined, packet: Packet): void {
    if (previous === undefined) {
      packet.next = this.first
      this.first = packet
    } else {
      packet.next = previous.next
      previous.next = packet
    }
    if (packet.next === undefined) this.last = packet
    this.length++
  }

  /** Takes the packet after `previous` (or the first) out; the caller owns it. */
  removeAfter(previous: Packet | undefined): Packet {
    const packet = (previous === undefined ? this.first : previous.next) as Packet
    if (previous === undefined) this.first = packet.next
    else previous.next = packet.next
    if (packet.next === undefined) this.last = previous
    packet.next = undefined
    this.length--
    return packet
  }

  /** Gives up the packet furthest ahead, and a FIN with it. Cold: the list is walked. */
  removeLast(): void {
    let previous: Packet | undefined
    for (let each = this.first; each !== undefined && each !== this.last; each = each.next) previous = each
    this.removeAfter(previous).release()
    this.finAt = undefined
  }

  /** RFC 2018 4: the block with the newest segment stands first; blocks that meet become one. */
  reportSack(start: SeqNumber, end: SeqNumber): void {
    const { sacks } = this
    for (let i = 0; i < this.sackCount; i++) {
      const left = seq.seqOf(sacks[2 * i])
      const right = seq.seqOf(sacks[2 * i + 1])
      if (seq.lt(right, start) || seq.lt(end, left)) continue
      sacks[2 * i] = seq.toInt32(seq.earlier(left, start))
      sacks[2 * i + 1] = seq.toInt32(seq.later(right, end))
      this.moveToFront(i)
      if (this.sackCount > 1) this.coalesce()
      return
    }
    if (this.sackCount < MAX_SACK_BLOCKS) this.sackCount++
    sacks.copyWithin(2, 0, 2 * (this.sackCount - 1))
    sacks[0] = seq.toInt32(start)
    sacks[1] = seq.toInt32(end)
  }

  private moveToFront(index: number): void {
    const { sacks } = this
    const left = sacks[2 * index]
    const right = sacks[2 * index + 1]
    sacks.copyWithin(2, 0, 2 * index)
    sacks[0] = left
    sacks[1] = right
  }

  private coalesce(): void {
    const { sacks } = this
    for (let i = 1; i < this.sackCount;) {
      const left = seq.seqOf(sacks[2 * i])
      const right = seq.seqOf(sacks[2 * i + 1])
      if (seq.lt(right, seq.seqOf(sacks[0])) || seq.lt(seq.seqOf(sacks[1]), left)) {
        i++
        continue
      }
      sacks[0] = seq.toInt32(seq.earlier(left, seq.seqOf(sacks[0])))
      sacks[1] = seq.toInt32(seq.later(right, seq.seqOf(sacks[1])))
      this.dropSack(i)
    }
  }

  private dropSack(index: number): void {
    this.sacks.copyWithin(2 * index, 2 * index + 2, 2 * this.sackCount)
    this.sackCount--
  }

  /** RCV.NXT moved on: blocks before it are history. */
  trimSacks(nxt: SeqNumber): void {
    if (this.isEmpty) {
      this.sackCount = 0
      return
    }
    for (let i = 0; i < this.sackCount;) {
      if (seq.leq(seq.seqOf(this.sacks[2 * i + 1]), nxt) || seq.leq(seq.seqOf(this.sacks[2 * i]), nxt)) this.dropSack(i)
      else i++
    }
  }

  clear(): void {
    while (this.first !== undefined) this.removeAfter(undefined).release()
    this.finAt = undefined
    this.sackCount = 0
  }
}
