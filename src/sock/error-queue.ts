// What MSG_ERRQUEUE hands out (Linux: struct sock_extended_err): ICMP errors under IP_RECVERR, local errors, zero-copy
// completions and transmit timestamps.

import type { Errno } from '../base/errno.ts'
import type { SocketAddress } from './socket-address.ts'

export const SO_EE_ORIGIN_LOCAL = 1
export const SO_EE_ORIGIN_ICMP = 2
export const SO_EE_ORIGIN_ICMP6 = 3
export const SO_EE_ORIGIN_TIMESTAMPING = 4
export const SO_EE_ORIGIN_ZEROCOPY = 5

export interface ErrorQueueEntry {
  /** undefined stands for ee_errno 0 (zero-copy). */
  readonly errno: Errno | undefined
  readonly origin: number
  readonly type: number
  readonly code: number
  readonly info: number
  readonly data: number
  readonly offender: SocketAddress | undefined
  /** Where the datagram that failed was going. */
  readonly destination: SocketAddress | undefined
  /** What it carried. */
  readonly payload: Uint8Array
  /** Timestamp in microseconds for SO_EE_ORIGIN_TIMESTAMPING, else 0. */
  readonly at: number
}
