// A fingerprint of everything that happened on the wires of a world: SHA-256 over each frame's instant, host, device,
// direction, bytes and reason of discard, in order. One changed bit, time or drop changes it (docs/trace.md gives the form).

import { utf8Encode } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { Sha256 } from '../base/sha256.ts'
import type { Direction, FrameObserver } from '../base/trace.ts'

/** Instant (8), length (4), original length (4), length of the names (2). */
const FIXED_BYTES = 18

export class TraceHash implements FrameObserver {
  private readonly sha = new Sha256()
  private readonly head = new Uint8Array(FIXED_BYTES)
  private readonly view = new DataView(this.head.buffer)
  /** Encoded names by device object key: few, and each asked for at every frame. */
  private readonly names = new Map<string, Map<string, Uint8Array>>()
  private result: string | undefined

  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength: number): void {
    if (this.result !== undefined) return
    const names = this.encoded(host, device, direction, drop)
    const { view } = this
    view.setUint32(0, Math.floor(at / 4294967296))
    view.setUint32(4, at >>> 0)
    view.setUint32(8, length)
    view.setUint32(12, originalLength)
    view.setUint16(16, names.length)
    this.sha.update(this.head)
    this.sha.update(names)
    this.sha.update(bytes, offset, length)
  }

  /** Hexadecimal. Frames after the first call are not counted: a world is asked when it is over. */
  digest(): string {
    this.result ??= this.sha.digestHex()
    return this.result
  }

  private encoded(host: string, device: string, direction: Direction, drop: DropReason | undefined): Uint8Array {
    const kind = drop === undefined ? direction : `${direction} ${drop}`
    let kinds = this.names.get(device)
    if (kinds === undefined) this.names.set(device, kinds = new Map())
    const key = `${host}\n${kind}`
    let bytes = kinds.get(key)
    if (bytes === undefined) kinds.set(key, bytes = utf8Encode(`${host}\n${device}\n${kind}`))
    return bytes
  }
}
