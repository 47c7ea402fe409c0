// SEND (RFC 9293 3.10.2): bytes are copied into the send queue, records filled up to the size goal, and pushed as Linux
// does (MUST-60, MUST-61).

import type { Errno } from '../../base/errno.ts'
import { MSG_EOR, MSG_MORE, MSG_OOB, MSG_ZEROCOPY } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import { PSH } from '../../wire/tcp.ts'
import { SEND_SHUTDOWN } from '../../sock/sock.ts'
import { CORKED, PUSH_ONCE } from '../tcb/sequence-space.ts'
import { isFastChild } from '../tcb/fast-open.ts'
import { hasSendRoom } from '../tcb/send-space.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import { TX_STAMPS, noteWrite } from '../tcb/send-reports.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { maySend } from '../state.ts'
import { checkAppLimited } from '../recovery/delivery-rate.ts'
import { pushPending, restartAfterIdle, writeXmit } from '../output/next-segment.ts'
import { currentMss, sizeGoal } from '../output/segment-size.ts'

/** Why nothing can be sent; undefined when it can. */
export function sendRefusal(tcp: TcpSock): Errno | undefined {
  if (tcp.error !== undefined) return tcp.takeError()
  if ((tcp.shutdownBits & SEND_SHUTDOWN) !== 0) return 'EPIPE'
  if (tcp.state === 'SYN-SENT' || (tcp.state === 'SYN-RECEIVED' && !isFastChild(tcp))) {
    tcp.wantsWriteWake = true
    return 'EAGAIN'
  }
  return maySend(tcp.state) || tcp.state === 'SYN-RECEIVED' ? undefined : 'EPIPE'
}

export function send(tcp: TcpSock, buffer: Uint8Array, offset: number, length: number, flags: number, now: number,
  vectors?: readonly number[]): number | Errno {
  const refused = sendRefusal(tcp)
  if (refused !== undefined) return refused
  checkAppLimited(tcp)
  const mss = currentMss(tcp)
  const goal = (flags & MSG_OOB) !== 0 ? mss : sizeGoal(tcp, mss)
  const isZeroCopy = (flags & MSG_ZEROCOPY) !== 0 && tcp.options.zeroCopy
  const pieces = isZeroCopy ? new Pieces(vectors ?? [length]) : undefined
  let copied = 0
  while (copied < length) {
    const record = recordToFill(tcp, goal, now)
    if (record === undefined) break
    const room = pieces === undefined ? goal - payloadLen(record) : Math.min(goal - payloadLen(record), pieces.room(record))
    const taken = tcp.sendQueue.bytes.append(tcp.snd.written, buffer, offset + copied, Math.min(room, length - copied))
    if (taken === 0) {
      if (payloadLen(record) === 0) tcp.sendQueue.remove(record)
      break
    }
    if (copied === 0) record.flags &= ~PSH
    extend(tcp, record, taken)
    pieces?.take(record, taken)
    copied += taken
    if (copied === length) {
      if ((flags & MSG_EOR) !== 0) record.eor = true
      break
    }
    if (record.frags === MAX_FRAGS) {
      markPush(tcp, record)
      continue
    }
    if (payloadLen(record) < goal || (flags & MSG_OOB) !== 0) continue
    pushFull(tcp, record, mss, now)
  }
  if (copied === 0) {
    tcp.wantsWriteWake = true
    return length === 0 ? 0 : 'EAGAIN'
  }
  if (copied < length) tcp.wantsWriteWake = true
  if (isZeroCopy || (tcp.options.timestampingFlags & TX_STAMPS) !== 0) noteWrite(tcp, isZeroCopy, buffer[offset + copied - 1])
  // Cut short for want of room: no reason to hold anything back.
  finishSend(tcp, copied < length ? flags & ~MSG_MORE : flags, mss, copied < length, now)
  return copied
}

/** Pieces of the caller's memory that one record may refer to (Linux: MAX_SKB_FRAGS). */
const MAX_FRAGS = 17

/** The vectors of a zero-copy write, each of which takes a place of its own in a record. */
class Pieces {
  private readonly lengths: readonly number[]
  private index = 0
  private left: number

  constructor(lengths: readonly number[]) {
    this.lengths = lengths.filter(each => each > 0)
    this.left = this.lengths[0] ?? 0
  }

  /** Bytes that fit in the places a record has left. */
  room(record: SendRecord): number {
    let bytes = this.left
    for (let i = this.index + 1; i < this.lengths.length && i - this.index < MAX_FRAGS - record.frags; i++) bytes += this.lengths[i]
    return bytes
  }

  take(record: SendRecord, bytes: number): void {
    for (let rest = bytes; rest > 0 && this.index < this.lengths.length;) {
      const part = Math.min(rest, this.left)
      record.frags++
      rest -= part
      this.left -= part
      if (this.left > 0) continue
      this.index++
      this.left = this.lengths[this.index] ?? 0
    }
  }
}

/** The last record if it can take more (RFC 9293 MAY-16, its PSH moves on: SHLD-27), else a new one; undefined without room. */
function recordToFill(tcp: TcpSock, goal: number, now: number): SendRecord | undefined {
  const { sendQueue, snd } = tcp
  const tail = sendQueue.unsent === undefined ? undefined : sendQueue.last
  // An open record is filled even when the buffer is used up: room is asked for when one begins (Linux).
  if (tail !== undefined && payloadLen(tail) < goal && !tail.eor && tail.frags < MAX_FRAGS) return tail
  if (!hasSendRoom(tcp)) return undefined
  restartAfterIdle(tcp, now)
  if ((snd.nagle & PUSH_ONCE) !== 0) snd.nagle &= ~PUSH_ONCE
  return sendQueue.append(snd.written)
}

function extend(tcp: TcpSock, record: SendRecord, taken: number): void {
  const { snd, sendQueue } = tcp
  snd.written = seq.add(snd.written, taken)
  record.endSeq = seq.add(record.endSeq, taken)
  record.segs = 0
  sendQueue.queuedBytes += taken
}

/** PSH once half the peer's largest window is queued, so that it is never far off. */
function isPushForced(tcp: TcpSock): boolean {
  const { snd } = tcp
  return seq.gt(snd.written, seq.add(snd.pushed, snd.maxWnd >> 1))
}

function markPush(tcp: TcpSock, record: SendRecord): void {
  record.flags |= PSH
  tcp.snd.pushed = tcp.snd.written
}

function pushFull(tcp: TcpSock, record: SendRecord, mss: number, now: number): void {
  if (isPushForced(tcp)) {
    markPush(tcp, record)
    pushPending(tcp, PUSH_ONCE, now, mss)
  } else if (record === tcp.sendQueue.unsent) {
    writeXmit(tcp, mss, PUSH_ONCE, 'one', now)
  }
}

/** The write is done (Linux: tcp_push). RFC 9293 MUST-61: PSH on what it leaves last. */
function finishSend(tcp: TcpSock, flags: number, mss: number, isStarved: boolean, now: number): void {
  const { snd, sendQueue } = tcp
  const tail = sendQueue.unsent === undefined ? undefined : sendQueue.last
  if (tail === undefined) return
  const hasMore = (flags & MSG_MORE) !== 0
  if (!hasMore || isPushForced(tcp)) markPush(tcp, tail)
  if ((flags & MSG_OOB) !== 0) {
    snd.up = snd.written
    snd.isUrgent = true
  }
  pushPending(tcp, hasMore ? CORKED : isStarved ? PUSH_ONCE : snd.nagle, now, mss)
}
