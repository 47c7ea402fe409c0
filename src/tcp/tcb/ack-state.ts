// What is owed to the peer as acknowledgement, and Linux's two modes: quick (the first segments of a connection, ACK each)
// and interactive ("ping-pong", delay in the hope of a reply to ride on).

/** Owed; the timer runs; pushed by two full segments or PSH; must go at once. */
export const ACK_SCHEDULED = 1
export const ACK_TIMER = 2
export const ACK_PUSHED = 4
export const ACK_PUSHED_AGAIN = 8
export const ACK_NOW = 16
/** Data was refused for want of memory: the window is closed. */
export const ACK_NO_MEMORY = 32

export const MAX_QUICK_ACKS = 16
export const ATO_MIN_US = 40_000
export const DELAYED_ACK_MIN_US = 40_000
// RFC 9293 MUST-40, RFC 5681 4.2b: never delay an ACK by half a second or more.
export const DELAYED_ACK_MAX_US = 200_000
/** Replies in a row that make a connection interactive (Linux: TCP_PINGPONG_THRESH). */
export const PINGPONG_THRESHOLD = 1

export class AckState {
  pending = 0
  /** ACKs still to be sent at once. */
  quick = 0
  pingpong = 0
  /** Estimated time between segments; 0 before the first. */
  atoUs = 0
  /** When data last arrived. */
  lastDataAt = 0
  timeoutAt = 0
  retries = 0
  /** Answers owed one each to duplicate and out-of-order segments, beside the one that merges. */
  duplicates = 0
  /** D-SACK to report with the next ACK (RFC 2883). */
  dsackStart = 0
  dsackEnd = 0
  hasDsack = false
  /** Out-of-window answers are limited (Linux: tcp_invalid_ratelimit). */
  lastInvalidAt = 0
  /** The next segment of a simultaneous open is a SYN-ACK. */
  synAckOwed = false
  /** SACK-compressed ACKs waiting (tcp_comp_sack_*). */
  compressed = 0
  compressedFor = 0

  get isInteractive(): boolean { return this.pingpong >= PINGPONG_THRESHOLD }
}
