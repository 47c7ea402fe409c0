// SYN cookies (RFC 4987 3.6): with the SYN queue full a half-open connection is kept nowhere but in the sequence number of
// its SYN-ACK, and the options in the low bits of its timestamp (Linux: syncookies.c). The ACK brings all of it back.

import type { IpAddress } from '../../base/address/ip.ts'
import { sipHash24 } from '../../base/hash.ts'
import * as seq from '../../base/seq.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import type { Segment } from '../segment/segment.ts'
import { timestampOffset } from '../tcb/isn.ts'
import { Request } from '../tcb/listener.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

const MINUTE_US = 60_000_000
/** Minutes that a cookie is good for. */
const MAX_AGE = 2
const COUNT_SHIFT = 24
const DATA_MASK = 0xffffff
const MSS_OF_VERSION_4: readonly number[] = [536, 1300, 1440, 1460]
const MSS_OF_VERSION_6: readonly number[] = [1220, 1420, 1440, 8940]

const NO_WSCALE = 0xf
const SACK_BIT = 0x10
const ECN_BIT = 0x20
const OPTION_BITS = 6
const OPTION_MASK = (1 << OPTION_BITS) - 1

interface Ends { readonly local: IpAddress, readonly remote: IpAddress, readonly localPort: number, readonly remotePort: number }

/** A keyed hash of both ends and of `count`; the two uses have keys of their own. */
function hash(env: TcpEnv, ends: Ends, count: number, use: 0 | 1): number {
  const { hashInput, hashOutput, secret } = env
  ends.local.write16(hashInput, 0)
  ends.remote.write16(hashInput, 16)
  const view = new DataView(hashInput.buffer, hashInput.byteOffset)
  view.setUint16(32, ends.localPort)
  view.setUint16(34, ends.remotePort)
  const key = 4 * use
  sipHash24(secret[key] ^ count, secret[key + 1] ^ 0x5359, secret[key + 2] | 0, secret[key + 3] ^ 0x434b, hashInput, 0, 36, hashOutput)
  return hashOutput[0]
}

function minutes(now: number): number { return Math.floor(now / MINUTE_US) }

function mssTable(ends: Ends): readonly number[] { return ends.remote.family === 4 ? MSS_OF_VERSION_4 : MSS_OF_VERSION_6 }

/** Makes `request` one that nobody keeps: what its ACK will not bring back is forgotten now. */
export function becomeCookie(env: TcpEnv, request: Request, now: number): void {
  const table = mssTable(request)
  let index = table.length - 1
  while (index > 0 && table[index] > request.mss) index--
  if (!request.hasTimestamps) {
    request.hasEcn = false
    request.hasSack = false
    request.hasWscale = false
    request.sndWscale = 0
  }
  request.isCookie = true
  const count = minutes(now)
  const data = (hash(env, request, count, 1) + index) & DATA_MASK
  request.iss = seq.seqOf((hash(env, request, 0, 0) + seq.toInt32(request.irs) + (count << COUNT_SHIFT) + data) | 0)
  if (request.listener.listener !== undefined) request.listener.listener.lastOverflowAt = now
  env.namespace.mib.tcpExt.SyncookiesSent++
}

/** Milliseconds of our clock with the options in the low bits, never in the future. */
export function cookieTimestamp(request: Request, now: number): number {
  const options = (request.hasWscale ? request.sndWscale : NO_WSCALE) | (request.hasSack ? SACK_BIT : 0) | (request.hasEcn ? ECN_BIT : 0)
  const clock = Math.floor(now / 1000)
  const stamp = clock - (clock & OPTION_MASK) + options
  return ((stamp > clock ? stamp - (1 << OPTION_BITS) : stamp) + request.tsOffset) | 0
}

/** The MSS that the acknowledged cookie stands for; undefined when it is none of ours, or stale. */
function checkCookie(env: TcpEnv, ends: Ends, irs: number, cookie: number, now: number): number | undefined {
  const bare = (cookie - hash(env, ends, 0, 0) - irs) | 0
  const count = minutes(now)
  const age = (count - (bare >>> COUNT_SHIFT)) & 0xff
  if (age >= MAX_AGE) return undefined
  const index = (bare - hash(env, ends, count - age, 1)) & DATA_MASK
  return mssTable(ends)[index]
}

/** Options out of the echoed timestamp. False when it asks for what we never offer. */
function readTimestamp(env: TcpEnv, request: Request, seg: Segment): boolean {
  if (!seg.hasTimestamp) return true
  const { sysctl } = env
  if (sysctl.timestamps.value === 0) return false
  request.hasTimestamps = true
  request.tsRecent = seg.tsVal
  const options = (seg.tsEcr - request.tsOffset) & OPTION_MASK
  request.hasSack = (options & SACK_BIT) !== 0
  request.hasEcn = (options & ECN_BIT) !== 0 && (sysctl.ecn.value !== 0 || request.listener.control.needsEcn)
  const wscale = options & 0xf
  request.hasWscale = wscale !== NO_WSCALE
  request.sndWscale = request.hasWscale ? wscale : 0
  return (!request.hasSack || sysctl.sack.value !== 0) && (!request.hasWscale || sysctl.windowScaling.value !== 0)
}

/** An ACK at a listener: the half-open connection it completes, if its number is a cookie of the last two minutes. */
export function requestFromCookie(listener: TcpSock, seg: Segment, info: IpPacketInfo, now: number): Request | undefined {
  const { env } = listener
  const { mib } = env.namespace
  if (env.sysctl.syncookies.value === 0 || listener.listener === undefined) return undefined
  // Numbers can be guessed, given time: they are looked at only after cookies were sent.
  if (now - listener.listener.lastOverflowAt > MAX_AGE * MINUTE_US) return undefined
  const request = new Request(listener, info.destination(), seg.dstPort, info.source(), seg.srcPort)
  request.irs = seq.add(seg.seq, -1)
  request.iss = seq.add(seg.ack, -1)
  const mss = checkCookie(env, request, seq.toInt32(request.irs), seq.toInt32(request.iss), now)
  if (mss === undefined) {
    mib.tcpExt.SyncookiesFailed++
    return undefined
  }
  mib.tcpExt.SyncookiesRecv++
  request.isCookie = true
  request.family = listener.family
  request.mss = listener.snd.userMss > 0 ? Math.min(mss, listener.snd.userMss) : mss
  request.tsOffset = seg.hasTimestamp ? timestampOffset(env, request.local, request.remote) : 0
  request.trafficClass = listener.flow.trafficClass
  request.deviceIndex = listener.flow.deviceIndex === 0 ? info.scopeDevice : listener.flow.deviceIndex
  request.arrivedBy = info.deviceIndex
  return readTimestamp(env, request, seg) ? request : undefined
}
