// PACKET_RX_RING (Linux: packet_set_ring, tpacket_rcv; Documentation/networking/packet_mmap): frames are written into slots of
// a buffer that the program reads, each with a header of TPACKET version 1 or 2. A slot is the kernel's while its status is
// 0; whoever has read it writes 0 there. A full ring drops.

import type { Errno } from '../base/errno.ts'

export const TPACKET_V1 = 0
export const TPACKET_V2 = 1
export const TP_STATUS_KERNEL = 0
export const TP_STATUS_USER = 1
export const TP_STATUS_LOSING = 4
export const TP_STATUS_CSUMNOTREADY = 8
export const TP_STATUS_CSUM_VALID = 128

const PAGE_BYTES = 4096
const ALIGNMENT = 16
/** Either header, padded, and sockaddr_ll behind it. */
const HEADER_BYTES = 32
const SOCKADDR_LL_BYTES = 20
const LEAST_LINK_HEADER = 16

export interface RingRequest {
  readonly blockSize: number
  readonly blockCount: number
  readonly frameSize: number
  readonly frameCount: number
}

/** What a slot says of its frame. */
export interface FrameNote {
  readonly status: number
  readonly atUs: number
  /** sockaddr_ll as a C program finds it. */
  readonly address: Uint8Array
  /** Bytes of link header in front of the network header; -1 when the frame begins behind it. */
  readonly linkBytes: number
  readonly wholeLength: number
}

function align(n: number): number { return (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1) }

export class FrameRing {
  readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly request: RingRequest
  private readonly version: number
  private readonly reserve: number
  private head = 0

  constructor(request: RingRequest, version: number, reserve: number) {
    this.request = request
    this.version = version
    this.reserve = reserve
    this.bytes = new Uint8Array(request.blockSize * request.blockCount)
    this.view = new DataView(this.bytes.buffer)
  }

  /** EINVAL for sizes that do not fit one another. */
  static check({ blockSize, blockCount, frameSize, frameCount }: RingRequest, reserve: number): 0 | Errno {
    if (blockCount === 0) return frameCount === 0 ? 0 : 'EINVAL'
    if (blockSize <= 0 || blockSize % PAGE_BYTES !== 0) return 'EINVAL'
    if (frameSize < HEADER_BYTES + SOCKADDR_LL_BYTES + reserve || frameSize % ALIGNMENT !== 0) return 'EINVAL'
    const perBlock = Math.floor(blockSize / frameSize)
    if (perBlock === 0 || perBlock * blockCount !== frameCount) return 'EINVAL'
    return blockSize * blockCount > 0x7fffffff ? 'ENOMEM' : 0
  }

  /** Something waits: the slot before the next one to be filled is the program's. */
  get hasFrames(): boolean {
    const { frameCount } = this.request
    return this.statusAt(this.slot((this.head + frameCount - 1) % frameCount)) !== TP_STATUS_KERNEL
  }

  /** Writes `length` bytes of a frame into the next slot; false when that is still the program's. */
  write(u8: Uint8Array, start: number, length: number, note: FrameNote): boolean {
    const at = this.slot(this.head)
    if (this.statusAt(at) !== TP_STATUS_KERNEL) return false
    this.head = (this.head + 1) % this.request.frameCount
    const headerBytes = align(HEADER_BYTES + SOCKADDR_LL_BYTES)
    const isCooked = note.linkBytes < 0
    const networkAt = isCooked ? headerBytes + LEAST_LINK_HEADER + this.reserve
      : align(HEADER_BYTES + SOCKADDR_LL_BYTES + Math.max(note.linkBytes, LEAST_LINK_HEADER)) + this.reserve
    const frameAt = isCooked ? networkAt : networkAt - note.linkBytes
    const kept = Math.max(0, Math.min(length, this.request.frameSize - frameAt))
    this.bytes.set(u8.subarray(start, start + kept), at + frameAt)
    this.bytes.set(note.address, at + HEADER_BYTES)
    this.writeHeader(at, kept, frameAt, networkAt, note)
    return true
  }

  private writeHeader(at: number, kept: number, frameAt: number, networkAt: number, note: FrameNote): void {
    const { view } = this
    const isLong = this.version === TPACKET_V1
    // Version 1 has a status of 64 bits and microseconds, version 2 one of 32 and nanoseconds.
    const next = at + (isLong ? 8 : 4)
    const second = Math.floor(note.atUs / 1_000_000)
    const micros = note.atUs % 1_000_000
    view.setUint32(next, note.wholeLength, true)
    view.setUint32(next + 4, kept, true)
    view.setUint16(next + 8, frameAt, true)
    view.setUint16(next + 10, networkAt, true)
    view.setUint32(next + 12, second, true)
    view.setUint32(next + 16, isLong ? micros : micros * 1000, true)
    if (!isLong) this.bytes.fill(0, next + 20, at + HEADER_BYTES)
    if (isLong) view.setUint32(at + 4, 0, true)
    view.setUint32(at, note.status, true)
  }

  private statusAt(at: number): number { return this.view.getUint32(at, true) }

  private slot(index: number): number {
    const { blockSize, frameSize } = this.request
    const perBlock = Math.floor(blockSize / frameSize)
    return Math.floor(index / perBlock) * blockSize + (index % perBlock) * frameSize
  }
}
