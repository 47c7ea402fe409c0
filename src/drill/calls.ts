// System calls of a script: made and judged at once, or begun and awaited while packets come and go. One blocking call at
// a time; a later call waits for it.

import { errnoText, isErrno } from '../base/errno.ts'
import { O_NONBLOCK, F_GETFL } from '../base/posix.ts'
import type { Instant } from '../base/time.ts'
import type { SyscallAction } from './ast.ts'
import type { Bench } from './bench.ts'
import type { Connections } from './connections.ts'
import { Mismatch, NotApplicable } from './refusal.ts'
import { PATIENCE_US, seconds } from './schedule.ts'
import type { Schedule } from './schedule.ts'
import type { Settings } from './settings.ts'
import { Descriptors } from './syscall/plan.ts'
import type { CallContext, CallPlan, Outcome } from './syscall/plan.ts'
import { callBuilder } from './syscall/table.ts'
import { toNumber } from './syscall/values.ts'

interface Pending {
  readonly action: SyscallAction
  readonly plan: CallPlan
  readonly startUs: number
  readonly endUs: number
  outcome: Outcome | undefined
  doneUs: number
}

/** Turns of the microtask queue a sleeping call may need to hear of its wake-up. */
const SETTLING_TURNS = 24
async function settled(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < SETTLING_TURNS && !isDone(); turn++) await Promise.resolve()
}

const LONGEST_WAIT_US = 120_000_000

export class Calls implements Pick<CallContext, 'files'> {
  readonly files = new Descriptors()
  private readonly bench: Bench
  private readonly schedule: Schedule
  private readonly context: CallContext
  private pending: Pending | undefined = undefined
  private zero = new Uint8Array(65536)

  constructor(bench: Bench, settings: Settings, connections: Connections, schedule: Schedule) {
    this.bench = bench
    this.schedule = schedule
    this.context = {
      sys: bench.sys, sleeping: bench.sleeping, files: this.files, settings, connections, startAt: schedule.startAt,
      zeros: length => this.zeros(length),
      sameTime: (expectedUs, actualUs) => schedule.isSame(expectedUs, actualUs),
    }
  }

  private zeros(length: number): Uint8Array {
    if (length > this.zero.length) this.zero = new Uint8Array(length)
    return this.zero.subarray(0, length)
  }

  /** Runs the stack's events up to and including `when`. */
  async runTo(when: Instant): Promise<void> {
    while (this.bench.clock.runNext(when)) if (this.pending !== undefined) await this.settle()
    this.bench.clock.advanceTo(when)
    this.reap()
  }

  /** Lets sleeping calls notice what happened, and takes note of one that returned. */
  async settle(): Promise<void> {
    await settled(() => this.pending?.outcome !== undefined)
    this.reap()
  }

  get busy(): boolean { return this.pending !== undefined }

  /** A non-blocking call, judged at once. */
  async make(action: SyscallAction): Promise<void> {
    const plan = callBuilder(action.name)(this.context, action.args)
    let outcome = plan.now()
    if (plan.waits === true && outcome === 0 && plan.later !== undefined) outcome = await this.wait(plan.later())
    this.refuseSleep(action, plan, outcome)
    this.judge(action, plan, outcome)
  }

  private async wait(promise: Promise<Outcome>): Promise<Outcome> {
    let outcome: Outcome | undefined
    promise.then((result) => { outcome = result }, (error: unknown) => {
      outcome = 'EIO'
      throw error
    })
    const limit = this.bench.clock.now() + LONGEST_WAIT_US as Instant
    const isDone = (): boolean => outcome !== undefined
    await settled(isDone)
    while (!isDone() && this.bench.clock.runNext(limit)) await settled(isDone)
    return outcome ?? 'EINTR'
  }

  /** The sleepless form answers EAGAIN where a program would have slept: that is not what a script means by EAGAIN. */
  private refuseSleep(action: SyscallAction, plan: CallPlan, outcome: Outcome): void {
    if (plan.sleepsOn === undefined || plan.sleepsOn < 0 || (outcome !== 'EAGAIN' && outcome !== 'EINPROGRESS')) return
    const flags = this.bench.sys.fcntl(plan.sleepsOn, F_GETFL)
    if (typeof flags === 'number' && (flags & O_NONBLOCK) === 0) throw new Mismatch(`${action.name}() would block`)
  }

  /** A call that blocks until `endUs`. */
  async start(action: SyscallAction, endUs: number): Promise<void> {
    const plan = callBuilder(action.name)(this.context, action.args)
    if (plan.later === undefined) throw new NotApplicable(`${action.name}() never blocks`)
    const pending: Pending = { action, plan, startUs: this.nowUs(), endUs, outcome: undefined, doneUs: 0 }
    this.pending = pending
    plan.later().then((outcome) => {
      pending.outcome = outcome
      pending.doneUs = this.nowUs()
    }, (error: unknown) => {
      pending.outcome = 'EIO'
      throw error
    })
    await this.settle()
  }

  private nowUs(): number { return this.bench.clock.now() - this.schedule.startAt }

  /** Judges a blocking call that has returned. */
  reap(): void {
    const { pending } = this
    if (pending?.outcome === undefined) return
    this.pending = undefined
    this.judge(pending.action, pending.plan, pending.outcome)
    if (!this.schedule.isSame(pending.endUs, pending.doneUs, pending.startUs)) {
      throw new Mismatch(`${pending.action.name}() returned at ${seconds(pending.doneUs)} s, expected at ${seconds(pending.endUs)} s`)
    }
  }

  /** Waits for the blocking call under way. */
  async idle(): Promise<void> {
    const { pending } = this
    if (pending === undefined) return
    await this.settle()
    const limit = this.schedule.startAt + Math.max(pending.endUs, this.nowUs()) + PATIENCE_US as Instant
    while (this.pending !== undefined && this.bench.clock.runNext(limit)) await this.settle()
    if (this.pending !== undefined) throw new Mismatch(`${pending.action.name}() has not returned, expected at ${seconds(pending.endUs)} s`)
  }

  private judge(action: SyscallAction, plan: CallPlan, outcome: Outcome): void {
    const { result, errno } = action
    const failed = typeof outcome === 'string'
    const text = failed ? `-1 ${outcome} (${errnoText(outcome)})` : String(outcome)
    if (result.kind === 'ellipsis') { if (!failed) plan.check?.(outcome); return }
    const expected = toNumber(result)
    if (expected === -1 && failed) {
      const wanted = errno === 'EWOULDBLOCK' ? 'EAGAIN' : errno
      if (wanted !== undefined && !isErrno(wanted)) throw new NotApplicable(`unknown error \`${wanted}\``)
      if (wanted !== undefined && wanted !== outcome) throw new Mismatch(`${action.name}() = ${text}, expected -1 ${wanted}`)
      return
    }
    if (action.name === 'socket' && outcome === 'EPROTONOSUPPORT') throw new NotApplicable('the host lacks the protocol')
    if (failed) throw new Mismatch(`${action.name}() = ${text}, expected ${expected}${errno === undefined ? '' : ` ${errno}`}`)
    if (plan.makesDescriptor === true && expected >= 0) this.files.open(expected, outcome)
    else if (outcome !== expected) throw new Mismatch(`${action.name}() = ${text}, expected ${expected}${errno === undefined ? '' : ` ${errno}`}`)
    plan.check?.(outcome)
  }
}
