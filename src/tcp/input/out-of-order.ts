// Segments ahead of a gap: kept in order and without overlap, reported by SACK (RFC 2018) and D-SACK (RFC 2883).

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { FIN } from '../../wire/tcp.ts'
import type { Packet } from '../../wire/packet.ts'
import { canPour, pour } from '../tcb/receive-queue.ts'
import { chargeReceiver } from '../tcb/truesize.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { extendDsack, scheduleAck, setDsack } from './answers.ts'
import { noteMark } from './ecn.ts'
import { growWindow, hasMemory } from './receive-memory.ts'
import { measureSegmentSize } from './receive-mss.ts'
import { takeFin } from './fin.ts'
import type { Verdict } from './verdict.ts'

export function queueOutOfOrder(tcp: TcpSock, seg: Segment, _now: number): Verdict {
  const { outOfOrder, rcv, negotiated } = tcp
  const { mib } = tcp.namespace
  if (!hasMemory(tcp, seg)) {
    mib.tcpExt.TCPOFODrop++
    return 'tcp-receive-memory'
  }
  seg.truesize = chargeReceiver(seg.packet)
  measureSegmentSize(tcp, seg)
  scheduleAck(tcp)
  rcv.isPredictable = false
  if (negotiated.hasEcn) noteMark(tcp, seg)
  rcv.outOfOrderSegs += seg.segs
  mib.tcpExt.TCPOFOQueue++
  const { seq: start, endSeq: end, packet, len } = seg
  if ((seg.flags & FIN) !== 0) outOfOrder.finAt = seq.add(end, -1)
  packet.mark = seq.toInt32(start)
  const charge = insert(tcp, packet, len)
  if (negotiated.hasSack) {
    outOfOrder.reportSack(start, end)
    // Before it is paid for (Linux).
    if (charge !== undefined) growWindow(tcp, seg)
  }
  if (charge === undefined) return 'tcp-old-data'
  rcv.memory += charge
  return 'kept'
}

/** Puts the packet in its place and answers what it costs; undefined when all of it was there already (or it carries only a FIN). */
function insert(tcp: TcpSock, packet: Packet, length: number): number | undefined {
  const { outOfOrder } = tcp
  if (length === 0) return undefined
  const start = seq.seqOf(packet.mark)
  const end = seq.add(start, length)
  let previous: Packet | undefined
  if (outOfOrder.last !== undefined && seq.geq(start, dataEnd(outOfOrder.last))) {
    previous = outOfOrder.last
  } else {
    for (let each = outOfOrder.first; each !== undefined && seq.leq(seq.seqOf(each.mark), start); each = each.next) previous = each
  }
  if (previous !== undefined) {
    const covered = dataEnd(previous)
    if (seq.leq(end, covered)) {
      tcp.namespace.mib.tcpExt.TCPOFOMerge++
      setDsack(tcp, start, end)
      return undefined
    }
    if (seq.lt(start, covered)) {
      setDsack(tcp, start, covered)
      const overlap = seq.diff(covered, start)
      packet.pull(overlap)
      packet.mark = seq.toInt32(covered)
    }
  }
  removeCovered(tcp, previous, packet, end)
  if (packet.length === 0) return undefined
  if (previous !== undefined && canPour(packet, previous)) {
    pour(packet, previous)
    return 0
  }
  outOfOrder.insertAfter(previous, packet)
  return packet.charge
}

function dataEnd(packet: Packet): SeqNumber { return seq.add(seq.seqOf(packet.mark), packet.length) }

/** What follows `previous` and is covered by the new packet goes; what is covered in part shortens the new one. */
function removeCovered(tcp: TcpSock, previous: Packet | undefined, packet: Packet, end: SeqNumber): void {
  const { outOfOrder, rcv } = tcp
  for (;;) {
    const next = previous === undefined ? outOfOrder.first : previous.next
    if (next === undefined) return
    const nextStart = seq.seqOf(next.mark)
    if (seq.leq(end, nextStart)) return
    const nextEnd = dataEnd(next)
    if (seq.lt(end, nextEnd)) {
      extendDsack(tcp, nextStart, end)
      packet.trim(packet.length - seq.diff(end, nextStart))
      return
    }
    extendDsack(tcp, nextStart, nextEnd)
    tcp.namespace.mib.tcpExt.TCPOFOMerge++
    rcv.memory -= next.charge
    outOfOrder.removeAfter(previous).release()
  }
}

/** RCV.NXT moved: what now follows in order is delivered. */
export function drainOutOfOrder(tcp: TcpSock): void {
  const { outOfOrder, rcv, receiveQueue } = tcp
  const covered = rcv.nxt
  for (let packet = outOfOrder.first; packet !== undefined; packet = outOfOrder.first) {
    const start = seq.seqOf(packet.mark)
    if (seq.gt(start, rcv.nxt)) break
    const end = dataEnd(packet)
    if (seq.lt(start, covered)) extendDsack(tcp, start, seq.earlier(end, covered))
    outOfOrder.removeAfter(undefined)
    rcv.memory -= packet.charge
    if (seq.leq(end, rcv.nxt)) {
      packet.release()
      continue
    }
    const old = seq.diff(rcv.nxt, start)
    packet.pull(old)
    packet.mark = seq.toInt32(rcv.nxt)
    rcv.bytesReceived += packet.length
    rcv.nxt = end
    rcv.memory += receiveQueue.append(packet)
  }
  if (outOfOrder.finAt === rcv.nxt) {
    outOfOrder.finAt = undefined
    rcv.nxt = seq.add(rcv.nxt, 1)
    takeFin(tcp)
  }
}
