// Sends a probe of path MTU (RFC 4821 7.3, RFC 8899; Linux: tcp_mtu_probe): the head of the unsent data as one segment of a
// size between what works and what may.

import * as seq from '../../base/seq.ts'
import { TX_STAMPS } from '../tcb/send-reports.ts'
import { ipHeaderLen, mssToMtu, mtuToMss } from '../tcb/mtu-probe.ts'
import type { MtuProbe } from '../tcb/mtu-probe.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { fragment } from '../recovery/records.ts'
import { onNewDataSent } from './new-data.ts'
import { currentMss } from './segment-size.ts'
import { transmitRecord } from './transmit.ts'

const MIN_CWND_SEGS = 11

/** `wait`: a probe is due and soon possible, nothing else is to go before it. */
export function probeMtu(tcp: TcpSock, probe: MtuProbe, now: number): 'none' | 'wait' | 'sent' {
  const { window, loss, snd, env } = tcp
  if (!probe.enabled || probe.probeSize !== 0 || window.state !== 'open' || window.cwndSegs < MIN_CWND_SEGS
    || tcp.outOfOrder.sackCount > 0 || tcp.ack.hasDsack) return 'none'
  const mss = currentMss(tcp)
  const size = mtuToMss(tcp, (probe.searchHigh + probe.searchLow) >> 1)
  const needed = size + (loss.reorderingSegs + 1) * snd.mss
  if (size > mtuToMss(tcp, probe.searchHigh) || probe.searchHigh - probe.searchLow < env.sysctl.probeThreshold.value) {
    searchAnew(tcp, probe, mss, now)
    return 'none'
  }
  if (seq.diff(snd.written, snd.nxt) < needed || snd.wnd < needed) return 'none'
  if (seq.gt(seq.add(snd.nxt, needed), seq.add(snd.una, snd.wnd))) return 'wait'
  if (loss.pipeSegs + 2 > window.cwndSegs) return loss.pipeSegs === 0 ? 'none' : 'wait'
  return mayGather(tcp, size) && sendProbe(tcp, probe, size, mss, now) ? 'sent' : 'none'
}

/** tcp_probe_interval after the search ended it begins again: paths change. */
function searchAnew(tcp: TcpSock, probe: MtuProbe, mss: number, now: number): void {
  if (now - probe.startedAt < tcp.env.sysctl.probeInterval.value * 1_000_000) return
  probe.probeSize = 0
  probe.searchHigh = tcp.snd.mssClamp + 20 + ipHeaderLen(tcp)
  probe.searchLow = mssToMtu(tcp, mss)
  probe.startedAt = now
}

/** Records may be joined for it: no MSG_EOR between them, no lent memory, no stamp awaited. */
function mayGather(tcp: TcpSock, size: number): boolean {
  if ((tcp.options.timestampingFlags & TX_STAMPS) !== 0) return false
  let left = size
  for (let record = tcp.sendQueue.unsent; record !== undefined && left > payloadLen(record); record = record.next) {
    if (record.eor || record.frags > 0 || record.next === undefined) return false
    left -= payloadLen(record)
  }
  return true
}

function sendProbe(tcp: TcpSock, probe: MtuProbe, size: number, mss: number, now: number): boolean {
  const { sendQueue, window } = tcp
  const record = sendQueue.unsent
  if (record === undefined) return false
  while (payloadLen(record) < size) sendQueue.absorbNext(record)
  if (payloadLen(record) > size) fragment(tcp, record, size, mss)
  record.segs = 1
  if (!transmitRecord(tcp, record, size, now)) return false
  // It takes the room of two.
  window.cwndSegs--
  onNewDataSent(tcp, record, now)
  probe.probeSize = mssToMtu(tcp, size)
  probe.probeStart = record.seq
  probe.probeEnd = record.endSeq
  return true
}
