// Sends the tail loss probe (RFC 8985 7.3, 7.3a, 7.3b): new data if there is some, else the last segment again.

import { payloadLen } from '../tcb/send-queue.ts'
import { NAGLE_OFF } from '../tcb/sequence-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { fragment } from '../recovery/records.ts'
import { rearmRto } from '../recovery/tail-loss-probe.ts'
import { fitsWindow, writeXmit } from './next-segment.ts'
import { repeatRecord } from './retransmit.ts'
import { currentMss } from './segment-size.ts'

export function sendLossProbe(tcp: TcpSock, now: number): void {
  const { loss, snd, timers } = tcp
  // One probe at a time.
  if (!loss.isTlpOut && sendProbe(tcp, now)) {
    loss.isTlpOut = true
    loss.tlpHighSeq = snd.nxt
    tcp.namespace.mib.tcpExt.TCPLossProbes++
    timers.kind = 'idle'
  }
  rearmRto(tcp, now)
}

function sendProbe(tcp: TcpSock, now: number): boolean {
  const { loss, sendQueue } = tcp
  const mss = currentMss(tcp)
  loss.isTlpRetransmit = false
  const { unsent } = sendQueue
  if (unsent !== undefined && fitsWindow(tcp, unsent, payloadLen(unsent), mss)) {
    const before = loss.outSegs
    writeXmit(tcp, mss, NAGLE_OFF, 'probe', now)
    return loss.outSegs > before
  }
  let last = sendQueue.flightLast
  if (last === undefined) return false
  if (last.segs > 1 && payloadLen(last) > (last.segs - 1) * mss) {
    last = fragment(tcp, last, (last.segs - 1) * mss, mss)
  }
  if (!repeatRecord(tcp, last, 1, 'loss probe', now)) return false
  loss.isTlpRetransmit = true
  return true
}
