// Ports: 16 bits, one space per protocol (row A4).

import type { Opaque } from '../opaque.ts'

export type Port = Opaque<number, 'Port'>

/** Throws RangeError outside 0..65535. */
export function port(n: number): Port {
  if (!Number.isInteger(n) || n < 0 || n > 65535) throw new RangeError(`no such port: ${n}`)
  return n as Port
}
