// Step 7 of RFC 9293 3.10.7.4: the segment's text. In order to the receive queue, ahead of a gap to the out-of-order
// queue, and what the receiver learns of segment size, rate and memory by the way.

import { POLLIN, POLLRDNORM } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import { FIN } from '../../wire/tcp.ts'
import {
  ACK_NOW, ACK_NO_MEMORY, ATO_MIN_US, MAX_QUICK_ACKS,
} from '../tcb/ack-state.ts'
import { windowLeft } from '../tcb/receive-space.ts'
import { chargeReceiver } from '../tcb/truesize.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { enterQuickAck, raiseQuickAcks, scheduleAck, setDsack } from './answers.ts'
import { noteMark, takeCwr } from './ecn.ts'
import { takeFin } from './fin.ts'
import { drainOutOfOrder, queueOutOfOrder } from './out-of-order.ts'
import { growWindow, hasMemory, notePredictable } from './receive-memory.ts'
import { measureSegmentSize } from './receive-mss.ts'
import { measureRtt } from './receive-rtt.ts'
import type { Verdict } from './verdict.ts'

/** Queues the payload and takes the FIN. `packet.start` is the payload. */
export function takeData(tcp: TcpSock, seg: Segment, now: number): Verdict {
  const { rcv, ack } = tcp
  if (seg.seq === seg.endSeq) return 'done'
  ack.hasDsack = false
  if (tcp.negotiated.hasEcn) takeCwr(tcp, seg)
  if (seg.seq === rcv.nxt) {
    if (windowLeft(tcp) === 0 && !(seg.len === 0 && (seg.flags & FIN) !== 0)) {
      tcp.namespace.mib.tcpExt.TCPZeroWindowDrop++
      return outOfWindow(tcp, 'tcp-receive-memory')
    }
    return queueInOrder(tcp, seg, now)
  }
  if (seq.leq(seg.endSeq, rcv.nxt)) {
    // A retransmission of what we have: say so at once.
    rcv.duplicateSegs++
    tcp.namespace.mib.tcpExt.DelayedACKLost++
    setDsack(tcp, seg.seq, seg.endSeq)
    return outOfWindow(tcp, 'tcp-old-data')
  }
  if (seq.geq(seg.seq, seq.add(rcv.nxt, windowLeft(tcp)))) return outOfWindow(tcp, 'tcp-outside-window')
  if (seq.lt(seg.seq, rcv.nxt)) {
    setDsack(tcp, seg.seq, rcv.nxt)
    if (windowLeft(tcp) === 0) {
      tcp.namespace.mib.tcpExt.TCPZeroWindowDrop++
      return outOfWindow(tcp, 'tcp-receive-memory')
    }
    const old = seq.diff(rcv.nxt, seg.seq)
    seg.packet.pull(old)
    seg.len -= old
    seg.seq = rcv.nxt
    return queueInOrder(tcp, seg, now)
  }
  return queueOutOfOrder(tcp, seg, now)
}

function outOfWindow(tcp: TcpSock, reason: Verdict): Verdict {
  enterQuickAck(tcp, MAX_QUICK_ACKS)
  scheduleAck(tcp)
  return reason
}

function queueInOrder(tcp: TcpSock, seg: Segment, now: number): Verdict {
  const { rcv, ack, outOfOrder } = tcp
  if (!hasMemory(tcp, seg)) {
    ack.pending |= ACK_NOW | ACK_NO_MEMORY
    scheduleAck(tcp)
    tcp.intents.wake |= POLLIN | POLLRDNORM
    if (tcp.receiveQueue.first !== undefined && seg.len > 0) {
      tcp.namespace.mib.tcpExt.TCPRcvQDrop++
      return 'tcp-receive-memory'
    }
  }
  const hasFin = (seg.flags & FIN) !== 0
  const isKept = seg.len > 0
  if (isKept) {
    acceptPayload(tcp, seg)
    onDataReceived(tcp, seg, now)
  }
  rcv.nxt = seg.endSeq
  if (hasFin) takeFin(tcp)
  if (!outOfOrder.isEmpty) {
    drainOutOfOrder(tcp)
    // RFC 5681 4.2d: an ACK at once when a gap is filled.
    if (outOfOrder.isEmpty) ack.pending |= ACK_NOW
  }
  if (outOfOrder.sackCount > 0) outOfOrder.trimSacks(rcv.nxt)
  if (!rcv.isPredictable) notePredictable(tcp)
  if (!tcp.orphaned) wakeReader(tcp)
  return isKept ? 'kept' : 'done'
}

/** The packet becomes part of the receive queue. */
export function acceptPayload(tcp: TcpSock, seg: Segment): void {
  const { packet } = seg
  packet.mark = seq.toInt32(seg.seq)
  tcp.rcv.bytesReceived += seg.len
  seg.truesize = chargeReceiver(packet)
  tcp.rcv.memory += tcp.receiveQueue.append(packet)
}

/** SO_RCVLOWAT holds readiness back (behaviour 43). */
export function wakeReader(tcp: TcpSock): void {
  const available = seq.diff(tcp.rcv.nxt, tcp.rcv.copied)
  if (available < tcp.options.receiveLowWater && !tcp.isDone && windowLeft(tcp) > tcp.rcv.mssEstimate) return
  tcp.intents.wake |= POLLIN | POLLRDNORM
  tcp.touch()
}

/** What each in-order segment teaches (Linux: tcp_event_data_recv). */
export function onDataReceived(tcp: TcpSock, seg: Segment, now: number): void {
  const { ack, rtt } = tcp
  scheduleAck(tcp)
  measureSegmentSize(tcp, seg)
  measureRtt(tcp, now)
  if (ack.atoUs === 0) {
    raiseQuickAcks(tcp, MAX_QUICK_ACKS)
    ack.atoUs = ATO_MIN_US
  } else {
    const gap = now - ack.lastDataAt
    if (gap <= ATO_MIN_US / 2) ack.atoUs = ack.atoUs / 2 + ATO_MIN_US / 2
    else if (gap < ack.atoUs) ack.atoUs = Math.min(ack.atoUs / 2 + gap, rtt.rtoUs)
    else if (gap > rtt.rtoUs) raiseQuickAcks(tcp, MAX_QUICK_ACKS) // the sender restarted its window
  }
  ack.lastDataAt = now
  if (tcp.negotiated.hasEcn) noteMark(tcp, seg)
  if (seg.len >= 128) growWindow(tcp, seg)
}
