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

export class ByteStore {
  private readonly memory: PacketMemory
  /** Slots in a row, linked by `next`; `mark` holds the sequence number of a slot's first byte. */
  private first: Packet | undefined = undefined
  private last: Packet | undefined = undefined
  /** Where the last look-up ended: transmissions walk forward. */
  private cursor: Packet | undefined = undefined
  /** Sequence number after the last byte kept. */
  private end: SeqNumber = ZERO_SEQ

  constructor(memory: PacketMemory) { this.memory = memory }

  get isEmpty(): boolean { return this.first === undefined }

  /** Appends what there is memory for; answers how many bytes were taken. `at` is the sequence number of the first. */
  append(at: SeqNumber, from: Uint8Array, offset: number, length: number): number {
    if (this.first === undefined) this.end = at
    let taken = 0
    while (taken < length) {
      let { last } = this
      if (last === undefined || last.tailroom === 0 || this.end !== seq.add(at, taken)) {
        last = this.grow(seq.add(at, taken), length - taken)
        if (last === undefined) break
      }
      const fits = Math.min(length - taken, last.tailroom)
      last.putBytes(from, offset + taken, fits)
      taken += fits
      this.end = seq.add(at, taken)
    }
    return taken
  }

  private grow(at: SeqNumber, wanted: number): Packet | undefined {
    const { last } = this
    const large = wanted > SMALL_SLOT_BYTES || last !== undefined
    const slot = this.memory.allocate(large ? LARGE_SLOT_BYTES : SMALL_SLOT_BYTES, 0)
      ?? this.memory.allocate(SMALL_SLOT_BYTES, 0)
    if (slot === undefined) return undefined
    slot.mark = seq.toInt32(at)
    if (last === undefined) this.first = slot
    else last.next = slot
    this.last = slot
    return slot
  }

  /** Copies `length` bytes starting at `at` to position `into` of packet memory. */
  copy(at: SeqNumber, length: number, into: number): void {
    const { u8 } = this.memory
    let slot = this.find(at)
    while (length > 0 && slot !== undefined) {
      const skip = seq.diff(at, seq.seqOf(slot.mark))
      const count = Math.min(length, slot.length - skip)
      const from = slot.start + skip
      // A call of copyWithin costs more than a few bytes by hand.
      if (count < SHORT_BYTES) for (let i = 0; i < count; i++) u8[into + i] = u8[from + i]
      else u8.copyWithin(into, from, from + count)
      at = seq.add(at, count)
      into += count
      length -= count
      this.cursor = slot
      slot = slot.next
    }
  }

  /** The slot that holds the byte at `at`. */
  private find(at: SeqNumber): Packet | undefined {
    let slot = this.cursor
    if (slot === undefined || seq.lt(at, seq.seqOf(slot.mark))) slot = this.first
    while (slot?.next !== undefined && seq.leq(seq.seqOf(slot.next.mark), at)) slot = slot.next
    return slot
  }

  /** Everything before `una` is acknowledged. */
  dropBefore(una: SeqNumber): void {
    for (let slot = this.first; slot !== undefined; slot = this.first) {
      if (seq.lt(una, seq.add(seq.seqOf(slot.mark), slot.length)) || slot.length === 0) return
      this.first = slot.next
      if (this.first === undefined) this.last = undefined
      if (this.cursor === slot) this.cursor = undefined
      slot.release()
    }
  }

  clear(): void {
    for (let slot = this.first; slot !== undefined; slot = this.first) {
      this.first = slot.next
      slot.release()
    }
    this.last = undefined
    this.cursor = undefined
  }
}
