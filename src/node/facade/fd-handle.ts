// What libuv's uv_handle_t is to Node, over one descriptor of a host: reference counting of the event loop, an
// asynchronous context, a watch on the wait queue, and a close that calls back later. Streams and datagrams build on it.

import { asyncWrapProviders } from 'node:async_hooks'
import type { AsyncResource } from 'node:async_hooks'
import type { Errno } from '../../base/errno.ts'
import type { Sys } from '../../kernel/syscalls.ts'
import type { OpenFile } from '../../kernel/open-file.ts'
import type { Waiter } from '../../sock/wait-queue.ts'
import { callBack, resourceOf, runTicks } from './dispatcher.ts'
import type { NodeStack } from './node-stack.ts'
import { turnsOf } from './turns.ts'
import type { Ready, Turns } from './turns.ts'

const PROVIDERS: Readonly<Record<string, number | undefined>> = asyncWrapProviders

/** An answer to an answer, and so on: a handshake or a farewell is over by then. */
const MOST_ROUNDS = 8

export abstract class FdHandle implements Waiter, Ready {
  readonly stack: NodeStack
  readonly sys: Sys
  protected readonly resource: AsyncResource
  private readonly turns: Turns
  private readonly type: string
  /** -1 until a call needs the socket, and again after close. */
  protected descriptor = -1
  private file: OpenFile | undefined = undefined
  private processing = false
  private referenced = true
  private active = false
  protected closing = false
  private isClosed = false
  private readonly onClosing: (() => void) | undefined

  constructor(stack: NodeStack, type: string) {
    this.stack = stack
    this.type = type
    this.sys = stack.process.sys
    this.resource = resourceOf(type)
    this.turns = turnsOf(stack)
    this.onClosing = stack.onHandle?.(this, type)
  }

  /** The turn after something became true: look at the descriptor and tell the owner (`tell`). */
  protected abstract process(): void

  /** Takes a descriptor over and watches it. */
  protected adopt(descriptor: number): void {
    this.descriptor = descriptor
    this.file = this.stack.process.state.fds.get(descriptor)
    this.file?.waitQueue?.add(this)
  }

  /** What the call has sent to this host itself arrives within the call, as in a kernel. */
  protected arrive(): void {
    const { namespace } = this.stack.process.state.kernel
    for (let round = 0; round < MOST_ROUNDS && namespace.deliverLocal(); round++) continue
  }

  protected readiness(): number { return this.file?.readiness() ?? 0 }

  wake(_mask: number): boolean {
    this.schedule()
    return true
  }

  /** Has `process` called in a turn of its own; several wakes make one turn. */
  protected schedule(): void {
    if (this.processing || this.closing) return
    this.processing = true
    this.turns.addReady(this)
  }

  /** For `turns`. */
  runTurn(): void {
    this.processing = false
    const { stack } = this
    if (this.closing || stack.isGone?.() === true) return
    if (stack.onThrow === undefined) {
      this.process()
      return
    }
    try {
      this.process()
    } catch (error) {
      stack.onThrow(error)
    }
  }

  /** Calls back in the context of the handle. Ticks run behind it, in none: what they throw would leave the context open. */
  protected tell(run: () => void): void { this.tellIn(this.resource, run) }

  /** In another context; undefined for one that `run` brings itself. */
  protected tellIn(resource: AsyncResource | undefined, run: () => void): void {
    if (this.stack.onThrow === undefined) {
      callBack(run, resource)
      return
    }
    if (resource === undefined) run()
    else resource.runInAsyncScope(run)
    runTicks()
  }

  /** For one of several programs in this process: nothing when it is gone, and its errors are its own. */
  private guarded(run: () => void): void {
    if (this.stack.isGone?.() === true) return
    if (this.stack.onThrow === undefined) {
      run()
      return
    }
    try {
      run()
    } catch (error) {
      this.stack.onThrow(error)
    }
  }

  /** `run` behind what is being told now, unless the handle is closed by then. */
  protected feed(run: () => void): void {
    this.turns.feed(() => { if (!this.closing) this.guarded(() => { this.resource.runInAsyncScope(run) }) })
  }

  /** `run` before the immediates of the program, whatever has become of the handle. */
  putOff(run: () => void): void { this.turns.addLast(() => { this.guarded(run) }) }

  /** Active handles keep Node running unless unreferenced. */
  protected setActive(active: boolean): void {
    if (active === this.active) return
    this.active = active
    if (!this.referenced) return
    if (active) this.stack.keepAlive.hold()
    else this.stack.keepAlive.release()
  }

  ref(): void {
    if (this.referenced) return
    this.referenced = true
    if (this.active) this.stack.keepAlive.hold()
  }

  unref(): void {
    if (!this.referenced) return
    this.referenced = false
    if (this.active) this.stack.keepAlive.release()
  }

  hasRef(): boolean { return this.referenced && !this.isClosed }
  getAsyncId(): number { return this.resource.asyncId() }
  getProviderType(): number { return PROVIDERS[this.type] ?? 0 }
  get fd(): number { return this.descriptor }
  get isClosing(): boolean { return this.closing }

  /** Closes the descriptor now and calls back in a later turn. */
  close(callback?: () => void): void {
    if (this.closing) return
    this.closing = true
    this.onClosing?.()
    this.setActive(false)
    this.file?.waitQueue?.remove(this)
    const late = this.closesLate() ? this.descriptor : -1
    this.file = undefined
    this.beforeClose()
    // Before anybody hears of it from the network.
    this.turns.addClosed(() => { this.tellClosed(late, callback) })
    if (this.descriptor >= 0 && late < 0) {
      this.sys.close(this.descriptor)
      this.arrive()
    }
    this.descriptor = -1
  }

  private tellClosed(late: number, callback: (() => void) | undefined): void {
    this.guarded(() => {
      if (late >= 0) this.sys.close(late)
      this.isClosed = true
      this.afterClose()
      if (callback !== undefined) this.resource.runInAsyncScope(callback, this)
      this.resource.emitDestroy()
    })
  }

  /** Shall the descriptor stay until what was begun in this turn has happened? */
  protected closesLate(): boolean { return false }
  protected beforeClose(): void { /* most have nothing pending */ }
  protected afterClose(): void { /* most have nothing pending */ }

  protected setInt(level: number, name: number, value: number): 0 | Errno {
    return this.descriptor < 0 ? 'EBADF' : this.sys.setsockopt(this.descriptor, level, name, value)
  }
}
