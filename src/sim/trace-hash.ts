// A fingerprint of everything that happened on the wires of a world: SHA-256 over each frame's instant, host, device,
// direction, bytes and reason of discard, in order. One changed bit, time or drop changes it (docs/trace.md gives the form).

import { utf8Encode } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { Sha256 } from '../base/sha256.ts'
import type { Direction, FrameObserver } from '../base/trace.ts'

/** Instant (8), length (4), original length (4), length of the names (2). */
const FIXED_BYTES = 18
/** Frames are gathered and hashed together: a native hash costs as much a call as for a kilobyte. */
const BUFFER_BYTES = 65536

/** SHA-256 in pieces; a platform may lend its own (node/native-sha256.ts), the result is the same. */
export interface IncrementalHash {
  update(bytes: Uint8Array, offset: number, length: number): void
  digestHex(): string
}

export class TraceHash implements FrameObserver {
  private readonly sha: IncrementalHash
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private readonly view = new DataView(this.buffer.buffer)
  private filled = 0
  /** Encoded names by host, device and kind: few, and each asked for at every frame. */
  private readonly names = new Map<string, Map<string, Map<string, Uint8Array>>>()
  private result: string | undefined

  constructor(sha: IncrementalHash = new Sha256()) { this.sha = sha }

  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength: number): void {
    if (this.result !== undefined) return
    const names = this.encoded(host, device, direction, drop)
    this.makeRoom(FIXED_BYTES + names.length + length)
    const { view, buffer } = this
    let to = this.filled
    view.setUint32(to, Math.floor(at / 4294967296))
    view.setUint32(to + 4, at >>> 0)
    view.setUint32(to + 8, length)
    view.setUint32(to + 12, originalLength)
    view.setUint16(to + 16, names.length)
    to += FIXED_BYTES
    buffer.set(names, to)
    to += names.length
    if (to + length > BUFFER_BYTES) {
      this.filled = to
      this.makeRoom(BUFFER_BYTES)
      this.sha.update(bytes, offset, length)
      return
    }
    buffer.set(bytes.subarray(offset, offset + length), to)
    this.filled = to + length
  }

  /** Hexadecimal. Frames after the first call are not counted: a world is asked when it is over. */
  digest(): string {
    if (this.result === undefined) {
      this.makeRoom(BUFFER_BYTES)
      this.result = this.sha.digestHex()
    }
    return this.result
  }

  private makeRoom(wanted: number): void {
    if (this.filled + wanted <= BUFFER_BYTES) return
    this.sha.update(this.buffer, 0, this.filled)
    this.filled = 0
  }

  private encoded(host: string, device: string, direction: Direction, drop: DropReason | undefined): Uint8Array {
    const kinds = within(within(this.names, host), device)
    const kind = drop === undefined ? direction : `${direction} ${drop}`
    let bytes = kinds.get(kind)
    if (bytes === undefined) kinds.set(kind, bytes = utf8Encode(`${host}\n${device}\n${kind}`))
    return bytes
  }
}

function within<T>(maps: Map<string, Map<string, T>>, name: string): Map<string, T> {
  let map = maps.get(name)
  if (map === undefined) maps.set(name, map = new Map<string, T>())
  return map
}
