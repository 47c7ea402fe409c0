// Whose call is it? Each program of a host lives in an asynchronous context that names its life: the time between the start
// of the host (or its restart) and its crash. Everything a program does later, timers and socket events included, carries it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { NodeStack } from '../facade/node-stack.ts'
import type { Place } from './place.ts'
import type { OwnTime } from './own-time.ts'

export interface OpenHandle {
  readonly type: string
  readonly openedAtUs: number
  readonly place: Place
  readonly handle: object
}

/** What a program asked for and waits for. */
export interface OpenCall { readonly what: string, readonly place: Place, readonly begunAtUs: number }

export interface Life {
  readonly host: string
  readonly stack: NodeStack
  readonly time: OwnTime
  readonly handles: Map<object, OpenHandle>
  /** The last that were closed, latest at the end: what a failed socket was. */
  readonly closed: OpenHandle[]
  readonly calls: Set<OpenCall>
  /** Things of Node that each host has for itself, by what they stand in for. */
  readonly own: Map<unknown, unknown>
  isOver: boolean
  /** Active handles that keep Node's event loop going. */
  active: number
  /** A program threw and nobody caught it. */
  onUncaught(error: unknown, kind: string): void
  /** A program called process.exit. */
  onExit(code: number): void
}

const lives = new AsyncLocalStorage<Life | undefined>()

/** undefined outside of every host: the test itself. */
export function currentLife(): Life | undefined { return lives.getStore() }

export function inLife<T>(life: Life | undefined, run: () => T): T { return lives.run(life, run) }
