// A process's descriptors: small numbers for open files, the lowest free one first (rows G1, G3). FD_CLOEXEC belongs to
// the descriptor, everything else to the open file.

import type { Errno } from '../base/errno.ts'
import type { OpenFile } from './open-file.ts'

const STANDARD_STREAMS = 3

export class FdTable {
  private readonly files: (OpenFile | undefined)[] = []
  private readonly closeOnExec: boolean[] = []
  /** No free descriptor below it. */
  private lowestFree = 0
  private openCount = 0
  /** Kept for calls that sleep before they have a file (accept): neither free nor open. */
  private readonly reserved = new Set<number>()
  /** RLIMIT_NOFILE. */
  limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  /** Standard input, output and error are somebody else's: their numbers are not given away. Before the first file. */
  keepStandardStreams(): void { this.lowestFree = STANDARD_STREAMS }

  get(fd: number): OpenFile | undefined { return fd >= 0 && fd < this.files.length ? this.files[fd] : undefined }

  get size(): number { return this.openCount }

  /** Gives the file, whose reference the caller hands over, the lowest descriptor not under `from`; EMFILE. */
  install(file: OpenFile, isCloseOnExec: boolean, from: number = 0): number | Errno {
    const fd = this.free(from)
    if (fd >= this.limit) return 'EMFILE'
    if (from <= this.lowestFree) this.lowestFree = fd + 1
    this.put(fd, file, isCloseOnExec)
    return fd
  }

  private free(from: number): number {
    let fd = Math.max(from, this.lowestFree)
    while (this.files[fd] !== undefined || this.reserved.has(fd)) fd++
    return fd
  }

  /** Keeps the lowest free descriptor for a file to come: `fulfil` or `giveBack`; EMFILE. */
  reserve(): number | Errno {
    const fd = this.free(0)
    if (fd >= this.limit) return 'EMFILE'
    this.reserved.add(fd)
    return fd
  }

  fulfil(fd: number, file: OpenFile, isCloseOnExec: boolean): number {
    this.reserved.delete(fd)
    this.put(fd, file, isCloseOnExec)
    return fd
  }

  giveBack(fd: number): void {
    this.reserved.delete(fd)
    if (fd < this.lowestFree) this.lowestFree = fd
  }

  isReserved(fd: number): boolean { return this.reserved.has(fd) }

  /** dup2: whatever stood there is closed first. */
  replace(fd: number, file: OpenFile, isCloseOnExec: boolean): void {
    const old = this.take(fd)
    this.put(fd, file, isCloseOnExec)
    old?.drop()
  }

  /** Frees the descriptor; the caller drops the file. */
  take(fd: number): OpenFile | undefined {
    const file = this.get(fd)
    if (file === undefined) return undefined
    this.files[fd] = undefined
    this.openCount--
    this.closeOnExec[fd] = false
    if (fd < this.lowestFree) this.lowestFree = fd
    return file
  }

  isCloseOnExec(fd: number): boolean { return this.get(fd) !== undefined && this.closeOnExec[fd] }

  setCloseOnExec(fd: number, on: boolean): void { this.closeOnExec[fd] = on }

  /** The child's table after fork: the same open files, one reference more each. */
  fork(): FdTable {
    const copy = new FdTable(this.limit)
    for (const [fd, file] of this.entries()) copy.put(fd, file.retain(), this.closeOnExec[fd])
    copy.lowestFree = this.lowestFree
    return copy
  }

  * entries(): Iterable<readonly [number, OpenFile]> {
    for (const [fd, file] of this.files.entries()) {
      if (file !== undefined) yield [fd, file]
    }
  }

  closeAll(): void {
    for (const [fd] of [...this.entries()]) this.take(fd)?.drop()
  }

  private put(fd: number, file: OpenFile, isCloseOnExec: boolean): void {
    // Holes are filled so that the array stays a list, however far away dup2 reaches.
    while (this.files.length < fd) {
      this.files.push(undefined)
      this.closeOnExec.push(false)
    }
    this.files[fd] = file
    this.openCount++
    this.closeOnExec[fd] = isCloseOnExec
  }
}
