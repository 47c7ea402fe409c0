// `--capture FILE`: what passes our device, as pcapng. Written as it comes, so that a capture of a run that was killed
// ends with the last frame but one.

import { closeSync, openSync } from 'node:fs'
import { Capture } from '../src/entry/main.ts'
import type { NetDevice, Trace } from '../src/entry/main.ts'
import type { RealClock } from '../src/entry/node.ts'
import { Failure } from './failure.ts'
import { writeAll } from './output.ts'

const FLUSH_BYTES = 65536

export class CaptureFile {
  private readonly fd: number
  private readonly capture: Capture
  private chunks: Uint8Array[] = []
  private bytes = 0

  private constructor(fd: number, clock: RealClock) {
    this.fd = fd
    this.capture = new Capture({ sink: bytes => { this.take(bytes) }, now: () => clock.now(), epochUs: clock.epochUs })
  }

  /** Throws Failure when the file cannot be written. */
  static open(path: string, device: NetDevice, trace: Trace, clock: RealClock): CaptureFile {
    let fd: number
    try {
      fd = openSync(path, 'w')
    } catch (error) {
      throw new Failure(`--capture ${path}: ${(error as NodeJS.ErrnoException).code ?? 'EIO'}: the file cannot be written`, 2)
    }
    const file = new CaptureFile(fd, clock)
    file.capture.attach(device)
    file.capture.observe(trace)
    return file
  }

  private take(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice())
    this.bytes += bytes.length
    if (this.bytes >= FLUSH_BYTES) this.flush()
    else if (this.chunks.length === 1) setImmediate(() => { this.flush() })
  }

  private flush(): void {
    const { chunks } = this
    this.chunks = []
    this.bytes = 0
    if (chunks.length > 0) writeAll(this.fd, Buffer.concat(chunks))
  }

  close(): void {
    this.capture.close()
    this.flush()
    closeSync(this.fd)
  }
}
