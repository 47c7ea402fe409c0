// Fast Open as a client (RFC 7413 4.2.1; Linux: tcp_send_syn_data, tcp_fastopen_defer_connect): the SYN asks for a cookie,
// or carries one and data.

import * as seq from '../../base/seq.ts'
import { PSH } from '../../wire/tcp.ts'
import { cookieRequest } from '../segment/fast-open-cookie.ts'
import { TFO_CLIENT_NO_COOKIE, fastOpenOf } from '../tcb/fast-open.ts'
import { startChrono } from '../tcb/chrono.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import { ipHeaderLen } from '../tcb/mtu-probe.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { syncMss } from '../output/segment-size.ts'

const MAX_OPTION_BYTES = 40

/** What the first write holds; how much of it went with the SYN. */
export interface FirstData { readonly buffer: Uint8Array, readonly offset: number, readonly length: number, copied: number }

/** May the SYN carry data? Leaves in the sock which option it gets. */
function checkCookie(tcp: TcpSock, now: number): boolean {
  const { env, flow, snd, rcv } = tcp
  const state = fastOpenOf(tcp)
  const known = env.fastOpen.lookUp(flow.source, flow.destination)
  state.offer = undefined
  if (env.fastOpen.isDisabled(env, now)) return false
  state.watchesRecovery = env.fastOpen.wasDisabled
  const needsNone = state.noCookie || (env.sysctl.fastOpen.value & TFO_CLIENT_NO_COOKIE) !== 0
  if (!needsNone) {
    state.offer = known?.cookie ?? cookieRequest(known?.tryExperimental === 1)
    if (known?.cookie === undefined) {
      state.failure = 'cookie-unavailable'
      return false
    }
  }
  const clamp = known !== undefined && known.mss > 0 ? known.mss : rcv.advmss
  snd.mssClamp = snd.userMss > 0 ? Math.min(clamp, snd.userMss) : clamp
  return true
}

function noteOption(tcp: TcpSock): void {
  const state = fastOpenOf(tcp)
  state.sentOption = state.offer !== undefined
  state.sentExperimental = state.offer?.isExperimental === true
}

/** TCP_FASTOPEN_CONNECT: with a cookie at hand connect() sends nothing, without one the SYN asks for it. */
export function maySkipSyn(tcp: TcpSock, firstData: FirstData | undefined, now: number): boolean {
  const { fastOpen } = tcp
  if (fastOpen?.connects !== true || firstData !== undefined) return false
  fastOpen.isDeferred = checkCookie(tcp, now)
  if (!fastOpen.isDeferred) noteOption(tcp)
  return fastOpen.isDeferred
}

/** The record of what the SYN is to carry, or undefined: a SYN alone. */
export function queueSynData(tcp: TcpSock, first: FirstData, now: number): SendRecord | undefined {
  const { snd, sendQueue, env, flow } = tcp
  const mayCarry = checkCookie(tcp, now)
  noteOption(tcp)
  if (!mayCarry) return undefined
  const mtu = env.namespace.ip.mtu(flow)
  syncMss(tcp, mtu)
  const space = Math.min(mtu - ipHeaderLen(tcp) - 20, snd.mssClamp) - MAX_OPTION_BYTES
  const length = Math.min(space, first.length)
  if (length <= 0) return undefined
  const taken = sendQueue.bytes.append(snd.written, first.buffer, first.offset, length)
  if (taken === 0) return undefined
  const record = sendQueue.append(snd.written)
  record.flags = PSH
  record.endSeq = seq.add(snd.written, taken)
  record.segs = 1
  sendQueue.queuedBytes += taken
  snd.written = record.endSeq
  first.copied = taken
  return record
}

/** The data is in flight with the SYN. */
export function afterSynData(tcp: TcpSock, record: SendRecord, now: number): void {
  const { sendQueue, loss } = tcp
  fastOpenOf(tcp).hasSynData = true
  sendQueue.advance(record)
  sendQueue.markSent(record)
  record.wasSent = true
  loss.outSegs++
  startChrono(tcp, 'busy', now)
  tcp.namespace.mib.tcpExt.TCPOrigDataSent++
}
