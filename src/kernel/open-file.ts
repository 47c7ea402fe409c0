// An open file description (Linux: struct file): what descriptors of one or several processes point at (rows G1, G3). It
// is released when the last descriptor is closed and the last call on it has returned.

import { assert } from '../base/assert.ts'
import type { Errno } from '../base/errno.ts'
import { O_NONBLOCK } from '../base/posix.ts'
import type { WaitQueue } from '../sock/wait-queue.ts'

export type FileKind = 'socket' | 'pipe' | 'epoll' | 'regular' | 'directory' | 'eventfd' | 'timerfd'

/** An epoll instance that watches the file: told when the file is gone (behaviour 60). */
export interface FileWatcher { fileReleased(file: OpenFile): void }

export abstract class OpenFile {
  /** Access mode, O_NONBLOCK, O_APPEND, O_ASYNC: what F_GETFL answers and F_SETFL changes. Shared by all descriptors. */
  statusFlags: number
  /** F_SETOWN and F_SETSIG: who is told by which signal when it becomes ready. */
  ownerPid = 0
  signalNumber = 0
  /** Tells the owner; hung on the queue by the first F_SETOWN or O_ASYNC. */
  asyncNotice: FileWatcher | undefined = undefined
  private references = 1
  private watchers: Set<FileWatcher> | undefined = undefined
  abstract readonly kind: FileKind
  /** Who sleeps on it; undefined for files that are always ready and cannot be watched. */
  abstract readonly waitQueue: WaitQueue | undefined
  /** The number that traces name it by. */
  abstract readonly id: number

  constructor(statusFlags: number) {
    this.statusFlags = statusFlags
  }

  get isNonBlocking(): boolean { return (this.statusFlags & O_NONBLOCK) !== 0 }

  abstract readiness(): number

  read(_buffer: Uint8Array, _offset: number, _length: number): number | Errno { return 'EINVAL' }
  write(_buffer: Uint8Array, _offset: number, _length: number): number | Errno { return 'EINVAL' }
  /** The int written through the pointer, or 0. */
  ioctl(_request: number, _argument: number): number | Errno { return 'ENOTTY' }
  /** Microseconds after which a sleeping read or write gives up, 0 for never. */
  get receiveTimeoutUs(): number { return 0 }
  get sendTimeoutUs(): number { return 0 }

  get referenceCount(): number { return this.references }

  retain(): this {
    this.references++
    return this
  }

  /** One descriptor, call or message less refers to it. */
  drop(): void {
    assert(this.references > 0, 'a file was dropped twice')
    this.references--
    if (this.references > 0) return
    for (const watcher of this.watchers ?? []) watcher.fileReleased(this)
    this.watchers = undefined
    this.onRelease()
  }

  addWatcher(watcher: FileWatcher): void { (this.watchers ??= new Set()).add(watcher) }
  removeWatcher(watcher: FileWatcher): void { this.watchers?.delete(watcher) }

  protected abstract onRelease(): void
}
