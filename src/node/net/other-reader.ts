// Node's net reads its handles by one function; HTTP agents of later versions put another in its place while a socket is idle, which ends
// a socket that anything arrives on. Such readers find the count in a field of native code: a native stream tells it to them.

import { SYMBOLS } from './internals.ts'
import type { InnerSocket } from './internals.ts'
import { newJsStream } from './js-stream.ts'

/** `bytes` undefined at the end, whatever it came of. */
export function tellOtherReader(reader: unknown, socket: InnerSocket, bytes: Uint8Array | undefined): void {
  const stream = newJsStream()
  stream[SYMBOLS.owner] = socket
  stream.onread = reader
  if (bytes === undefined) stream.emitEOF()
  else stream.readBuffer(bytes)
}
