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

export const UV_EOF = -4095

/** `read ECONNRESET`. Its stack is one call deep, as that of Node's own, which comes from the loop and from no program. */
export function errnoException(errno: Errno, syscall: string): SystemError {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = Math.min(limit, 1)
  const error = new Error(`${syscall} ${errno}`) as SystemError
  Error.stackTraceLimit = limit
  error.errno = uvNumber(errno)
  error.code = errno
  error.syscall = syscall
  return error
}
