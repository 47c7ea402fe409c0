// The bytes between SND.UNA and the end of what was written: slots of packet memory in a row, filled once by `send`,
// copied out at each (re)transmission, given back as acknowledgements pass. Nothing is held while it is empty.

import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'
import * as seq from '../../base/seq.ts'
import type { Packet } from '../../wire/packet.ts'
import { LARGE_SLOT_BYTES, SMALL_SLOT_BYTES } from '../../wire/packet-memory.ts'
import type { PacketMemory } from '../../wire/packet-memory.ts'

/** Up to here bytes are copied by hand. */
const SHORT_BYTES = 64

interface Chunk { readonly packet: Packet, from: SeqNumber }

export class ByteStore {
  private readonly memory: PacketMemory
  private chunks: Chunk[] = []
  /** Sequence number after the last byte kept. */
  private end: SeqNumber = ZERO_SEQ
  /** Where the last look-up ended: transmissions walk forward. */
  private cursor = 0

  constructor(memory: PacketMemory) { this.memory = memory }

  get isEmpty(): boolean { return this.chunks.length === 0 }

  /** Appends what there is memory for; answers how many bytes were taken. `at` is the sequence number of the first. */
  append(at: SeqNumber, from: Uint8Array, offset: number, length: number): number {
    if (this.chunks.length === 0) this.end = at
    let taken = 0
    while (taken < length) {
      const { length: count } = this.chunks
      let last = count === 0 ? undefined : this.chunks[count - 1]
      if (last === undefined || last.packet.tailroom === 0 || this.end !== seq.add(at, taken)) {
        last = this.grow(seq.add(at, taken), length - taken)
        if (last === undefined) break
      }
      const fits = Math.min(length - taken, last.packet.tailroom)
      last.packet.putBytes(from, offset + taken, fits)
      taken += fits
      this.end = seq.add(at, taken)
    }
    return taken
  }

  private grow(at: SeqNumber, wanted: number): Chunk | undefined {
    const large = wanted > SMALL_SLOT_BYTES || this.chunks.length > 0
    const packet = this.memory.allocate(large ? LARGE_SLOT_BYTES : SMALL_SLOT_BYTES, 0)
      ?? this.memory.allocate(SMALL_SLOT_BYTES, 0)
    if (packet === undefined) return undefined
    const chunk = { packet, from: at }
    this.chunks.push(chunk)
    return chunk
  }

  /** Copies `length` bytes starting at `at` to position `into` of packet memory. */
  copy(at: SeqNumber, length: number, into: number): void {
    const u8 = this.memory.u8
    let index = this.find(at)
    while (length > 0) {
      const { packet, from } = this.chunks[index]
      const skip = seq.diff(at, from)
      const count = Math.min(length, packet.length - skip)
      const from8 = packet.start + skip
      // A call of copyWithin costs more than a few bytes by hand.
      if (count < SHORT_BYTES) for (let i = 0; i < count; i++) u8[into + i] = u8[from8 + i]
      else u8.copyWithin(into, from8, from8 + count)
      at = seq.add(at, count)
      into += count
      length -= count
      this.cursor = index
      index++
    }
  }

  private find(at: SeqNumber): number {
    let index = Math.min(this.cursor, this.chunks.length - 1)
    while (index > 0 && seq.lt(at, this.chunks[index].from)) index--
    while (index + 1 < this.chunks.length && seq.leq(this.chunks[index + 1].from, at)) index++
    return index
  }

  /** Everything before `una` is acknowledged. */
  dropBefore(una: SeqNumber): void {
    const { chunks } = this
    let count = 0
    for (; count < chunks.length; count++) {
      const { packet, from } = chunks[count]
      if (seq.lt(una, seq.add(from, packet.length)) || packet.length === 0) break
      packet.release()
    }
    if (count === 0) return
    if (chunks.length === 1) chunks.pop() // the common case, and the cheapest way to empty an array
    else chunks.splice(0, count)
    this.cursor = Math.max(0, this.cursor - count)
  }

  clear(): void {
    for (const { packet } of this.chunks) packet.release()
    this.chunks = []
    this.cursor = 0
  }
}
