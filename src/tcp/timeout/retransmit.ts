// The retransmission time-out (RFC 6298 5.4-5.7, 5a), the tail loss probe's and RACK's reordering time-out (RFC 8985).

import { detectLosses } from '../recovery/loss-detection.ts'
import { enterRecovery } from '../recovery/fast-recovery.ts'
import { proportionalReduction } from '../recovery/reduction.ts'
import { enterLoss } from '../recovery/rto-recovery.ts'
import { rearmRto } from '../recovery/tail-loss-probe.ts'
import { isFastChild } from '../tcb/fast-open.ts'
import { tooManyOrphans } from '../tcb/finish.ts'
import { suspectBlackHole } from '../tcb/mtu-probe.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { rtoWithinUserTimeout } from '../tcb/user-timeout.ts'
import { sendLossProbe } from '../output/loss-probe.ts'
import { retransmitLost, retransmitRecord } from '../output/retransmit.ts'
import { syncMss } from '../output/segment-size.ts'
import { checkBlackhole, onFastSynAckTimeout } from './fast-open.ts'
import { giveUp, isTimedOut, orphanRetries } from './give-up.ts'
import { LOCAL_CONGESTION_US } from './persist.ts'

export function onLossProbeTimeout(tcp: TcpSock, now: number): void { sendLossProbe(tcp, now) }

export function onReorderingTimeout(tcp: TcpSock, now: number): void {
  const { loss, window, timers, control } = tcp
  const before = loss.pipeSegs
  const lostBefore = loss.totalLost
  timers.kind = 'idle'
  detectLosses(tcp, now)
  if (before !== loss.pipeSegs) {
    if (window.state !== 'recovery') {
      enterRecovery(tcp, 0)
      if (!control.controlsWindow) proportionalReduction(tcp, 1, loss.totalLost - lostBefore, 0)
    }
    retransmitLost(tcp, now)
  }
  if (!timers.isWaitingFor('rto')) rearmRto(tcp, now)
}

export function onRetransmitTimeout(tcp: TcpSock, now: number): void {
  const { loss, timers, sendQueue, snd } = tcp
  if (isFastChild(tcp)) {
    onFastSynAckTimeout(tcp, now)
    return
  }
  if (loss.outSegs === 0) return
  const head = sendQueue.flightFirst
  if (head === undefined) return
  const isHandshake = tcp.state === 'SYN-SENT' || tcp.state === 'SYN-RECEIVED'
  if (snd.wnd === 0 && !tcp.orphaned && !isHandshake) {
    // RFC 9293 MUST-35, SHLD-17: the window was shrunk to zero under data in flight: the retransmission is its probe, and the
    // connection lasts as long as the peer answers.
    if (now - tcp.lastReceivedAt > probeLimitUs(tcp)) {
      giveUp(tcp)
      return
    }
    enterLoss(tcp, now)
    retransmitRecord(tcp, head, 1, 'rto', now)
    backOff(tcp, now, false)
    return
  }
  tcp.namespace.mib.tcpExt.TCPTimeouts++
  if (checkGiveUp(tcp, now)) return
  if (loss.retransmits === 0) countKind(tcp)
  enterLoss(tcp, now)
  if (loss.retransmits === 0) loss.rtoRecoveries++
  loss.retransmits++
  loss.rtoCount++
  const refusedBefore = tcp.namespace.queueRefusals
  if (!retransmitRecord(tcp, head, 1, 'rto', now) && tcp.namespace.queueRefusals !== refusedBefore) {
    // Congestion at home: no reason to back off, nor to press (Linux).
    timers.armRetransmit('rto', now + LOCAL_CONGESTION_US)
    return
  }
  // Once is no sign of congestion yet (Linux): RFC 5681 3.1f allows for a spurious time-out.
  if (isHandshake && loss.totalRetransmits > 1) tcp.synRetransmitted = true
  backOff(tcp, now, isHandshake && tcp.state === 'SYN-SENT')
}

/** RFC 9293 MUST-19, RFC 6298 5.5, but the first few SYNs keep the pace (tcp_syn_linear_timeouts). */
function backOff(tcp: TcpSock, now: number, isSyn: boolean): void {
  const { rtt, loss, timers, env } = tcp
  const isLinear = isSyn && rtt.backoff === 0 && loss.retransmits <= env.sysctl.synLinearTimeouts.value
  if (!isLinear) {
    rtt.backoff++
    rtt.rtoUs = Math.min(rtt.rtoUs * 2, rtt.rtoMaxUs)
  }
  timers.armRetransmit('rto', now + rtoWithinUserTimeout(tcp, now))
}

function probeLimitUs(tcp: TcpSock): number {
  const userUs = tcp.connection.userTimeoutMs * 1000
  return userUs > 0 ? userUs : tcp.rtt.rtoMaxUs
}

/**
 * RFC 9293 3.8.3. True when the connection is given up: a SYN by its own thresholds (MUST-22, MUST-23 with tcp_syn_retries 7),
 * the rest by tcp_retries2 (SHLD-11) or the application's time (MUST-21).
 */
function checkGiveUp(tcp: TcpSock, now: number): boolean {
  const { loss, env, rtt, connection, snd } = tcp
  let retries: number
  if (tcp.state === 'SYN-SENT' || tcp.state === 'SYN-RECEIVED') {
    retries = connection.synCount !== 0 ? connection.synCount : env.sysctl.synRetries.value
    if (tcp.state === 'SYN-SENT') retries += env.sysctl.synLinearTimeouts.value
    checkBlackhole(tcp, loss.retransmits >= retries, now)
    if (loss.retransmits >= retries) {
      giveUp(tcp)
      return true
    }
    if (connection.userTimeoutMs > 0 && isTimedOut(tcp, 0, connection.userTimeoutMs, now)) {
      giveUp(tcp)
      return true
    }
    return false
  }
  // R1, three retransmissions (SHLD-10): ask the IP layer for another way (MUST-20).
  if (isTimedOut(tcp, env.sysctl.retries1.value, 0, now)) {
    if (suspectBlackHole(tcp, now)) syncMss(tcp, snd.pathMtu)
    tcp.flow.route = undefined
  }
  retries = env.sysctl.retries2.value
  if (tcp.orphaned) {
    const isAlive = rtt.rtoUs < rtt.rtoMaxUs
    retries = orphanRetries(tcp, isAlive)
    if (tooManyOrphans(tcp) || (!isAlive && loss.retransmits >= retries)) {
      giveUp(tcp)
      return true
    }
  }
  checkBlackhole(tcp, isTimedOut(tcp, retries, connection.userTimeoutMs, now), now)
  if (!isTimedOut(tcp, retries, connection.userTimeoutMs, now)) return false
  giveUp(tcp)
  return true
}

function countKind(tcp: TcpSock): void {
  const { window, negotiated, loss } = tcp
  const { mib } = tcp.namespace
  if (window.state === 'recovery') {
    if (negotiated.hasSack) mib.tcpExt.TCPSackRecoveryFail++
    else mib.tcpExt.TCPRenoRecoveryFail++
  } else if (window.state === 'loss') {
    mib.tcpExt.TCPLossFailures++
  } else if (window.state === 'disorder' || loss.sackedSegs > 0) {
    if (negotiated.hasSack) mib.tcpExt.TCPSackFailures++
    else mib.tcpExt.TCPRenoFailures++
  }
}
