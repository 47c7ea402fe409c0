// Child processes and worker threads that a program of a world starts. They live in real time and know nothing of the world,
// whose time stands still for them: a second at most after they were begun or told something, or until they answer or exit.

import { ChildProcess } from 'node:child_process'
import { Patches } from '../builtins/patches.ts'
import { activity } from './activity.ts'
import { currentLife } from './life.ts'
import type { Life } from './life.ts'
import { nativeNow } from './natives.ts'

const PATIENCE_MS = 1000
/** After an answer or the exit: what belongs to it comes at once. */
const REST_MS = 20

type AnyFunction = (...args: unknown[]) => unknown

class Outsider {
  untilMs = 0
  private wasTold = false
  private readonly life: Life
  private readonly kill: () => void

  constructor(life: Life, kill: () => void) {
    this.life = life
    this.kill = kill
    life.active++
    outsidersOf(life).add(this)
    this.wait(PATIENCE_MS)
  }

  readonly told = (): void => {
    this.wasTold = true
    this.wait(PATIENCE_MS)
  }

  /** One that nobody has asked anything may go on talking: its exit is its answer. */
  readonly heard = (): void => { this.wait(this.wasTold ? REST_MS : PATIENCE_MS) }

  readonly gone = (): void => {
    if (!outsidersOf(this.life).delete(this)) return
    this.life.active--
    this.wait(REST_MS)
  }

  end(): void {
    this.gone()
    activity.waits.delete(this)
    this.kill()
  }

  private wait(forMs: number): void {
    activity.begin()
    this.untilMs = nativeNow() + forMs
    activity.waits.add(this)
  }
}

function outsidersOf(life: Life): Set<Outsider> {
  const known = life.own.get(Outsider) as Set<Outsider> | undefined
  if (known !== undefined) return known
  const outsiders = new Set<Outsider>()
  life.own.set(Outsider, outsiders)
  return outsiders
}

/** Notes calls of methods of one object; their answers stay as they are. */
function tap(target: object | null | undefined, names: readonly string[], note: (event: unknown) => void): void {
  for (const name of names) {
    const native = (target as Record<string, unknown> | null | undefined)?.[name]
    if (typeof native !== 'function') continue
    Object.defineProperty(target, name, {
      configurable: true, writable: true, enumerable: false,
      value(this: unknown, ...args: unknown[]): unknown {
        note(args[0])
        return (native as AnyFunction).apply(this, args)
      },
    })
  }
}

function watch(emitter: object, life: Life, kill: () => void): Outsider {
  const outsider = new Outsider(life, kill)
  tap(emitter, ['emit'], event => {
    if (event === 'message') outsider.heard()
    else if (event === 'exit') outsider.gone()
  })
  tap(emitter, ['send', 'postMessage'], outsider.told)
  return outsider
}

/** A worker thread tells of itself: `process` emits it. */
export function watchWorker(worker: object & { terminate?(): unknown }, life: Life): void {
  watch(worker, life, () => { worker.terminate?.() })
}

function watchChild(child: ChildProcess, life: Life): void {
  const outsider = watch(child, life, () => { child.kill('SIGKILL') })
  tap(child.stdin, ['write', 'end'], outsider.told)
  tap(child.stdout, ['push'], outsider.heard)
}

/** The host is gone, and what its programs started with it. */
export function endOutsiders(life: Life): void { for (const each of outsidersOf(life)) each.end() }

export function patchChildren(): () => void {
  const patches = new Patches()
  const prototype = ChildProcess.prototype as unknown as Record<string, AnyFunction>
  const native = prototype.spawn
  patches.set(prototype, 'spawn', function spawn(this: ChildProcess, ...args: unknown[]): unknown {
    const answer = native.apply(this, args)
    const life = currentLife()
    if (life !== undefined && this.pid !== undefined) watchChild(this, life)
    return answer
  })
  return () => { patches.revert() }
}
