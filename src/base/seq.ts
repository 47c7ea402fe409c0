// Sequence numbers: a circle of 2^32 points (RFC 9293 3.4). Held as signed 32-bit integers so that V8 never boxes them,
// shown unsigned. The type is opaque: plain `+` and `-` do not compile, and lint refuses `<`.

export interface SeqNumber { readonly seqNumber: unique symbol }

/** The number taken modulo 2^32. */
export function seqOf(n: number): SeqNumber { return (n | 0) as unknown as SeqNumber }
/** 0 ... 4294967295, as the wire and people write it. */
export function toUint32(s: SeqNumber): number { return (s as unknown as number) >>> 0 }
export function toInt32(s: SeqNumber): number { return s as unknown as number }

export function add(s: SeqNumber, n: number): SeqNumber { return (((s as unknown as number) + n) | 0) as unknown as SeqNumber }
/** Signed distance from `b` to `a`, -2^31 ... 2^31 - 1. */
export function diff(a: SeqNumber, b: SeqNumber): number { return ((a as unknown as number) - (b as unknown as number)) | 0 }

export function lt(a: SeqNumber, b: SeqNumber): boolean { return (((a as unknown as number) - (b as unknown as number)) | 0) < 0 }
export function leq(a: SeqNumber, b: SeqNumber): boolean { return (((a as unknown as number) - (b as unknown as number)) | 0) <= 0 }
export function gt(a: SeqNumber, b: SeqNumber): boolean { return (((a as unknown as number) - (b as unknown as number)) | 0) > 0 }
export function geq(a: SeqNumber, b: SeqNumber): boolean { return (((a as unknown as number) - (b as unknown as number)) | 0) >= 0 }

/** `low` <= `x` <= `high` on the circle. */
export function between(low: SeqNumber, x: SeqNumber, high: SeqNumber): boolean {
  const start = low as unknown as number
  return (((high as unknown as number) - start) >>> 0) >= (((x as unknown as number) - start) >>> 0)
}

export function later(a: SeqNumber, b: SeqNumber): SeqNumber { return gt(a, b) ? a : b }
export function earlier(a: SeqNumber, b: SeqNumber): SeqNumber { return lt(a, b) ? a : b }
