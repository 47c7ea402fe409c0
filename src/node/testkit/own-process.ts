// `process`, as far as each host has its own: exit ends the host's programs, and events (signals, uncaught errors, exit) are those
// of the host whose program listens.

import { EventEmitter } from 'node:events'
import { Patches } from '../builtins/patches.ts'
import { currentLife } from './life.ts'
import type { Life } from './life.ts'
import { watchWorker } from './outsiders.ts'

type AnyFunction = (...args: unknown[]) => unknown

/** Methods that ask or change who listens. */
const LISTENING = [
  'on', 'addListener', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeListener', 'removeAllListeners', 'listeners', 'rawListeners',
  'listenerCount', 'eventNames',
] as const
const UNCAUGHT: readonly unknown[] = ['uncaughtException', 'unhandledRejection']

export function ownEvents(life: Life): EventEmitter {
  const known = life.own.get(process) as EventEmitter | undefined
  const events = known ?? new EventEmitter()
  if (known === undefined) life.own.set(process, events)
  return events
}

export function patchProcess(): () => void {
  const patches = new Patches()
  for (const name of LISTENING) {
    const native = process[name] as unknown as AnyFunction
    patches.set(process, name, function listen(this: unknown, ...args: unknown[]): unknown {
      const life = currentLife()
      if (life === undefined || this !== process) return native.apply(this, args)
      const events = ownEvents(life)
      const answer = (events as unknown as Record<string, AnyFunction>)[name](...args)
      return answer === events ? process : answer
    })
  }
  const emit = process.emit as unknown as AnyFunction
  patches.set(process, 'emit', function emitHere(this: unknown, ...args: unknown[]): unknown {
    const [event, error] = args
    const life = currentLife()
    if (life === undefined || this !== process) return emit.apply(this, args)
    if (event === 'uncaughtExceptionMonitor') return false
    if (event === 'worker') watchWorker(error as object, life)
    if (!UNCAUGHT.includes(event)) return ownEvents(life).emit(...args as [string])
    life.onUncaught(error, String(event))
    return true
  })
  // Whatever a host's program throws is heard of by its world, whoever of the program listens.
  const hasCapture = process.hasUncaughtExceptionCaptureCallback.bind(process)
  patches.set(process, 'hasUncaughtExceptionCaptureCallback', () => currentLife() !== undefined || hasCapture())
  const exit = process.exit.bind(process)
  patches.set(process, 'exit', (code?: number | string) => {
    const life = currentLife()
    if (life === undefined) return exit(code)
    const number = Number(code ?? process.exitCode ?? 0)
    ownEvents(life).emit('exit', number)
    return life.onExit(number)
  })
  return () => { patches.revert() }
}
