// Turns of Node's loop. Those that would follow one another directly share an immediate, which costs as much as a small callback:
// a world in which ten hosts are told something at the same instant needs one. Nothing of anybody else's changes its place.

import nodeTimers from 'node:timers'

/** What is due in a turn. It leaves no ticks and promises behind (dispatcher.ts). */
export interface Due { takeTurn(): void }

/** As they are when this file is loaded: the test kit changes them for programs, fake timers for tests. */
const { setImmediate, clearImmediate } = nodeTimers

/** How many batches follow one another before Node's loop gets a turn, which costs as much as several of them. */
const MOST_AT_ONCE = 16

/** Node's immediates stand in a list: null for no neighbour. Those of a turn are taken out of it all at once when it begins. */
interface Listed { readonly _idlePrev?: object | null, readonly _idleNext?: object | null }

function isLast(immediate: NodeJS.Immediate): boolean { return (immediate as Listed)._idleNext === null }
function isFirst(immediate: NodeJS.Immediate): boolean { return (immediate as Listed)._idlePrev === null }

class Batch {
  readonly due: Due[] = []
  readonly immediate: NodeJS.Immediate

  constructor() { this.immediate = setImmediate(take, this) }

  /** What throws ends the batch: the rest comes in the next one. */
  run(): void {
    if (open === this) open = undefined
    const { due } = this
    let next = 0
    try {
      while (next < due.length) due[next++].takeTurn()
    } finally {
      for (; next < due.length; next++) askTurn(due[next])
    }
  }
}

/** The latest one, until it begins. */
let open: Batch | undefined = undefined

export function askTurn(due: Due): void {
  if (open === undefined || !isLast(open.immediate)) open = new Batch()
  open.due.push(due)
}

/** Batches follow one another at once as long as nothing else of this process is due in between: hosts of one process answer each other. */
function take(batch: Batch): void {
  const isAlone = isLast(batch.immediate)
  batch.run()
  for (let count = 1; isAlone && count < MOST_AT_ONCE; count++) {
    const next = open
    if (next === undefined || !isFirst(next.immediate)) return
    clearImmediate(next.immediate)
    next.run()
  }
}
