// A record left for the first time (Linux: tcp_event_new_data_sent): it is in flight now, and a timer watches it.

import { startChrono } from '../tcb/chrono.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { rearmRto } from '../recovery/tail-loss-probe.ts'

export function onNewDataSent(tcp: TcpSock, record: SendRecord, now: number): void {
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
  if (wasEmpty || timers.kind === 'loss probe') rearmRto(tcp, now)
}
