// Work that the platform does on threads of its own and that no list of Node shows: compressing, hashing passwords, making keys.
// Time waits for it.

import nodeCrypto from 'node:crypto'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import nodeZlib from 'node:zlib'
import { Patches } from '../builtins/patches.ts'
import { activity } from './activity.ts'

type AnyFunction = (...args: unknown[]) => unknown

/** Functions whose last argument is called when a thread is done. */
const CRYPTO = [
  'pbkdf2', 'scrypt', 'hkdf', 'randomBytes', 'randomFill', 'randomInt', 'generateKeyPair', 'generateKey', 'generatePrime', 'checkPrime', 'sign', 'verify',
] as const
const SUBTLE = [
  'encrypt', 'decrypt', 'sign', 'verify', 'digest', 'generateKey', 'deriveKey', 'deriveBits', 'importKey', 'exportKey', 'wrapKey', 'unwrapKey',
] as const

function callsBack(native: AnyFunction, what: string): AnyFunction {
  return function call(this: unknown, ...args: unknown[]): unknown {
    const callback = args.at(-1)
    if (typeof callback !== 'function') return native.apply(this, args)
    const done = activity.start(what)
    try {
      return native.call(this, ...args.slice(0, -1), (...given: unknown[]): unknown => {
        done()
        return (callback as AnyFunction)(...given)
      })
    } catch (error) {
      done()
      throw error
    }
  }
}

function promises(native: AnyFunction, what: string): AnyFunction {
  return function call(this: unknown, ...args: unknown[]): unknown {
    const done = activity.start(what)
    const answer = native.apply(this, args) as Promise<unknown>
    answer.then(done, done)
    return answer
  }
}

interface ZlibHandle { write: AnyFunction, init: AnyFunction }

/** A write of zlib is done when its handle calls back, once for each write. */
function patchZlib(patches: Patches): void {
  const streams = [nodeZlib.createDeflate(), nodeZlib.createBrotliCompress()] as unknown as { _handle: ZlibHandle, close(): void }[]
  for (const stream of streams) {
    const prototype = Object.getPrototypeOf(stream._handle) as ZlibHandle
    stream.close()
    const running = new WeakMap<object, () => void>()
    const { init, write } = prototype
    patches.set(prototype, 'init', function initHere(this: object, ...args: unknown[]): unknown {
      return init.apply(this, args.map(each => typeof each !== 'function' ? each : function called(this: object, ...given: unknown[]): unknown {
        running.get(this)?.()
        return (each as AnyFunction).apply(this, given)
      }))
    })
    patches.set(prototype, 'write', function writeHere(this: object, ...args: unknown[]): unknown {
      running.set(this, activity.start('zlib'))
      return write.apply(this, args)
    })
  }
}

export function patchPlatformWork(): () => void {
  const patches = new Patches()
  const crypto = createRequire(import.meta.url)('node:crypto') as Record<string, AnyFunction>
  for (const name of CRYPTO) patches.set(crypto, name, callsBack(crypto[name], `crypto.${name}`))
  const subtle = nodeCrypto.webcrypto.subtle as unknown as Record<string, AnyFunction>
  for (const name of SUBTLE) patches.set(subtle, name, promises(subtle[name].bind(subtle), `crypto.subtle.${name}`))
  patchZlib(patches)
  syncBuiltinESMExports()
  return () => {
    patches.revert()
    syncBuiltinESMExports()
  }
}
