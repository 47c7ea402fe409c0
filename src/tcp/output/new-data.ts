// A record left for the first time (Linux: tcp_event_new_data_sent): it is in flight now.

import { startChrono } from '../tcb/chrono.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

/** True when a timer must begin to watch it: a loss probe where one may be sent, else the retransmission timer. */
export function onNewDataSent(tcp: TcpSock, record: SendRecord, now: number): boolean {
  const { loss, snd, sendQueue, timers } = tcp
  const wasEmpty = loss.outSegs === 0
  sendQueue.advance(record)
  sendQueue.markSent(record)
  record.wasSent = true
  snd.nxt = record.endSeq
  loss.highestSacked ??= loss.sackedSegs > 0 ? record : undefined
  loss.outSegs += record.segs
  startChrono(tcp, 'busy', now)
  tcp.namespace.mib.tcpExt.TCPOrigDataSent += record.segs
  return wasEmpty || timers.kind === 'loss probe'
}
