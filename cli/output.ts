// Bytes to a file descriptor of the host, all of them. A pipe that others share may be non-blocking: then a full one asks
// to be tried again.

import { writeSync } from 'node:fs'

const RETRY_MS = 1

export function writeAll(fd: number, bytes: Uint8Array, length: number = bytes.length): void {
  for (let done = 0; done < length;) {
    try {
      done += writeSync(fd, bytes, done, length - done)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit(0)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}
