// Builds a segment in place and hands it to IP (RFC 9293 3.10.7's "send"): payload copied from the send queue, options and
// header pushed in front, the checksum left to whoever puts it on a wire.

import * as seq from '../../base/seq.ts'
import type { SeqNumber } from '../../base/seq.ts'
import { ACK, ECE, FIN, PSH, RST, SYN, URG, writeTcpHeader } from '../../wire/tcp.ts'
import { CHECKSUM_PARTIAL, GSO_TCP4, GSO_TCP6 } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { PacketMemory } from '../../wire/packet-memory.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { SynOptions, synOptionsLength, writeAccurate, writeSackBlocks, writeSynOptions, writeTimestamp } from '../segment/options.ts'
import { MD5_OPTION_BYTES, signatureOf, writeSignatureOption } from '../segment/signature.ts'
import { ACK_SCHEDULED, ATO_MIN_US } from '../tcb/ack-state.ts'
import { ACCURATE_OPTION_BYTES } from '../tcb/accurate-ecn.ts'
import { ecnFlags, synFlags } from '../tcb/ecn.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import { onTransmitted } from '../tcb/send-reports.ts'
import { DELAYED_ACK_TIMER } from '../tcb/timer-slots.ts'
import { ipHeaderLen } from '../tcb/mtu-probe.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { onRecordSent } from '../recovery/delivery-rate.ts'
import { timestampAt } from '../recovery/records.ts'
import { enterCwr } from '../recovery/reduction.ts'
import { charge } from './pacing.ts'
import { advertiseWindow } from './receive-window.ts'
import { optionsLength, owesAccurateOption, sackBlockCount } from './segment-size.ts'

const HEADROOM = 192

/** Sends a record's segment or super-segment. False without packet memory or a way to go: the record stays as it is. */
export function transmitRecord(tcp: TcpSock, record: SendRecord, mss: number, now: number): boolean {
  const { namespace, sendQueue, snd } = tcp
  const length = payloadLen(record)
  const packet = namespace.memory.allocate(length + 64, HEADROOM)
  if (packet === undefined) return false
  if (length > 0) sendQueue.bytes.copy(dataStart(record), length, packet.put(length))
  const sentBefore = record.sentAt
  // Zero stands for "never": the instant a world begins counts as the next.
  record.sentAt = Math.max(1, now)
  let flags = record.flags
  if (length > mss) {
    // A super-segment is always pushed: whoever gathers it on the other side need not wait for more (Linux).
    flags |= PSH
    packet.gsoType = tcp.flow.destination.family === 4 ? GSO_TCP4 : GSO_TCP6
    packet.gsoSize = mss
    packet.gsoSegs = record.segs
  }
  if (tcp.negotiated.hasEcn) flags |= ecnFlags(tcp, length > 0 && seq.geq(record.seq, snd.nxt))
  if ((record.flags & SYN) !== 0) pushSynHeader(tcp, packet, record, now)
  else pushHeader(tcp, packet, record.seq, flags, now)
  if (length > 0) onDataSent(tcp, record, length, now)
  snd.segsOut += record.segs
  namespace.mib.tcp.OutSegs += seq.gt(record.endSeq, snd.nxt) ? record.segs : 0
  if (!sendToIp(tcp, packet) && (record.flags & SYN) === 0) {
    // IP had nowhere to send it: it was not sent, and goes again when a timer or an ACK says so.
    record.sentAt = sentBefore
    return false
  }
  if ((record.flags & SYN) === 0) onRecordSent(tcp, record)
  if (length > 0) charge(tcp, length, now)
  if (tcp.reports !== undefined && length > 0) onTransmitted(tcp, tcp.reports, record, now)
  return true
}

/** RFC 7413 4.2.1: the SYN with the data of the record behind it. */
export function transmitSynData(tcp: TcpSock, syn: SendRecord, data: SendRecord, now: number): void {
  const { namespace, sendQueue, snd } = tcp
  const length = payloadLen(data)
  syn.sentAt = Math.max(1, now)
  data.sentAt = syn.sentAt
  const packet = namespace.memory.allocate(length + 64, HEADROOM)
  if (packet === undefined) return
  if (length > 0) sendQueue.bytes.copy(data.seq, length, packet.put(length))
  pushSynHeader(tcp, packet, syn, now)
  onDataSent(tcp, data, length, now)
  snd.segsOut++
  namespace.mib.tcp.OutSegs++
  sendToIp(tcp, packet)
}

