// Time as two kinds of number: a duration in whole microseconds and an instant in microseconds since boot. Both fit a
// JavaScript number for 285 years.

import type { Opaque } from './opaque.ts'

export type Micros = Opaque<number, 'Micros'>
export type Instant = Opaque<number, 'Instant'>

export const NEVER = Number.MAX_SAFE_INTEGER as Instant

export function us(n: number): Micros { return n as Micros }
export function ms(n: number): Micros { return n * 1000 as Micros }
export function s(n: number): Micros { return n * 1_000_000 as Micros }
export function instant(n: number): Instant { return n as Instant }
export function after(from: Instant, duration: Micros): Instant { return from + duration as Instant }
export function elapsed(from: Instant, to: Instant): Micros { return to - from as Micros }
export function toMs(time: Micros | Instant): number { return time / 1000 }
