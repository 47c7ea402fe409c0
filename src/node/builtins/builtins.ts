// Whole programs on our network: Node's own modules net, tls, dgram and dns, changed in place, so that everything that is
// built on them (http, https, http2, fetch, libraries of any module system) follows unchanged. Node's classes stay; what
// they stand on is one of our hosts whenever `stackOf` names one at the moment of a call (connect, listen, createSocket,
// lookup), and Node's own network when it names none. Descriptors and native handles (standard streams, child processes)
// stay Node's in any case.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { dgramClass, socketHandleMaker } from '../dgram/dgram.ts'
import type { DgramLookup } from '../dgram/dgram.ts'
import { activeListings } from '../facade/active-handles.ts'
import { asNative } from '../facade/as-native.ts'
import { createNodeModules } from '../facade/node-modules.ts'
import type { NodeModules } from '../facade/node-modules.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { NativeServer, NativeSocket } from '../net/internals.ts'
import { serverMethods } from '../net/server.ts'
import { socketMethods } from '../net/socket.ts'
import type { StackOf } from '../net/socket.ts'
import { refusePassing } from './no-passing.ts'
import { Patches } from './patches.ts'
import type { Exports } from './patches.ts'
import { patchTls } from './tls-bridge.ts'

/** The function `name` of Node or of the host in question; named and annotated as Node's own. */
function dispatching(native: (...args: unknown[]) => unknown, ours: () => ((...args: unknown[]) => unknown) | undefined): unknown {
  const dispatch = function dispatch(this: unknown, ...args: unknown[]): unknown {
    const chosen = ours() ?? native
    if (new.target === undefined) return Reflect.apply(chosen, this, args)
    return Reflect.construct(chosen, args, new.target === dispatch ? chosen : new.target) as unknown
  }
  dispatch.prototype = native.prototype
  return asNative(dispatch, native)
}

/** Puts `ours` behind each function of a module. */
function patchFunctions(patches: Patches, exports: Exports, ours: () => Exports | undefined): void {
  for (const name of Object.keys(exports)) {
    const native = exports[name]
    if (typeof native !== 'function') continue
    patches.set(exports, name, dispatching(native as never, () => ours()?.[name] as never))
  }
}

/** Changes the modules. Answers what puts everything back. */
export function installBuiltins(stackOf: StackOf): () => void {
  const require = createRequire(import.meta.url)
  const dgram = require('node:dgram') as Exports
  const dns = require('node:dns') as Exports
  const promises = dns.promises as Exports
  const patches = new Patches()
  const modules = new WeakMap<NodeStack, NodeModules>()
  const modulesOf = (stack: NodeStack): NodeModules => {
    const known = modules.get(stack) ?? createNodeModules(stack)
    modules.set(stack, known)
    return known
  }
  const here = (): NodeModules | undefined => {
    const stack = stackOf()
    return stack === undefined ? undefined : modulesOf(stack)
  }

  patches.setAll(NativeSocket.prototype, socketMethods(stackOf, undefined))
  patches.setAll(NativeServer.prototype, serverMethods(stackOf))
  const net = require('node:net') as Exports
  const madeHere = (): never => (here()?.net as unknown as Exports | undefined)?._createServerHandle as never
  patches.set(net, '_createServerHandle', dispatching(net._createServerHandle as never, madeHere))
  patches.add(patchTls(stackOf))
  patches.add(refusePassing())
  const { Socket: NativeDgramSocket } = dgram as { Socket: { prototype: object } }
  const Socket = dgramClass(stackOf, () => dns.lookup as DgramLookup, NativeDgramSocket.prototype)
  patches.set(NativeDgramSocket.prototype, 'constructor', Socket)
  patches.setAll(dgram, {
    Socket, createSocket: (type: unknown, listener: unknown) => new Socket(type, listener), ...socketHandleMaker(stackOf),
  })

  patchFunctions(patches, dns, () => here()?.dns)
  patchFunctions(patches, promises, () => here()?.dns.promises)
  const os = require('node:os') as Exports
  patches.set(os, 'networkInterfaces', dispatching(os.networkInterfaces as never, () => stackOf()?.interfaces))
  patches.setAll(process, activeListings(stackOf))
  syncBuiltinESMExports()
  return () => {
    patches.revert()
    syncBuiltinESMExports()
  }
}
