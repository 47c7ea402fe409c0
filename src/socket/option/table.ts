// How socket options are written down: one row each with its POSIX name, its number, how it reads and how it is set. A
// value travels as the bytes a C program passes; Linux's rules for lengths are kept here, once.

import type { Errno } from '../../base/errno.ts'

export interface OptionRow<T> {
  readonly name: string
  readonly id: number
  /** A number stands for an int; `request` is what the caller's buffer held. Absent: ENOPROTOOPT. */
  readonly get?: (target: T, length: number, request: Uint8Array) => number | Uint8Array | Errno
  /** Absent: ENOPROTOOPT. */
  readonly set?: (target: T, value: Uint8Array) => 0 | Errno
}

export type OptionTable<T> = ReadonlyMap<number, OptionRow<T>>

const NOTHING = new Uint8Array(0)

export function optionTable<T>(rows: readonly OptionRow<T>[]): OptionTable<T> {
  return new Map(rows.map(row => [row.id, row]))
}

/** A little-endian int; shorter values read as 0. */
export function intValue(value: Uint8Array, at: number = 0): number {
  if (value.length < at + 4) return 0
  return value[at] | (value[at + 1] << 8) | (value[at + 2] << 16) | (value[at + 3] << 24)
}

export function intBytes(value: number): Uint8Array { return putInt(new Uint8Array(4), value) }

/** Options keep no bytes that stand for an int: the caller may use its own again. */
export function putInt(bytes: Uint8Array, value: number): Uint8Array {
  bytes[0] = value
  bytes[1] = value >> 8
  bytes[2] = value >> 16
  bytes[3] = value >> 24
  return bytes
}

export function structBytes(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length)
  for (const [index, word] of words.entries()) bytes.set(intBytes(word), 4 * index)
  return bytes
}

/** A number with its bytes in the network's order. */
export function swap32(n: number): number {
  return (n << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)
}

/** An int option: EINVAL for fewer than four bytes. */
export function intRow<T>(name: string, id: number, get: (target: T) => number | Errno,
  set?: (target: T, value: number) => 0 | Errno): OptionRow<T> {
  return {
    name, id, get,
    ...set === undefined ? {} : { set: (target: T, value: Uint8Array) => value.length < 4 ? 'EINVAL' : set(target, intValue(value)) },
  }
}

/** An int option that knows only on and off. */
export function flagRow<T>(name: string, id: number, get: (target: T) => boolean, set: (target: T,
  on: boolean) => 0 | Errno): OptionRow<T> {
  return intRow(name, id, target => get(target) ? 1 : 0, (target, value) => set(target, value !== 0))
}

export function getFrom<T>(table: OptionTable<T>, target: T, id: number, length: number,
  request: Uint8Array = NOTHING): Uint8Array | Errno {
  if (!Number.isInteger(length) || length < 0) return 'EINVAL'
  const get = table.get(id)?.get
  if (get === undefined) return 'ENOPROTOOPT'
  const value = get(target, length, request)
  if (typeof value === 'string') return value
  const bytes = typeof value === 'number' ? intBytes(value) : value
  return bytes.length <= length ? bytes : bytes.subarray(0, length)
}

export function setIn<T>(table: OptionTable<T>, target: T, id: number, value: Uint8Array): 0 | Errno {
  return table.get(id)?.set?.(target, value) ?? 'ENOPROTOOPT'
}
