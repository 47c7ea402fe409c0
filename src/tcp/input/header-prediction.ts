// Van Jacobson's header prediction: an established connection's next data segment, or a pure ACK of data in flight, skips
// the steps that would find nothing (RFC 9293 3.10.7.4 comes to the same result).

import * as seq from '../../base/seq.ts'
import { ACK, PSH } from '../../wire/tcp.ts'
import { countMarks, expectedAce } from '../tcb/accurate-ecn.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { windowLeft } from '../tcb/receive-space.ts'
import type { Segment } from '../segment/segment.ts'
import { updateTsRecent } from './acceptability.ts'
import { processAck } from './ack.ts'
import { acceptPayload, onDataReceived, wakeReader } from './data.ts'
import { fitsPagesTaken } from './receive-memory.ts'
import { measureRttByTimestamp } from './receive-rtt.ts'
import type { Verdict } from './verdict.ts'

/** undefined: take the long way. */
export function predictHeader(tcp: TcpSock, seg: Segment, now: number): Verdict | undefined {
  const { rcv, snd, negotiated } = tcp
  const usual = tcp.accurate === undefined ? ACK : ACK | expectedAce(tcp.accurate)
  if ((seg.flags & ~PSH) !== usual || seg.seq !== rcv.nxt || !seq.leq(seg.ack, snd.nxt)) return undefined
  if (!tcp.outOfOrder.isEmpty || rcv.urgent !== 'none' || seg.sackCount > 0) return undefined
  if (seg.wnd * (1 << negotiated.sndWscale) !== snd.wnd) return undefined
  if (negotiated.hasTimestamps && (!seg.hasTimestamp || ((seg.tsVal - negotiated.tsRecent) | 0) < 0)) return undefined
  if (seg.len === 0) return seq.gt(seg.ack, snd.una) ? pureAck(tcp, seg, now) : undefined
  if (seg.len > windowLeft(tcp)) return undefined
  if (rcv.memory > tcp.rcvbuf && !(rcv.isPredictable && fitsPagesTaken(tcp, seg.packet))) return undefined
  return nextData(tcp, seg, now)
}

function pureAck(tcp: TcpSock, seg: Segment, now: number): Verdict {
  if (tcp.accurate !== undefined) countMarks(tcp, tcp.accurate, seg)
  updateTsRecent(tcp, seg, now)
  const verdict = processAck(tcp, seg, 0, now)
  if (verdict !== 'new' && verdict !== 'old') return verdict
  tcp.namespace.mib.tcpExt.TCPPureAcks++
  return 'done'
}

function nextData(tcp: TcpSock, seg: Segment, now: number): Verdict | undefined {
  const { rcv, snd } = tcp
  if (seg.ack !== snd.una) {
    const verdict = processAck(tcp, seg, 0x01, now)
    if (verdict !== 'new' && verdict !== 'old') return verdict
  }
  if (tcp.accurate !== undefined) countMarks(tcp, tcp.accurate, seg)
  updateTsRecent(tcp, seg, now)
  tcp.namespace.mib.tcpExt.TCPHPHits++
  measureRttByTimestamp(tcp, seg, now)
  tcp.ack.hasDsack = false
  acceptPayload(tcp, seg)
  rcv.nxt = seg.endSeq
  onDataReceived(tcp, seg, now)
  tcp.intents.push = true
  tcp.intents.ack = true
  wakeReader(tcp)
  tcp.touch()
  return 'kept'
}
