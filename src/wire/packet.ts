// The pooled handle of a packet (Linux: sk_buff). Offsets are absolute positions in `memory.u8`. On the way in layers
// `pull` their header off the front, on the way out they `push` it on. Whoever holds a packet owns it: hand it on or
// `release()` it, exactly once.

import { assert } from '../base/assert.ts'
import type { PacketMemory } from './packet-memory.ts'

/** The transport checksum field as a carrier sees it (Linux: CHECKSUM_NONE, _UNNECESSARY, _PARTIAL). */
export const CHECKSUM_NONE = 0 // in: nobody vouches, verify. out: the field is complete.
export const CHECKSUM_UNNECESSARY = 1 // in: a device or an in-memory carrier vouches for it.
// The field holds the folded pseudo-header sum; who puts it on a wire completes it. In: an in-memory carrier vouches for the
// data, and the state stays, so that forwarding completes the field. Whoever answers in the same slot sets it anew.
export const CHECKSUM_PARTIAL = 2
export type ChecksumState = 0 | 1 | 2

export const GSO_NONE = 0
export const GSO_TCP4 = 1
export const GSO_TCP6 = 2
export const GSO_UDP = 3
export type GsoType = 0 | 1 | 2 | 3

/** To whom the link layer addressed the frame (Linux: PACKET_HOST ...). */
export const TO_HOST = 0
export const TO_BROADCAST = 1
export const TO_MULTICAST = 2
export const TO_OTHER_HOST = 3
export type LinkDestination = 0 | 1 | 2 | 3

/** Who pays for a packet until the carrier lets go of it (Linux: skb->destructor, sock_wfree). */
export interface PacketOwner { packetGone(charge: number): void }

export class Packet {
  readonly memory: PacketMemory
  readonly slot: number
  readonly slotBase: number
  readonly slotBytes: number
  readonly isLarge: boolean
  inUse = false

  /** First byte of the current view, and one past its last. */
  start = 0
  end = 0
  /** Where each header starts, -1 while unknown. They stay good after `pull`. */
  linkAt = -1
  networkAt = -1
  transportAt = -1
  /** EtherType of what `start` points at once the link header is off. */
  etherType = 0
  linkDestination: LinkDestination = TO_HOST

  checksum: ChecksumState = CHECKSUM_NONE
  /** With CHECKSUM_PARTIAL: where summing starts, and the absolute position of the field. */
  checksumStart = 0
  checksumAt = 0

  /** Payload bytes of each piece of a super-segment; GSO_NONE means an ordinary packet. */
  gsoType: GsoType = GSO_NONE
  gsoSize = 0
  gsoSegs = 0

  /** Arrival time in microseconds of the stack's clock. */
  receivedAt = 0
  /** Index of the device it came in by, 0 when it was made here. */
  deviceIndex = 0
  /** A word for the owner: a queue's key, a mark. */
  mark = 0
  /** SO_MARK and SO_PRIORITY of who sent it: for rules, queues and receivers on this host; no wire carries them. */
  routingMark = 0
  priority = 0
  /** Intrusive link for the queue that owns it. */
  next: Packet | undefined = undefined
  /** Told once of `charge`, at the latest when the packet is released. */
  owner: PacketOwner | undefined = undefined
  charge = 0

  constructor(memory: PacketMemory, slot: number, slotBase: number, slotBytes: number, isLarge: boolean) {
    this.memory = memory
    this.slot = slot
    this.slotBase = slotBase
    this.slotBytes = slotBytes
    this.isLarge = isLarge
  }

  /** Called by PacketMemory when it hands the slot out. */
  reset(headroom: number): void {
    assert(!this.inUse, 'a packet was handed out twice')
    this.inUse = true
    this.start = this.slotBase + headroom
    this.end = this.start
    this.linkAt = -1
    this.networkAt = -1
    this.transportAt = -1
    this.etherType = 0
    this.linkDestination = TO_HOST
    this.checksum = CHECKSUM_NONE
    this.checksumStart = 0
    this.checksumAt = 0
    this.gsoType = GSO_NONE
    this.gsoSize = 0
    this.gsoSegs = 0
    this.receivedAt = 0
    this.deviceIndex = 0
    this.mark = 0
    this.routingMark = 0
    this.priority = 0
    this.next = undefined
    this.owner = undefined
  }

