// What one ACK did (Linux: FLAG_*), gathered while it is processed and read by the decisions after it.

export const HAS_DATA = 0x01
export const WINDOW_UPDATED = 0x02
export const DATA_ACKED = 0x04
export const SYN_ACKED = 0x10
export const DATA_SACKED = 0x20
export const HAS_ECE = 0x40
export const LOST_RETRANSMIT = 0x80
/** Header prediction did not hold: look at window, SACK and ECN. */
export const SLOW_PATH = 0x100
/** Data that was never retransmitted was acknowledged below SND.NXT as of recovery's start. */
export const ORIGINAL_ACKED = 0x200
export const UNA_ADVANCED = 0x400
export const DSACKING = 0x800
export const SET_TIMER = 0x1000
export const SACK_RENEGING = 0x2000
export const UPDATE_TS_RECENT = 0x4000
export const NO_CHALLENGE = 0x8000
export const MAYBE_DELAYED = 0x10000
export const DSACK_OF_TLP = 0x20000
export const RETRANSMITTED_ACKED = 0x40000

export const ACKED = DATA_ACKED | SYN_ACKED
export const NOT_DUPLICATE = HAS_DATA | WINDOW_UPDATED | ACKED
export const ALERT = DATA_SACKED | HAS_ECE | DSACKING
export const FORWARD_PROGRESS = ACKED | DATA_SACKED
