// The one memory that holds every packet of a world: slots of 2 KB and of 64 KB and headroom, free lists, a leak report.
// Created at its full size and never grown, so its views are made once and stay good. A packet is a pooled handle on a
// slot (packet.ts). Exhaustion is an answer (`undefined`), never an exception.

import type { Checksummer } from '../base/checksum.ts'
import { arrayBufferPlatform } from '../base/memory-platform.ts'
import type { MemoryPlatform } from '../base/memory-platform.ts'
import { Packet } from './packet.ts'

/** Room in front of a fresh packet: virtio header, Ethernet with tag, IPv6 with extensions, TCP with options. */
export const HEADROOM = 192
export const SMALL_SLOT_BYTES = 2048
/** 64 KB of IP packet, its headroom and a little tailroom for padding. */
export const LARGE_SLOT_BYTES = 65536 + 512

export interface PacketMemoryOptions {
  /** Total bytes; a quarter goes to small slots. Default 64 MiB. */
  readonly bytes?: number
  readonly platform?: MemoryPlatform
}

class SlotPool {
  readonly base: number
  readonly slotBytes: number
  readonly count: number
  private readonly free: Int32Array
  private freeCount = 0
  private untouched = 0
  private readonly handles: Packet[] = []

  constructor(base: number, slotBytes: number, count: number) {
    this.base = base
    this.slotBytes = slotBytes
    this.count = count
    this.free = new Int32Array(count)
  }

  /** Index of a slot, -1 when none is left. */
  take(): number {
    if (this.freeCount > 0) {
      this.freeCount--
      return this.free[this.freeCount]
    }
    if (this.untouched === this.count) return -1
    this.untouched++
    return this.untouched - 1
  }

  give(index: number): void {
    this.free[this.freeCount] = index
    this.freeCount++
  }

  handle(index: number, memory: PacketMemory, large: boolean): Packet {
    const known = this.handles[index]
    if (known !== undefined) return known
    const made = new Packet(memory, index, this.base + index * this.slotBytes, this.slotBytes, large)
    this.handles[index] = made
    return made
  }

  get used(): number { return this.untouched - this.freeCount }

  /** The packets in use, for a leak report. */
  live(): Packet[] { return this.handles.filter(each => each !== undefined && each.inUse) }
}

export class PacketMemory {
  readonly u8: Uint8Array
  /** Headers are read and written by words: a number of four bytes costs one bounds check instead of four. */
  readonly view: DataView
  readonly u16: Uint16Array
  readonly u32: Uint32Array
  readonly checksummer: Checksummer
  private readonly small: SlotPool
  private readonly large: SlotPool

  constructor(options: PacketMemoryOptions = {}) {
    const bytes = options.bytes ?? 64 * 1024 * 1024
    const { buffer, checksummer } = (options.platform ?? arrayBufferPlatform).allocate(bytes)
    this.u8 = new Uint8Array(buffer)
    this.view = new DataView(buffer)
    this.u16 = new Uint16Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.checksummer = checksummer
    const smallCount = Math.floor(bytes / 4 / SMALL_SLOT_BYTES)
    const largeBase = smallCount * SMALL_SLOT_BYTES
    this.small = new SlotPool(0, SMALL_SLOT_BYTES, smallCount)
    this.large = new SlotPool(largeBase, LARGE_SLOT_BYTES, Math.floor((bytes - largeBase) / LARGE_SLOT_BYTES))
  }

  /**
   * A packet with `headroom` bytes in front and room for `capacity` behind; empty, `start === end`. The caller owns it
   * and must release it or hand it on. `undefined` when memory is exhausted or `capacity` exceeds a large slot.
   */
  allocate(capacity: number, headroom: number = HEADROOM): Packet | undefined {
    const isLarge = capacity + headroom > SMALL_SLOT_BYTES
    if (isLarge && capacity + headroom > LARGE_SLOT_BYTES) return undefined
    const pool = isLarge ? this.large : this.small
    const index = pool.take()
    if (index < 0) return undefined
    const packet = pool.handle(index, this, isLarge)
    packet.reset(headroom)
    return packet
  }

  /** Called by `Packet.release` only. */
  recycle(slot: number, isLarge: boolean): void {
    (isLarge ? this.large : this.small).give(slot)
  }

  /** Packets handed out and not yet released. */
  get inUse(): number { return this.small.used + this.large.used }

  get bytesInUse(): number { return this.small.used * SMALL_SLOT_BYTES + this.large.used * LARGE_SLOT_BYTES }

  /** One line for each live packet; empty when nothing leaked. Cold. */
  leakReport(): string[] {
    return [...this.small.live(), ...this.large.live()].map(each => each.describe())
  }
}
