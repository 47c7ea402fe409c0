// A fingerprint of everything that happened on the wires of a world: SHA-256 over each frame's instant, host, device,
// direction, bytes and reason of discard, in order. One changed bit, time or drop changes it (docs/trace.md gives the form).

import { utf8Encode } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { Sha256 } from '../base/sha256.ts'
import type { Direction, FrameObserver } from '../base/trace.ts'

/** Instant (8), length (4), original length (4), length of the names (2). */
const FIXED_BYTES = 18
/** Frames are gathered and hashed together: a native hash costs as much a call as for a kilobyte. Few enough to stay near the processor. */
const BUFFER_BYTES = 16384
/** Up to here words are copied faster than a view is made and handed to the platform. */
const SHORT_BYTES = 128
/** What is copied by words may reach beyond its end, where the next thing is written. */
const SLACK_BYTES = 4

/** SHA-256 in pieces; a platform may lend its own (node/native-sha256.ts), the result is the same. */
export interface IncrementalHash {
  update(bytes: Uint8Array, offset: number, length: number): void
  digestHex(): string
}

export class TraceHash implements FrameObserver {
  private readonly sha: IncrementalHash
  private readonly buffer = new Uint8Array(BUFFER_BYTES + SLACK_BYTES)
  private readonly view = new DataView(this.buffer.buffer)
  private filled = 0
  /** Packets of a world lie in one memory: a view of it by words, made once. */
  private source: Uint8Array = new Uint8Array(0)
  private words: DataView = new DataView(this.source.buffer)
  /** Encoded names by host and device: few, and asked for at every frame. */
  private readonly names = new Map<string, Map<string, DeviceNames>>()
  private result: string | undefined

  constructor(sha: IncrementalHash = new Sha256()) { this.sha = sha }

  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength: number): void {
    if (this.result !== undefined) return
    const names = this.encoded(host, device, direction, drop)
    if (this.filled + FIXED_BYTES + names.length + length > BUFFER_BYTES) this.empty()
    const { view, buffer } = this
    let to = this.filled
    view.setUint32(to, Math.floor(at / 4294967296))
    view.setUint32(to + 4, at >>> 0)
    view.setUint32(to + 8, length)
    view.setUint32(to + 12, originalLength)
    view.setUint16(to + 16, names.length)
    to += FIXED_BYTES
    for (let i = 0; i < names.words.length; i++) view.setUint32(to + 4 * i, names.words[i])
    to += names.length
    this.filled = to
    if (to + length > BUFFER_BYTES) {
      this.empty()
      this.sha.update(bytes, offset, length)
      return
    }
    if (length > SHORT_BYTES) buffer.set(bytes.subarray(offset, offset + length), to)
    else this.copy(bytes, offset, to, length)
    this.filled = to + length
  }

  private copy(bytes: Uint8Array, from: number, to: number, length: number): void {
    if (bytes !== this.source) {
      this.source = bytes
      this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    const { words, view, buffer } = this
    const whole = length & ~3
    for (let i = 0; i < whole; i += 4) view.setUint32(to + i, words.getUint32(from + i, true), true)
    for (let i = whole; i < length; i++) buffer[to + i] = bytes[from + i]
  }

  /** Hexadecimal. Frames after the first call are not counted: a world is asked when it is over. */
  digest(): string {
    if (this.result === undefined) {
      this.empty()
      this.result = this.sha.digestHex()
    }
    return this.result
  }

  private empty(): void {
    this.sha.update(this.buffer, 0, this.filled)
    this.filled = 0
  }

  private encoded(host: string, device: string, direction: Direction, drop: DropReason | undefined): Name {
    const known = this.names.get(host)?.get(device) ?? this.addDevice(host, device)
    if (drop !== undefined) return known.ofDrop(direction, drop)
    return direction === 'in' ? known.in : known.out
  }

  private addDevice(host: string, device: string): DeviceNames {
    let devices = this.names.get(host)
    if (devices === undefined) this.names.set(host, devices = new Map<string, DeviceNames>())
    const made = new DeviceNames(`${host}\n${device}`)
    devices.set(device, made)
    return made
  }
}

/** UTF-8 in words, the last one filled up. */
class Name {
  readonly length: number
  readonly words: Uint32Array

  constructor(text: string) {
    const bytes = utf8Encode(text)
    this.length = bytes.length
    this.words = new Uint32Array(Math.ceil(bytes.length / 4))
    bytes.forEach((byte, i) => { this.words[i >> 2] |= byte << 24 - 8 * (i & 3) })
  }
}

/** The names of one device, as they are hashed. */
class DeviceNames {
  readonly in: Name
  readonly out: Name
  private readonly device: string
  private readonly drops = new Map<string, Name>()

  constructor(device: string) {
    this.device = device
    this.in = new Name(`${device}\nin`)
    this.out = new Name(`${device}\nout`)
  }

  ofDrop(direction: Direction, drop: DropReason): Name {
    const kind = `${direction} ${drop}`
    let name = this.drops.get(kind)
    if (name === undefined) this.drops.set(kind, name = new Name(`${this.device}\n${kind}`))
    return name
  }
}
