// A record left for the first time (Linux: tcp_event_new_data_sent): it is in flight now. Which timer watches it says the caller.

import { startChrono } from '../tcb/chrono.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export function onNewDataSent(tcp: TcpSock, record: SendRecord, now: number): void {
  const { loss, snd, sendQueue } = tcp
  sendQueue.advance(record)
  sendQueue.markSent(record)
  record.wasSent = true
  snd.nxt = record.endSeq
  loss.highestSacked ??= loss.sackedSegs > 0 ? record : undefined
  loss.outSegs += record.segs
  startChrono(tcp, 'busy', now)
  tcp.namespace.mib.tcpExt.TCPOrigDataSent += record.segs
}
