// SOL_SOCKET settings that rarely change. Every fresh sock shares one record; `Sock.setOptions` gives it a copy of its own, so
// that a million idle socks do not carry a million sets of defaults. Only the types forbid to write to it: what is frozen is
// copied by V8 ten times more slowly.

import type { PacketFilter } from '../wire/bpf/filter.ts'

export interface SockOptions {
  readonly reuseAddress: boolean
  readonly reusePort: boolean
  readonly keepAlive: boolean
  readonly broadcast: boolean
  readonly oobInline: boolean
  readonly dontRoute: boolean
  readonly debug: boolean
  readonly noCheck: boolean
  readonly zeroCopy: boolean
  readonly passCredentials: boolean
  readonly receiveQueueOverflow: boolean
  readonly selectErrorQueue: boolean
  readonly priority: number
  readonly mark: number
  /** SO_RCVMARK, SO_RCVPRIORITY: what the sender's were is told. */
  readonly receiveMark: boolean
  readonly receivePriority: boolean
  /** Bytes that make a stream readable. */
  readonly receiveLowWater: number
  /** Microseconds, 0 for no time-out. */
  readonly receiveTimeoutUs: number
  readonly sendTimeoutUs: number
  /** SO_TIMESTAMP, SO_TIMESTAMPNS, and the bits of SO_TIMESTAMPING. */
  readonly timestamp: 'off' | 'us' | 'ns'
  /** By SO_TIMESTAMP_NEW and its like: the same values under other numbers. */
  readonly timestampNew: boolean
  readonly timestampingFlags: number
  readonly peekOffset: number
  /** Bytes a second, Infinity for none. */
  readonly maxPacingRate: number
  /** SO_ATTACH_FILTER, and SO_LOCK_FILTER: it stays. */
  readonly filter: PacketFilter | undefined
  readonly filterLocked: boolean
  /** SO_BINDTODEVICE of a sock that has no flow, 0 for none. */
  readonly deviceIndex: number
}

export const DEFAULT_SOCK_OPTIONS: SockOptions = {
  reuseAddress: false, reusePort: false, keepAlive: false, broadcast: false, oobInline: false, dontRoute: false, debug: false,
  noCheck: false,
  zeroCopy: false, passCredentials: false, receiveQueueOverflow: false, selectErrorQueue: false,
  priority: 0, mark: 0, receiveMark: false, receivePriority: false,
  receiveLowWater: 1, receiveTimeoutUs: 0, sendTimeoutUs: 0, timestamp: 'off', timestampNew: false, timestampingFlags: 0, peekOffset: -1, maxPacingRate: Infinity,
  filter: undefined, filterLocked: false, deviceIndex: 0,
}
