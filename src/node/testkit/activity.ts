// Has every program done what it can do without time moving? Ticks and promises run by themselves between two turns of the
// event loop; what takes turns is counted here, and what the platform does elsewhere (files, zlib, crypto, WebAssembly) is asked for.

import { NATIVE_TIMERS, nativeNow } from './natives.ts'

/** Turns in which nothing new was begun. */
const QUIET_TURNS = 2
/** After so many turns of waiting for the platform the processor is left to it. */
const BUSY_TURNS = 200

/** Requests of the platform whose answers may wake a program; listening handles, timers and standard streams are none. */
const REQUESTS = /^(FSReq|GetAddrInfo|GetNameInfo|FileHandle|CloseReq|Blob|Zlib|.*Request$)/i

class Activity {
  /** Grows with everything that is begun. */
  begun = 0
  /** Worlds that must let programs run before their time moves on. */
  readonly worlds = new Set<() => void>()
  /** Work of the platform that no list of Node shows. */
  readonly pending = new Map<string, number>()
  /** Others from whom something may come, until so many milliseconds of the machine's time. */
  readonly waits = new Set<{ readonly untilMs: number }>()

  begin(): void {
    this.begun++
    for (const noteWake of this.worlds) noteWake()
  }

  /** Something that has begun goes on in a turn that worlds wait for already. */
  goOn(): void { this.begun++ }

  /** Work of the platform begins; the answer ends it. */
  start(what: string): () => void {
    this.begin()
    this.pending.set(what, (this.pending.get(what) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.begin()
      const left = (this.pending.get(what) ?? 1) - 1
      if (left === 0) this.pending.delete(what)
      else this.pending.set(what, left)
    }
  }
}

export const activity = new Activity()

/** Turns that worlds wait for. */
let ownTurns = 0

function isWaiting(): boolean {
  for (const wait of activity.waits) {
    if (wait.untilMs > nativeNow()) return true
    activity.waits.delete(wait)
  }
  return false
}

/** Immediates too: a library that kept Node's own `setImmediate` before the kit came is not counted in `begun`. */
function isPlatformBusy(): boolean {
  if (activity.pending.size > 0 || isWaiting()) return true
  let immediates = 0
  for (const each of process.getActiveResourcesInfo()) {
    if (each === 'Immediate') immediates++
    else if (REQUESTS.test(each)) return true
  }
  return immediates > ownTurns
}

/** Two turns of the event loop in which nothing begins and nothing is pending. */
class Settling {
  private readonly resolve: () => void
  private seen = activity.begun
  private quiet = 0
  private waited = 0

  constructor(resolve: () => void) {
    this.resolve = resolve
    this.ask()
  }

  private readonly ask = (): void => {
    ownTurns++
    NATIVE_TIMERS.setImmediate(this.turn)
  }

  private readonly turn = (): void => {
    ownTurns--
    this.quiet = this.seen === activity.begun ? this.quiet + 1 : 0
    this.seen = activity.begun
    if (this.quiet < QUIET_TURNS) {
      this.ask()
      return
    }
    if (!isPlatformBusy()) {
      this.resolve()
      return
    }
    this.quiet = 0
    this.waited++
    if (this.waited > BUSY_TURNS) NATIVE_TIMERS.setTimeout(this.ask, 1)
    else this.ask()
  }
}

/** Waits until two turns of the event loop pass in which nothing begins and nothing is pending. */
export function settled(): Promise<void> { return new Promise(resolve => { new Settling(resolve) }) }
