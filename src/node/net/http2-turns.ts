// Node's HTTP/2 engine is fed by native streams, and between two of its callbacks ticks and promises run: `response` is told before
// the data that came in the same packet, `finish` before `close`. Ours is fed within one turn of JavaScript. Every callback of the engine
// first asks its handle for the owner: there they run here.

import { createRequire } from 'node:module'
import type * as nodeHttp2 from 'node:http2'
import { Duplex } from 'node:stream'
import { runTicksWithin } from '../facade/dispatcher.ts'
import { SYMBOLS } from './internals.ts'

const OWNER = Symbol('owner')
let isFeeding = false
let isPrepared = false

interface Owned { [OWNER]?: unknown, onread?: unknown }

function letTicksRun(): void {
  isFeeding = false
  try {
    runTicksWithin()
  } finally {
    isFeeding = true
  }
}

/** Tells an engine something: what it calls back is not to come in one go. */
export function feed<Args extends unknown[]>(engine: object, tell: (this: object, ...args: Args) => void, ...args: Args): void {
  if (!isPrepared || isFeeding) {
    tell.apply(engine, args)
    return
  }
  isFeeding = true
  try {
    tell.apply(engine, args)
  } finally {
    isFeeding = false
  }
}

type OnRead = (this: Owned, bytes: unknown) => unknown

/** What ticks do comes before the engine decides to hand bytes on: a stream that they destroy is given none. */
function behindTicks(onRead: OnRead): OnRead {
  return function onReadBehindTicks(bytes) {
    if (isFeeding) letTicksRun()
    const owner = this[OWNER] as { destroyed?: boolean } | undefined
    return owner?.destroyed === true ? undefined : onRead.call(this, bytes)
  }
}

/** The engine reads `onread` where only assigning puts it: what is assigned next is. */
function interceptNextRead(handle: Owned): void {
  Object.defineProperty(handle, 'onread', {
    configurable: true,
    set(this: Owned, onRead: OnRead) {
      delete this.onread
      this.onread = behindTicks(onRead)
    },
  })
}

function interceptOwner(handle: object, reads: boolean): void {
  Object.defineProperty(Object.getPrototypeOf(handle), SYMBOLS.owner, {
    configurable: true,
    get(this: Owned) {
      if (isFeeding) letTicksRun()
      return this[OWNER]
    },
    set(this: Owned, owner: unknown) {
      this[OWNER] = owner
      if (reads && owner !== undefined) interceptNextRead(this)
    },
  })
}

function handleOf(owner: object): object | undefined {
  for (let level: object | null = owner; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    const symbol = Object.getOwnPropertySymbols(level).find(each => each.description === 'kHandle')
    if (symbol !== undefined) return (owner as Record<symbol, object | undefined>)[symbol]
  }
  return undefined
}

const under = new WeakSet()

/** A session has taken the socket's handle. */
export function noteHttp2(socket: object): void {
  under.add(socket)
  prepareHttp2()
}

/** It sends in the moment before immediates, and says goodbye in the first of them: nothing may be put off to that moment again. */
export function isUnderHttp2(socket: object): boolean { return under.has(socket) }

/** The native classes stand in no module; a session over nothing has one of each. */
export function prepareHttp2(): void {
  if (isPrepared) return
  isPrepared = true
  const http2 = createRequire(import.meta.url)('node:http2') as typeof nodeHttp2
  const nothing = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => { done() } })
  const session = http2.connect('http://localhost', { createConnection: () => nothing })
  const stream = session.request()
  for (const each of [session, stream]) {
    each.on('error', () => undefined)
    const handle = handleOf(each)
    if (handle !== undefined) interceptOwner(handle, each === stream)
  }
  session.destroy()
}
