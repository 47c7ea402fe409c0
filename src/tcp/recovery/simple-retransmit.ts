// The path carries less than we thought (RFC 1191 6.5): what no longer fits counts as lost, but not as congestion.

import { LOST } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { markLost, segmentLen } from './records.ts'
import { currentSsthresh, setCongestionState } from './reduction.ts'

/** `mss` is the new segment size. True when something is to be sent again. */
export function markTooLarge(tcp: TcpSock, mss: number): boolean {
  const { loss, window, snd } = tcp
  for (let record = tcp.sendQueue.flightFirst; record?.wasSent === true; record = record.next) {
    if (segmentLen(record) > mss && (record.marks & LOST) === 0) markLost(tcp, record)
  }
  loss.retransmitHint = undefined
  if (loss.lostSegs === 0) return false
  if (window.state !== 'loss') {
    loss.highSeq = snd.nxt
    window.ssthresh = currentSsthresh(tcp)
    loss.priorSsthresh = 0
    loss.hasUndo = false
    setCongestionState(tcp, 'loss')
  }
  return true
}