  get u8(): Uint8Array { return this.memory.u8 }
  get length(): number { return this.end - this.start }
  get headroom(): number { return this.start - this.slotBase }
  get tailroom(): number { return this.slotBase + this.slotBytes - this.end }
  /** What the packet costs its owner in memory, as Linux's truesize. */
  get truesize(): number { return this.slotBytes }

  /** Opens `count` bytes in front; returns where they start. */
  push(count: number): number {
    assert(this.start - count >= this.slotBase, 'no headroom left')
    this.start -= count
    return this.start
  }

  /** Takes `count` bytes off the front; returns the new start. */
  pull(count: number): number {
    this.start += count
    assert(this.start <= this.end, 'pulled past the end')
    return this.start
  }

  /** Opens `count` bytes at the end; returns where they start. */
  put(count: number): number {
    const at = this.end
    this.end += count
    assert(this.end <= this.slotBase + this.slotBytes, 'no tailroom left')
    return at
  }

  /** Cuts the view to its first `length` bytes. */
  trim(length: number): void {
    assert(length <= this.end - this.start, 'trim does not lengthen')
    this.end = this.start + length
  }

  /** Appends bytes from outside packet memory. */
  putBytes(from: Uint8Array, offset: number = 0, length: number = from.length - offset): void {
    const at = this.put(length)
    const { u8 } = this.memory
    if (length < 64) {
      for (let i = 0; i < length; i++) u8[at + i] = from[offset + i]
    } else if (offset === 0 && length === from.length) this.memory.u8.set(from, at)
    else this.memory.u8.set(from.subarray(offset, offset + length), at)
  }

  /** Copies `length` bytes from absolute position `at` to the outside. */
  copyOut(at: number, into: Uint8Array, offset: number, length: number): void {
    const u8 = this.memory.u8
    if (length < 64) {
      for (let i = 0; i < length; i++) into[offset + i] = u8[at + i]
    } else {
      into.set(u8.subarray(at, at + length), offset)
    }
  }

  /** An independent copy in a slot of its own, headers' positions and marks included; `undefined` without memory. */
  clone(): Packet | undefined {
    const copy = this.memory.allocate(this.end - this.start, this.start - this.slotBase)
    if (copy === undefined) return undefined
    const shift = copy.slotBase - this.slotBase
    // Bytes already pulled off stay readable through linkAt, networkAt and transportAt.
    this.memory.u8.copyWithin(copy.slotBase, this.slotBase, this.end)
    copy.end = this.end + shift
    copy.linkAt = this.linkAt < 0 ? -1 : this.linkAt + shift
    copy.networkAt = this.networkAt < 0 ? -1 : this.networkAt + shift
    copy.transportAt = this.transportAt < 0 ? -1 : this.transportAt + shift
    copy.etherType = this.etherType
    copy.linkDestination = this.linkDestination
    copy.checksum = this.checksum
    copy.checksumStart = this.checksumStart + shift
    copy.checksumAt = this.checksumAt + shift
    copy.gsoType = this.gsoType
    copy.gsoSize = this.gsoSize
    copy.gsoSegs = this.gsoSegs
    copy.receivedAt = this.receivedAt
    copy.deviceIndex = this.deviceIndex
    copy.mark = this.mark
    copy.routingMark = this.routingMark
    copy.priority = this.priority
    return copy
  }

  /** A copy of the current view's bytes. Cold: for tests and tools. */
  bytes(): Uint8Array { return this.memory.u8.slice(this.start, this.end) }

  /** The carrier has it: its sender no longer pays (Linux: skb_orphan). */
  disown(): void {
    const { owner } = this
    if (owner === undefined) return
    this.owner = undefined
    owner.packetGone(this.charge)
  }

  /** Takes over what is paid for `whole`, of which this is the last piece. */
  inheritCharge(whole: Packet): void {
    this.owner = whole.owner
    this.charge = whole.charge
    whole.owner = undefined
  }

  release(): void {
    assert(this.inUse, 'a packet was released twice')
    if (this.owner !== undefined) this.disown()
    this.inUse = false
    this.next = undefined
    this.memory.recycle(this.slot, this.isLarge)
  }

  describe(): string {
    return `packet slot ${this.isLarge ? 'L' : 'S'}${this.slot} ${this.length} bytes etherType 0x${this.etherType.toString(16)} `
      + `received at ${this.receivedAt} us on device ${this.deviceIndex}`
  }
}
