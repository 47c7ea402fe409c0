// Chance for each host from the world's seed, where a world asks for it: Math.random, crypto.random*, UUIDs. Libraries keep these
// functions at their first loading, so they stand in for Node's from the moment the kit is loaded and ask whose call it is.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import nodeCrypto from 'node:crypto'
import type { Random } from '../../base/random.ts'
import { currentLife } from './life.ts'

type AnyFunction = (...args: unknown[]) => unknown

/** By which a life finds its stream. */
export const CHANCE = Symbol('chance')

function chance(): Random | undefined { return currentLife()?.own.get(CHANCE) as Random | undefined }

function bytesOf(view: ArrayBufferView | ArrayBuffer, offset: number = 0, size?: number): Uint8Array {
  const whole = ArrayBuffer.isView(view) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(view)
  return whole.subarray(offset, size === undefined ? undefined : offset + size)
}

function uuid(random: Random): string {
  const bytes = new Uint8Array(16)
  random.bytes(bytes)
  bytes[6] = bytes[6] & 15 | 0x40
  bytes[8] = bytes[8] & 63 | 0x80
  return Buffer.from(bytes).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function below(random: Random, size: number): number { return size <= 2 ** 32 ? random.below(size) : Math.floor(random.float() * size) }

function answer(callback: unknown, value: unknown): unknown {
  if (typeof callback !== 'function') return value
  setImmediate(callback as (...args: unknown[]) => void, null, value)
  return undefined
}

/** Ours by name; the native function gets the call where there is no seed. */
const SEEDED: Readonly<Record<string, (random: Random, args: readonly unknown[]) => unknown>> = {
  randomBytes: (random, [size, callback]) => {
    const bytes = Buffer.alloc(Number(size))
    random.bytes(bytes)
    return answer(callback, bytes)
  },
  randomFillSync: (random, [view, offset, size]) => {
    random.bytes(bytesOf(view as ArrayBufferView, (offset ?? 0) as number, size as number | undefined))
    return view
  },
  randomFill: (random, args) => {
    const [view, offset, size] = args.filter(each => typeof each !== 'function')
    random.bytes(bytesOf(view as ArrayBufferView, (offset ?? 0) as number, size as number | undefined))
    return answer(args.at(-1), view)
  },
  randomInt: (random, args) => {
    const [first, second] = args.filter(each => typeof each === 'number')
    const [min, max] = second === undefined ? [0, first] : [first, second]
    return answer(args.at(-1), min + below(random, max - min))
  },
  randomUUID: random => uuid(random),
  getRandomValues: (random, [view]) => {
    random.bytes(bytesOf(view as ArrayBufferView))
    return view
  },
}

function standIn(target: object, name: string): void {
  const native = (target as Record<string, AnyFunction>)[name]
  const seeded = SEEDED[name]
  const call = function call(this: unknown, ...args: unknown[]): unknown {
    const random = chance()
    return random === undefined ? native.apply(this === call ? target : this, args) : seeded(random, args)
  }
  Object.defineProperty(call, 'name', { value: name })
  const before = Object.getOwnPropertyDescriptor(target, name)
  if (before?.configurable === false) {
    if (before.writable === true) (target as Record<string, AnyFunction>)[name] = call
    return
  }
  Object.defineProperty(target, name, { value: call, configurable: true, writable: true, enumerable: true })
}

function install(): void {
  const crypto = createRequire(import.meta.url)('node:crypto') as object
  for (const name of Object.keys(SEEDED)) standIn(crypto, name)
  for (const name of ['getRandomValues', 'randomUUID']) standIn(nodeCrypto.webcrypto, name)
  const { random } = Math
  Math.random = () => chance()?.float() ?? random()
  syncBuiltinESMExports()
}

install()
