// What the error queue tells a sender about its own bytes: completions of MSG_ZEROCOPY, and SO_TIMESTAMPING's moments at
// which a write's last octet was scheduled, sent and acknowledged (Linux: ubuf_info_msgzc, tcp_tx_timestamp).

import {
  POLLERR, SCM_TSTAMP_ACK, SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SOF_TIMESTAMPING_OPT_ID, SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_OPT_ID_TCP, SOF_TIMESTAMPING_TX_ACK, SOF_TIMESTAMPING_TX_SCHED, SOF_TIMESTAMPING_TX_SOFTWARE,
} from '../../base/posix.ts'
import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { SO_EE_ORIGIN_TIMESTAMPING, SO_EE_ORIGIN_ZEROCOPY } from '../../sock/error-queue.ts'
import type { ErrorQueueEntry } from '../../sock/error-queue.ts'
import { payloadLen } from './send-queue.ts'
import type { SendRecord } from './send-record.ts'
import type { TcpSock } from './tcp-sock.ts'

export const TX_STAMPS = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK
/** The bytes were copied after all: so they are here, always. */
const SO_EE_CODE_ZEROCOPY_COPIED = 1
const NOTHING = new Uint8Array(0)

/** A write whose acknowledgement is to be reported. */
interface Write { readonly endSeq: SeqNumber, readonly id: number }

/** A write whose last octet is watched; the flags still wanted. */
interface Watch { readonly endSeq: SeqNumber, readonly octet: number, flags: number }

export class SendReports {
  nextZeroCopyId = 0
  readonly writes: Write[] = []
  readonly watches: Watch[] = []
  /** Keys of OPT_ID count from here; undefined: not asked for. */
  keyBase: SeqNumber | undefined = undefined
}

function enqueue(tcp: TcpSock, entry: ErrorQueueEntry): void {
  if (tcp.orphaned) return
  (tcp.errorQueue ??= []).push(entry)
  tcp.intents.wake |= POLLERR
  tcp.touch()
}

/** SO_TIMESTAMPING was set: with OPT_ID keys count from here. */
export function timestampingChanged(tcp: TcpSock): void {
  const { timestampingFlags } = tcp.options
  if ((timestampingFlags & SOF_TIMESTAMPING_OPT_ID) === 0) {
    if (tcp.reports !== undefined) tcp.reports.keyBase = undefined
    return
  }
  const reports = tcp.reports ??= new SendReports()
  reports.keyBase ??= (timestampingFlags & SOF_TIMESTAMPING_OPT_ID_TCP) !== 0 ? tcp.snd.written : tcp.snd.una
}

/** A call took bytes up to SND.WRITTEN; `octet` is its last. */
export function noteWrite(tcp: TcpSock, isZeroCopy: boolean, octet: number): void {
  const reports = tcp.reports ??= new SendReports()
  if (isZeroCopy) reports.writes.push({ endSeq: tcp.snd.written, id: reports.nextZeroCopyId++ })
  const flags = tcp.options.timestampingFlags & TX_STAMPS
  if (flags !== 0) reports.watches.push({ endSeq: tcp.snd.written, octet, flags })
}

/** Neighbouring completions make one range. */
function reportCompletion(tcp: TcpSock, id: number): void {
  const tail = tcp.errorQueue?.at(-1)
  if (tcp.errorQueue !== undefined && tail?.origin === SO_EE_ORIGIN_ZEROCOPY && ((tail.data + 1) >>> 0) === id) tcp.errorQueue.pop()
  const from = tail?.origin === SO_EE_ORIGIN_ZEROCOPY && ((tail.data + 1) >>> 0) === id ? tail.info : id
  enqueue(tcp, {
    errno: undefined, origin: SO_EE_ORIGIN_ZEROCOPY, type: 0, code: SO_EE_CODE_ZEROCOPY_COPIED, info: from, data: id,
    offender: undefined, destination: undefined, payload: NOTHING, at: 0,
  })
}

function reportStamp(tcp: TcpSock, watch: Watch, kind: number, now: number): void {
  const { keyBase } = tcp.reports ?? {}
  const isBare = (tcp.options.timestampingFlags & SOF_TIMESTAMPING_OPT_TSONLY) !== 0
  enqueue(tcp, {
    errno: 'ENOMSG', origin: SO_EE_ORIGIN_TIMESTAMPING, type: 0, code: 0, info: kind,
    data: keyBase === undefined ? 0 : (seq.diff(watch.endSeq, keyBase) - 1) >>> 0, offender: undefined, destination: undefined,
    payload: isBare ? NOTHING : Uint8Array.of(watch.octet), at: now,
  })
}

/** A record goes to IP: the first time that it carries a watched octet is its time of sending. */
export function onTransmitted(tcp: TcpSock, reports: SendReports, record: SendRecord, now: number): void {
  const end = seq.add(record.seq, payloadLen(record))
  for (const watch of reports.watches) {
    if (!seq.gt(watch.endSeq, record.seq) || seq.gt(watch.endSeq, end)) continue
    if ((watch.flags & SOF_TIMESTAMPING_TX_SCHED) !== 0) reportStamp(tcp, watch, SCM_TSTAMP_SCHED, now)
    if ((watch.flags & SOF_TIMESTAMPING_TX_SOFTWARE) !== 0) reportStamp(tcp, watch, SCM_TSTAMP_SND, now)
    watch.flags &= SOF_TIMESTAMPING_TX_ACK
  }
}

/** SND.UNA moved on. */
export function onAcknowledged(tcp: TcpSock, reports: SendReports, now: number): void {
  const { una } = tcp.snd
  for (let write = reports.writes[0]; reports.writes.length > 0 && seq.leq(write.endSeq, una); write = reports.writes[0]) {
    reports.writes.shift()
    reportCompletion(tcp, write.id)
  }
  for (let watch = reports.watches[0]; reports.watches.length > 0 && seq.leq(watch.endSeq, una); watch = reports.watches[0]) {
    reports.watches.shift()
    if ((watch.flags & SOF_TIMESTAMPING_TX_ACK) !== 0) reportStamp(tcp, watch, SCM_TSTAMP_ACK, now)
  }
}

/** The connection is over: what was lent is given back, unsent or not. */
export function onSendSideCleared(tcp: TcpSock, reports: SendReports): void {
  for (const { id } of reports.writes.splice(0)) reportCompletion(tcp, id)
  reports.watches.length = 0
}
