// epoll instances (row G6, behaviours 59 and 60): one item a watched descriptor, hung on that file's wait queue; a wake-up
// puts the item on the ready list, and epoll_wait visits that list only, however many are watched.

import type { Errno } from '../base/errno.ts'
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP, O_RDWR, POLLIN } from '../base/posix.ts'
import { ALWAYS, READABLE, withSynonyms } from '../sock/readiness.ts'
import { WaitQueue } from '../sock/wait-queue.ts'
import type { Waiter } from '../sock/wait-queue.ts'
import { OpenFile } from './open-file.ts'
import type { FileWatcher } from './open-file.ts'
import type { EpollEvent } from './syscalls.ts'

/** Bits of `events` that say how, not what. */
const MODES = EPOLLET | EPOLLEXCLUSIVE | EPOLLONESHOT | EPOLLWAKEUP
/** EP_MAX_NESTS. */
const DEEPEST_NESTING = 4

/** Instance, file, what happened, items on the list. */
export type ReadyListListener = (epoll: number, file: number, action: 'added' | 'visited', length: number) => void

export class EpollItem implements Waiter {
  readonly instance: EpollFile
  readonly file: OpenFile
  readonly fd: number
  events = 0
  data = 0
  isReady = false

  constructor(instance: EpollFile, file: OpenFile, fd: number) {
    this.instance = instance
    this.file = file
    this.fd = fd
  }

  /** What is watched for, errors and hang-up always; 0 after EPOLLONESHOT fired. */
  get interest(): number { return this.events & ~MODES }

  wake(mask: number): boolean {
    const told = this.file instanceof EpollFile ? mask : withSynonyms(mask)
    if ((told & this.interest) === 0) return false
    const someoneSlept = this.instance.waitQueue.length > 0
    this.instance.markReady(this)
    return someoneSlept
  }

  current(): number { return this.interest === 0 ? 0 : this.file.readiness() & this.interest }
}

export class EpollFile extends OpenFile implements FileWatcher {
  readonly kind = 'epoll'
  override ioctl(): number | Errno { return 'EINVAL' }
  readonly waitQueue = new WaitQueue()
  readonly id: number
  private readonly items = new Map<OpenFile, Map<number, EpollItem>>()
  private ready: EpollItem[] = []
  /** Items visited by epoll_wait so far: proportional to what was ready, not to what is watched. */
  visited = 0

  /** Tells traces of the ready list, while somebody listens. */
  private readonly onReadyList: ReadyListListener | undefined

  constructor(id: number, onReadyList?: ReadyListListener) {
    super(O_RDWR)
    this.id = id
    this.onReadyList = onReadyList
  }

  get watchedCount(): number { return [...this.items.values()].reduce((sum, each) => sum + each.size, 0) }

  find(file: OpenFile, fd: number): EpollItem | undefined { return this.items.get(file)?.get(fd) }

  add(file: OpenFile, fd: number, events: number, data: number): 0 | Errno {
    if (file.waitQueue === undefined) return 'EPERM'
    if (file instanceof EpollFile) {
      if ((events & EPOLLEXCLUSIVE) !== 0) return 'EINVAL'
      if (file.reaches(this, 0) || file.depth() + 1 > DEEPEST_NESTING) return 'ELOOP'
    }
    if (this.find(file, fd) !== undefined) return 'EEXIST'
    const item = new EpollItem(this, file, fd)
    const ofFile = this.items.get(file)
    if (ofFile === undefined) {
      this.items.set(file, new Map([[fd, item]]))
      file.addWatcher(this)
    } else {
      ofFile.set(fd, item)
    }
    if ((events & EPOLLEXCLUSIVE) === 0) file.waitQueue.add(item)
    else file.waitQueue.addExclusive(item)
    this.modify(item, events, data)
    return 0
  }

  /** Re-arms edges and one-shots: what is ready now is reported once more. */
  modify(item: EpollItem, events: number, data: number): void {
    item.events = events | ALWAYS
    item.data = data
    if (item.current() !== 0) this.markReady(item)
  }

  remove(item: EpollItem): void {
    const ofFile = this.items.get(item.file)
    ofFile?.delete(item.fd)
    if (ofFile?.size === 0) {
      this.items.delete(item.file)
      item.file.removeWatcher(this)
    }
    this.forget(item)
  }

  /** The last reference to a watched file is gone. */
  fileReleased(file: OpenFile): void {
    const ofFile = this.items.get(file)
    this.items.delete(file)
    for (const item of ofFile?.values() ?? []) this.forget(item)
  }

  markReady(item: EpollItem): void {
    if (!item.isReady) {
      item.isReady = true
      this.ready.push(item)
      this.onReadyList?.(this.id, item.file.id, 'added', this.ready.length)
    }
    // Not POLLRDNORM: who waits for that alone is not told (Linux: ep_poll_safewake).
    this.waitQueue.wake(POLLIN)
  }

  /** Fills `events`; level-triggered items stay on the list, behind those not looked at yet. */
  collect(events: EpollEvent[], most: number): number {
    if (this.ready.length === 0) return 0
    const list = this.ready
    this.ready = []
    const again: EpollItem[] = []
    let count = 0
    let at = 0
    for (; at < list.length && count < most; at++) {
      const item = list[at]
      if (!item.isReady) continue
      this.visited++
      const current = item.current()
      item.isReady = false
      this.onReadyList?.(this.id, item.file.id, 'visited', list.length - at)
      if (current === 0) continue
      put(events, count, current, item.data)
      count++
      if ((item.events & EPOLLONESHOT) !== 0) {
        item.events &= MODES
      } else if ((item.events & EPOLLET) === 0) {
        item.isReady = true
        again.push(item)
      }
    }
    this.ready = at < list.length ? [...list.slice(at), ...this.ready, ...again] : [...this.ready, ...again]
    return count
  }

  override readiness(): number {
    for (const item of this.ready) {
      if (item.isReady && item.current() !== 0) return READABLE
    }
    return 0
  }

  protected override onRelease(): void {
    for (const ofFile of this.items.values()) {
      for (const item of ofFile.values()) {
        item.file.removeWatcher(this)
        this.forget(item)
      }
    }
    this.items.clear()
  }

  private forget(item: EpollItem): void {
    item.file.waitQueue?.remove(item)
    item.isReady = false
    item.events = 0
  }

  private reaches(target: EpollFile, level: number): boolean {
    if (this === target || level > DEEPEST_NESTING) return true
    return this.nested().some(each => each.reaches(target, level + 1))
  }

  private depth(): number { return 1 + Math.max(0, ...this.nested().map(each => each.depth())) }

  private nested(): EpollFile[] { return [...this.items.keys()].filter(each => each instanceof EpollFile) }
}

function put(events: EpollEvent[], index: number, mask: number, data: number): void {
  const slot = events[index]
  if (slot === undefined) {
    events[index] = { events: mask, data }
  } else {
    slot.events = mask
    slot.data = data
  }
}
