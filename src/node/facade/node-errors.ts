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

/** `read ECONNRESET`. */
export function errnoException(errno: Errno, syscall: string): SystemError {
  return Object.assign(new Error(`${syscall} ${errno}`), { errno: uvNumber(errno), code: errno, syscall })
}
