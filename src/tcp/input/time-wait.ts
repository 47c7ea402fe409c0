// A segment for a connection in TIME-WAIT, or in FIN-WAIT-2 kept as such a record (RFC 9293 3.10.7.4, RFC 6191, RFC 1337).

import * as seq from '../../base/seq.ts'
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import { tellTimeWait } from '../tcb/time-wait.ts'
import type { Segment } from '../segment/segment.ts'

/** `restart`: the wait begins again. `syn`: a new connection may begin. */
export type TimeWaitOutcome = 'ignore' | 'restart' | 'answer' | 'answer and restart' | 'reset' | 'kill' | 'syn'

export function timeWaitArrives(env: TcpEnv, index: number, seg: Segment, now: number): TimeWaitOutcome {
  const { timeWaits } = env
  const { mib } = env.namespace
  const isOld = timeWaits.hasTimestamps(index) && seg.hasTimestamp && (seg.flags & RST) === 0
    && ((timeWaits.tsRecent(index) - seg.tsVal) | 0) > 1 && now / 1_000_000 - timeWaits.tsRecentAt(index) < 24 * 24 * 3600
  if (timeWaits.isFinWait2(index)) return finWait2Arrives(env, index, seg, isOld, now)
  const rcvNxt = seq.seqOf(timeWaits.rcvNxt(index))
  const isReset = (seg.flags & RST) !== 0
  if (!isOld && seg.seq === rcvNxt && (seg.seq === seg.endSeq || isReset)) {
    // TIME-WAIT assassination (RFC 1337) is prevented on request only, as in Linux.
    if (isReset && env.sysctl.rfc1337.value === 0) return 'kill'
    noteTimestamp(env, index, seg, now)
    return isReset ? 'ignore' : 'restart'
  }
  // RFC 9293 MAY-2, and SHLD-4 by the timestamp.
  if ((seg.flags & (SYN | RST | ACK)) === SYN && !isOld) {
    const isNewer = seq.gt(seg.seq, rcvNxt)
      || (timeWaits.hasTimestamps(index) && seg.hasTimestamp && ((timeWaits.tsRecent(index) - seg.tsVal) | 0) < 0)
    if (isNewer) return 'syn'
  }
  if (isOld) mib.tcpExt.PAWSEstab++
  if (isReset) return 'ignore'
  const isLimitedNow = isLimited(env, index, seg, now)
  if (isLimitedNow) mib.tcpExt.TCPACKSkippedTimeWait++
  const restarts = isOld || (seg.flags & ACK) !== 0
  if (isLimitedNow) return restarts ? 'restart' : 'ignore'
  return restarts ? 'answer and restart' : 'answer'
}

function finWait2Arrives(env: TcpEnv, index: number, seg: Segment, isOld: boolean, now: number): TimeWaitOutcome {
  const { timeWaits } = env
  const rcvNxt = seq.seqOf(timeWaits.rcvNxt(index))
  const edge = seq.add(rcvNxt, timeWaits.rcvWnd(index))
  const isIn = (seg.seq === rcvNxt) || (seq.gt(seg.endSeq, rcvNxt) && seq.lt(seg.seq, edge)) || (seg.seq === edge && seg.seq === seg.endSeq)
  if (isOld || !isIn) {
    if (!isLimited(env, index, seg, now)) return 'answer'
    env.namespace.mib.tcpExt.TCPACKSkippedFinWait2++
    return 'ignore'
  }
  if ((seg.flags & RST) !== 0) return 'kill'
  if ((seg.flags & SYN) !== 0 && seq.geq(seg.seq, rcvNxt)) return 'reset'
  if ((seg.flags & ACK) === 0 || seq.leq(seg.endSeq, rcvNxt) || seg.endSeq === seg.seq) return 'ignore'
  // New data after a half-duplex close.
  if ((seg.flags & FIN) === 0 || seg.endSeq !== seq.add(rcvNxt, 1)) return 'reset'
  timeWaits.setFinWait2(index, false)
  tellTimeWait(env, index, 'FIN-WAIT-2', 'TIME-WAIT', 'rcv FIN')
  timeWaits.setRcvNxt(index, seq.toInt32(seg.endSeq))
  noteTimestamp(env, index, seg, now)
  return 'answer and restart'
}

function noteTimestamp(env: TcpEnv, index: number, seg: Segment, now: number): void {
  if (env.timeWaits.hasTimestamps(index) && seg.hasTimestamp) env.timeWaits.setTimestamp(index, seg.tsVal, Math.floor(now / 1_000_000))
}

function isLimited(env: TcpEnv, index: number, seg: Segment, now: number): boolean {
  if (seg.seq !== seg.endSeq && (seg.flags & SYN) === 0) return false
  const last = env.timeWaits.lastAnswerAt(index)
  if (last !== 0 && now - last < env.sysctl.invalidRatelimit.value * 1000) return true
  env.timeWaits.setLastAnswerAt(index, Math.max(1, now))
  return false
}
