// Node's HTTP servers read from native handles in native code, and after each piece of a body ticks and promises run before
// the parser goes on. On our handles the same parser runs within one turn of JavaScript: this lets them run there too.

import { runTicksWithin } from '../facade/dispatcher.ts'
import type { InnerSocket } from './internals.ts'

type OnBody = (this: object, bytes: Uint8Array) => unknown

interface Parser {
  [index: number]: OnBody | undefined
  readonly constructor: { readonly kOnBody?: number }
}

const known = new WeakSet()

/** Before a server's socket is given bytes. Parsers are used again and again: each is prepared once. */
export function letTurnsPass(socket: InnerSocket): void {
  const { parser } = socket as { parser?: Parser | null }
  if (parser === undefined || parser === null || (socket.server ?? null) === null || known.has(parser)) return
  known.add(parser)
  const index = parser.constructor.kOnBody ?? -1
  const onBody = parser[index]
  if (typeof onBody !== 'function') return
  parser[index] = function onBodyThenTicks(bytes) {
    const result = onBody.call(this, bytes)
    const { socket: owner } = this as { socket?: InnerSocket | null }
    if ((owner?.server ?? null) !== null) runTicksWithin()
    return result
  }
}
