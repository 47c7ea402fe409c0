// Connections that Node keeps open for later requests belong to the host that made them: http.globalAgent, https.globalAgent and the
// dispatcher of fetch (undici) are one for each host.

import nodeHttp from 'node:http'
import nodeHttps from 'node:https'
import { createRequire } from 'node:module'
import { Patches } from '../builtins/patches.ts'
import { currentLife } from './life.ts'
import type { Life } from './life.ts'
import { NATIVE_TIMERS } from './natives.ts'

type AnyFunction = (...args: unknown[]) => unknown

interface InnerAgent { addRequest: AnyFunction, options: object, constructor: new (options: object) => InnerAgent }
interface Dispatcher { dispatch: AnyFunction, close: AnyFunction, destroy: AnyFunction, constructor: new () => Dispatcher }

const first = { isOver: false }
const DISPATCHER = Symbol.for('undici.globalDispatcher.1')

function ownOf<T>(life: Life, standsFor: unknown, make: () => T): T {
  if (!life.own.has(standsFor)) life.own.set(standsFor, make())
  return life.own.get(standsFor) as T
}

function patchGlobalAgent(patches: Patches, exports: object, global: InnerAgent): void {
  const own = (life: Life): InnerAgent => ownOf(life, global, () => new global.constructor({ ...global.options }))
  patches.set(global, 'addRequest', function addRequest(this: InnerAgent, ...args: unknown[]): unknown {
    const life = currentLife()
    if (life === undefined) return global.constructor.prototype.addRequest.apply(this, args) as unknown
    const agent = own(life)
    ;(args[0] as { agent: unknown }).agent = agent
    return agent.addRequest(...args)
  })
  patches.define(exports, 'globalAgent', () => { const life = currentLife(); return life === undefined ? global : own(life) }, value => {
    const life = currentLife()
    if (life !== undefined) life.own.set(global, value)
  })
}

/** What fetch asks for a connection: one of the host's. */
class OwnDispatcher {
  private readonly shared: Dispatcher
  constructor(shared: Dispatcher) { this.shared = shared }

  private get here(): Dispatcher {
    const life = currentLife()
    return life === undefined ? this.shared : ownOf(life, DISPATCHER, () => new this.shared.constructor())
  }

  dispatch(...args: unknown[]): unknown { return this.here.dispatch(...args) }
  close(...args: unknown[]): unknown { return this.here.close(...args) }
  destroy(...args: unknown[]): unknown { return this.here.destroy(...args) }
}

function patchDispatcher(patches: Patches): void {
  const globals = globalThis as unknown as Record<symbol, Dispatcher | undefined>
  // Node loads its undici, which sets the dispatcher, when one of its classes is first asked for.
  void globalThis.Headers
  const shared = globals[DISPATCHER]
  if (shared === undefined || shared instanceof OwnDispatcher) return
  const own = new OwnDispatcher(shared)
  globals[DISPATCHER] = own as unknown as Dispatcher
  patches.add(() => { if (globals[DISPATCHER] as unknown === own) globals[DISPATCHER] = shared })
}

export async function patchAgents(): Promise<() => void> {
  const patches = new Patches()
  const require = createRequire(import.meta.url)
  patchGlobalAgent(patches, require('node:http') as object, nodeHttp.globalAgent as unknown as InnerAgent)
  patchGlobalAgent(patches, require('node:https') as object, nodeHttps.globalAgent as unknown as InnerAgent)
  patchDispatcher(patches)
  // What undici began to compile when it was loaded may finish, once.
  if (!first.isOver) await new Promise(resolve => { NATIVE_TIMERS.setTimeout(resolve, 5) })
  first.isOver = true
  return () => { patches.revert() }
}