function dataStart(record: SendRecord): SeqNumber { return (record.flags & SYN) === 0 ? record.seq : seq.add(record.seq, 1) }

/** False when nothing left this host: no way to go, or the queue before the device is full, which is congestion at home. */
function sendToIp(tcp: TcpSock, packet: Packet): boolean {
  const { namespace } = tcp
  const refusedBefore = namespace.queueRefusals
  if (namespace.ip.output(packet, tcp.flow) !== undefined) return false
  if (namespace.queueRefusals === refusedBefore) return true
  enterCwr(tcp)
  return false
}

/** An empty segment: ACK, RST, window probe. */
export function transmitEmpty(tcp: TcpSock, at: SeqNumber, flags: number, now: number): boolean {
  const packet = tcp.namespace.memory.allocate(64, HEADROOM)
  if (packet === undefined) return false
  pushHeader(tcp, packet, at, tcp.negotiated.hasEcn && (flags & RST) === 0 ? flags | ecnFlags(tcp, false) : flags, now)
  tcp.snd.segsOut++
  tcp.namespace.mib.tcp.OutSegs++
  sendToIp(tcp, packet)
  return true
}

function pushHeader(tcp: TcpSock, packet: Packet, at: SeqNumber, recordFlags: number, now: number): void {
  const { snd, rcv } = tcp
  const optionsLen = optionsLength(tcp)
  const length = 20 + optionsLen
  let flags = recordFlags | ((recordFlags & RST) !== 0 ? 0 : ACK)
  let urgentPointer = 0
  if (snd.isUrgent && seq.lt(at, snd.up)) {
    // RFC 9293 MUST-62 as Linux reads it: the pointer names the octet after the urgent one.
    const distance = seq.diff(snd.up, at)
    urgentPointer = distance < 0x10000 ? distance : 0xffff
    if (distance < 0x10000 || seq.gt(seq.add(at, 0xffff), snd.nxt)) flags |= URG
    else urgentPointer = 0
  }
  const wnd = (flags & RST) !== 0 && tcp.state === 'CLOSED' ? 0 : advertiseWindow(tcp)
  const ack = (flags & ACK) !== 0 ? seq.toInt32(rcv.nxt) : 0
  const headerAt = packet.push(length)
  writeOptions(tcp, packet.memory, headerAt + 20, now)
  finishHeader(tcp, packet, headerAt, length, seq.toInt32(at), ack, flags & (FIN | PSH | RST | ACK | URG | 0x1c0), wnd, urgentPointer)
  if ((flags & ACK) !== 0) onAckSent(tcp)
  snd.lastTransmitAt = now
}

/** RFC 7323 3.2b, 3.2f, 3.2g, 3.2i: in every segment; the echo of our SYN is zero. */
function writeOptions(tcp: TcpSock, { u8, view }: PacketMemory, at: number, now: number): void {
  const { negotiated, outOfOrder, ack } = tcp
  let base = 0
  if (tcp.md5Key !== undefined) {
    writeSignatureOption(u8, at)
    base = MD5_OPTION_BYTES
  }
  if (negotiated.hasTimestamps) {
    writeTimestamp(view, at + base, timestampAt(tcp, now), negotiated.tsRecent)
    base += 12
  }
  const count = sackBlockCount(tcp, base)
  const { accurate } = tcp
  if (accurate !== undefined && owesAccurateOption(tcp, accurate, count === 0 ? base : base + 4 + 8 * count)) {
    writeAccurate(u8, at + base, accurate.ect1Bytes, accurate.ceBytes, accurate.ect0Bytes)
    base += ACCURATE_OPTION_BYTES
    accurate.isOptionDue = false
    accurate.bytesSinceOption = 0
  }
  if (count === 0) return
  const blocks = outOfOrder.sacks
  if (!ack.hasDsack) {
    writeSackBlocks(u8, at + base, blocks, count)
    return
  }
  const withDsack = tcp.env.sackScratch
  withDsack[0] = ack.dsackStart
  withDsack[1] = ack.dsackEnd
  withDsack.set(blocks.subarray(0, 2 * (count - 1)), 2)
  writeSackBlocks(u8, at + base, withDsack, count)
  ack.hasDsack = false
}

