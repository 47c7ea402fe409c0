// The zero window (RFC 9293 3.8.6.1): a probe after one RTO, then at doubling intervals, as long as the peer answers
// (MUST-36, MUST-37, SHLD-29, SHLD-30).

import * as seq from '../../base/seq.ts'
import { ACK, PSH } from '../../wire/tcp.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import { tooManyOrphans } from '../tcb/finish.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { probeWithinUserTimeout } from '../tcb/user-timeout.ts'
import { currentMss } from '../output/segment-size.ts'
import { fragment, setSegs } from '../recovery/records.ts'
import { rearmRto, startsRto } from '../recovery/tail-loss-probe.ts'
import { onNewDataSent } from '../output/new-data.ts'
import { transmitEmpty, transmitRecord } from '../output/transmit.ts'
import { giveUp, orphanRetries } from './give-up.ts'

/** Until a queue of this host's own is tried again (Linux: TCP_RESOURCE_PROBE_INTERVAL). */
export const LOCAL_CONGESTION_US = 500_000

export function onPersistTimeout(tcp: TcpSock, now: number): void {
  const { loss, rtt, env, connection, sendQueue } = tcp
  if (loss.outSegs > 0 || sendQueue.unsent === undefined) {
    loss.probesOut = 0
    loss.probesAt = 0
    return
  }
  if (loss.probesAt === 0) loss.probesAt = now
  else if (connection.userTimeoutMs > 0 && now - loss.probesAt >= connection.userTimeoutMs * 1000) {
    giveUp(tcp)
    return
  }
  let most = env.sysctl.retries2.value
  if (tcp.orphaned) {
    const isAlive = rtt.rtoUs * 2 ** rtt.backoff < rtt.rtoMaxUs
    most = orphanRetries(tcp, isAlive)
    if ((!isAlive && rtt.backoff >= most) || tooManyOrphans(tcp)) {
      giveUp(tcp)
      return
    }
  }
  // Answered probes do not count: the peer is there, its window is not (MUST-37).
  if (loss.probesOut >= most) giveUp(tcp)
  else sendProbe(tcp, now)
}

function sendProbe(tcp: TcpSock, now: number): void {
  const { loss, rtt, timers, env } = tcp
  const refusedBefore = tcp.namespace.queueRefusals
  const isCongestedHere = !wakeUpPeer(tcp, now) && tcp.namespace.queueRefusals !== refusedBefore
  if (loss.outSegs > 0 || tcp.sendQueue.unsent === undefined) {
    loss.probesOut = 0
    rtt.backoff = 0
    loss.probesAt = 0
    return
  }
  loss.probesOut++
  let waitUs: number
  if (isCongestedHere) {
    waitUs = LOCAL_CONGESTION_US
  } else {
    if (rtt.backoff < env.sysctl.retries2.value) rtt.backoff++
    waitUs = Math.min(Math.max(rtt.rtoUs, rtt.rtoMinUs) * 2 ** rtt.backoff, rtt.rtoMaxUs)
  }
  timers.armRetransmit('persist', now + probeWithinUserTimeout(tcp, waitUs, now))
}

/** Sends what the window allows, else an empty segment with an old number: it must be answered. */
export function wakeUpPeer(tcp: TcpSock, now: number): boolean {
  const { snd, sendQueue } = tcp
  const record = sendQueue.unsent
  if (record !== undefined && seq.lt(record.seq, seq.add(snd.una, snd.wnd))) {
    const mss = currentMss(tcp)
    const room = seq.diff(seq.add(snd.una, snd.wnd), record.seq)
    const length = payloadLen(record)
    if (room < length || length > mss) fragment(tcp, record, Math.min(room, mss), mss)
    else setSegs(record, mss)
    record.flags |= PSH
    // Not by the usual way, which would join it with what lies behind the window again.
    if (!transmitRecord(tcp, record, mss, now)) return false
    const rearms = startsRto(tcp)
    onNewDataSent(tcp, record, now)
    if (rearms) rearmRto(tcp, now)
    return true
  }
  tcp.namespace.mib.tcpExt.TCPWinProbe++
  return transmitEmpty(tcp, seq.add(snd.una, -1), ACK, now)
}
