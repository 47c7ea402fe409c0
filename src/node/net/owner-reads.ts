// What arrives on a handle goes to the socket that owns it, in the order and with the errors of Node's own onStreamRead.

import { isUint8Array } from 'node:util/types'
import { errnoFromNumber } from '../../base/errno.ts'
import type { Errno } from '../../base/errno.ts'
import { UV_EOF, errnoException } from '../facade/node-errors.ts'
import { letTurnsPass } from './http-turns.ts'
import { NATIVE_READER, SYMBOLS } from './internals.ts'
import type { InnerSocket } from './internals.ts'
import { tellOtherReader } from './other-reader.ts'

/** What reading needs of a handle. */
interface ReadingHandle {
  reading: boolean
  /** Node's own reader, or one that was put into its place. */
  readonly onread: unknown
  readStop(): number
  useUserBuffer(buffer: Uint8Array): void
}

export function statusException(status: number, syscall: string): Error {
  const errno: Errno = errnoFromNumber(-status) ?? 'EIO'
  return errnoException(errno, syscall)
}

export function ownerOf(handle: object): InnerSocket | undefined {
  return (handle as Record<symbol, InnerSocket | undefined>)[SYMBOLS.owner]
}

/** `bytes` undefined at end-of-file or an error (`status` negative). */
export function readForOwner(handle: ReadingHandle, bytes: Buffer | undefined, status: number): void {
  const socket = ownerOf(handle)
  if (socket === undefined) return
  if (handle.onread !== NATIVE_READER) {
    tellOtherReader(handle.onread, socket, bytes)
    return
  }
  socket._unrefTimer()
  if (bytes !== undefined) {
    if (socket.destroyed) return
    letTurnsPass(socket)
    deliver(socket, handle, bytes)
  } else if (status !== UV_EOF) {
    socket.destroy(statusException(status, 'read'))
  } else if (!socket._readableState.endEmitted) {
    socket.push(null)
    socket.read(0)
  }
}

function deliver(socket: InnerSocket, handle: ReadingHandle, bytes: Buffer): void {
  let goesOn: boolean
  if (socket[SYMBOLS.buffer] !== null) {
    goesOn = socket[SYMBOLS.bufferCallback](bytes.length, socket[SYMBOLS.buffer]) !== false
    const generate = socket[SYMBOLS.bufferGenerator] as (() => unknown) | null
    const next = generate === null ? undefined : generate()
    if (isUint8Array(next)) {
      socket[SYMBOLS.buffer] = next
      handle.useUserBuffer(next)
    }
  } else {
    goesOn = socket.push(bytes)
  }
  if (goesOn) return
  handle.reading = false
  if (!socket.destroyed) handle.readStop()
}
