// What a system call of a script comes down to: the call on the stack, its sleeping form, and what to look at afterwards.

import type { Errno } from '../../base/errno.ts'
import type { AsyncSys, MessageHeader, Sys } from '../../kernel/syscalls.ts'
import type { Expression } from '../ast.ts'
import type { Connections } from '../connections.ts'
import { ScriptError } from '../refusal.ts'
import type { Settings } from '../settings.ts'

/** The values system calls speak in, as kernel/syscalls.ts has them. */
export type SocketAddress = NonNullable<MessageHeader['name']>
export type ControlMessage = NonNullable<MessageHeader['control']>[number]

export type Outcome = number | Errno

export interface CallPlan {
  /** Never sleeps. */
  now(): Outcome
  /** Sleeps until done; undefined for calls that never do. */
  later?: (() => Promise<Outcome>) | undefined
  /** Looks at what the call gave back, after it succeeded; throws Mismatch. */
  check?: ((result: number) => void) | undefined
  /** The result is a new descriptor. */
  makesDescriptor?: boolean
  /** The descriptor whose O_NONBLOCK says whether the call may sleep, unless a flag or nature forbids it: -1. */
  sleepsOn?: number
  /** poll and epoll_wait: 0 with a time-out means waiting. */
  waits?: boolean
}

/** Calls that Sys may have beyond the socket ones. */
export interface FileCalls {
  open?(path: string, flags: number, mode?: number): Outcome
  sendfile?(out: number, input: number, offset: { value: number } | undefined, count: number): Outcome
  splice?(input: number, offsetIn: undefined, output: number, offsetOut: undefined, length: number, flags: number): Outcome
}

export interface CallContext {
  readonly sys: Sys & FileCalls
  readonly sleeping: AsyncSys & { sendfile?(out: number, input: number, offset: { value: number } | undefined,
    count: number): Promise<Outcome> }
  readonly files: Descriptors
  readonly settings: Settings
  readonly connections: Connections
  /** When the script began, in the stack's time. */
  readonly startAt: number
  /** That many zero bytes: what every `...` buffer holds. */
  zeros(length: number): Uint8Array
  /** Whether two times of the script are the same within tolerance. */
  sameTime(expectedUs: number, actualUs: number): boolean
}

export type CallBuilder = (context: CallContext, args: readonly Expression[]) => CallPlan

/** A script's descriptors and the stack's. */
export class Descriptors {
  private readonly live = new Map<number, number>()
  private readonly closed = new Set<number>()

  open(script: number, live: number): void {
    this.live.set(script, live)
    this.closed.delete(script)
  }

  close(script: number): void {
    this.live.delete(script)
    this.closed.add(script)
  }

  /** A closed one is -1, which is EBADF everywhere. */
  of(script: number): number {
    const live = this.live.get(script)
    if (live !== undefined) return live
    if (this.closed.has(script) || script < 0) return -1
    throw new ScriptError(`nobody opened descriptor ${script}`)
  }
}