/** Writes the fixed header and leaves the checksum partial: device or transmit() complete it, always (RFC 9293 MUST-2). */
function finishHeader(tcp: TcpSock, packet: Packet, at: number, length: number, seqWord: number, ackWord: number, flags: number,
  wnd: number,
  urgentPointer: number): void {
  const { flow } = tcp
  const sum = pseudoHeaderSum(addressSum(flow.source, flow.destination), 6, packet.length)
  writeTcpHeader(packet.memory.view, at, tcp.localPort, tcp.remotePort, seqWord, ackWord, length, flags, wnd, sum, urgentPointer)
  packet.transportAt = at
  packet.checksum = CHECKSUM_PARTIAL
  packet.checksumStart = at
  packet.checksumAt = at + 16
  if (tcp.md5Key === undefined) return
  packet.u8.set(signatureOf(flow.source, flow.destination, packet.u8, at, at + length, packet.end, tcp.md5Key), at + 24)
}

function pushSynHeader(tcp: TcpSock, packet: Packet, record: SendRecord, now: number): void {
  const { negotiated, rcv } = tcp
  const isSynAck = (record.flags & ACK) !== 0
  const ecn = isSynAck ? (negotiated.hasEcn ? ECE : 0) : synFlags(tcp, tcp.loss.totalRetransmits > 0 || tcp.loss.retransmits > 0)
  const options = new SynOptions()
  // The path may have shrunk since the first SYN.
  if (!isSynAck) rcv.advmss = Math.min(rcv.advmss, Math.max(tcp.snd.pathMtu - ipHeaderLen(tcp) - 20, 256))
  options.mss = rcv.advmss
  options.md5 = tcp.md5Key !== undefined
  options.timestamps = isSynAck ? negotiated.hasTimestamps : tcp.env.sysctl.timestamps.value !== 0 && !options.md5
  options.tsVal = timestampAt(tcp, now)
  options.tsEcr = negotiated.tsRecent
  options.wscale = (isSynAck ? negotiated.hasWscale : tcp.env.sysctl.windowScaling.value !== 0) ? negotiated.rcvWscale : -1
  options.sackPermitted = isSynAck ? negotiated.hasSack : tcp.env.sysctl.sack.value !== 0
  if (!isSynAck) options.cookie = tcp.fastOpen?.offer
  const length = 20 + synOptionsLength(options)
  const at = packet.push(length)
  writeSynOptions(options, packet.u8, at + 20)
  finishHeader(tcp, packet, at, length, seq.toInt32(record.seq), isSynAck ? seq.toInt32(rcv.nxt) : 0, record.flags | ecn,
    Math.min(rcv.wnd,
      65535), 0)
  rcv.wup = rcv.nxt
  if (isSynAck) onAckSent(tcp)
  tcp.snd.lastTransmitAt = now
}

/** Any segment with ACK settles what was owed (RFC 9293 MUST-58). */
function onAckSent(tcp: TcpSock): void {
  const { ack, timers } = tcp
  if (ack.quick > 0) {
    const counted = (ack.pending & ACK_SCHEDULED) !== 0 ? 1 : 0
    if (counted >= ack.quick) {
      ack.quick = 0
      ack.atoUs = ATO_MIN_US
    } else {
      ack.quick -= counted
    }
  }
  ack.pending = 0
  ack.retries = 0
  ack.compressed = 0
  timers.disarm(DELAYED_ACK_TIMER)
}

function onDataSent(tcp: TcpSock, record: SendRecord, length: number, now: number): void {
  const { snd, ack, loss, window, control } = tcp
  if (loss.pipeSegs === 0) control.onEvent?.(window, 'tx-start', now, snd.lastSentAt)
  snd.lastSentAt = now
  snd.dataSegsOut += record.segs
  snd.bytesSent += length
  // A reply soon after what it answers: an interactive connection, whose ACKs may wait for the next reply.
  if (now - ack.lastDataAt < ack.atoUs && ack.pingpong < 255) ack.pingpong++
}
