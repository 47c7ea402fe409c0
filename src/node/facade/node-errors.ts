// The error objects Node makes of a failed call: code, errno, syscall, address, port and its message texts.

import { errnoNumber } from '../../base/errno.ts'
import type { Errno } from '../../base/errno.ts'

export interface SystemError extends Error {
  code: string
  errno: number
  syscall: string
  address?: string
  port?: number
}

/** libuv's number for an errno: negative, as handles answer. */
export function uvNumber(errno: Errno): number { return -errnoNumber(errno) }

/** Where Node's own errors say they come from. */
const CALLERS: Readonly<Record<string, string>> = {
  read: 'TCP.onStreamRead (node:internal/stream_base_commons)', write: 'WriteWrap.onWriteComplete (node:internal/stream_base_commons)',
  accept: 'TCP.onconnection (node:net)',
}

export const UV_EOF = -4095

/**
 * `read ECONNRESET`. Its stack is one call deep, as that of Node's own, which comes from the loop and from no program; it is written
 * here, as to have it taken and drawn costs as much as a segment on its whole way.
 */
export function errnoException(errno: Errno, syscall: string): SystemError {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = undefined as unknown as number
  const error = new Error(`${syscall} ${errno}`) as SystemError
  Error.stackTraceLimit = limit
  const at = limit > 0 ? `\n    at ${CALLERS[syscall] ?? CALLERS.read}` : ''
  error.stack = `Error: ${syscall} ${errno}${at}`
  error.errno = uvNumber(errno)
  error.code = errno
  error.syscall = syscall
  return error
}
