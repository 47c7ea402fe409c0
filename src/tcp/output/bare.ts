// Segments that belong to no full sock: the RST owed to a stranger (RFC 9293 3.10.7.1), ACKs of TIME-WAIT and of half-open
// connections, SYN-ACKs of requests.

import type { IpAddress } from '../../base/address/ip.ts'
import * as seq from '../../base/seq.ts'
import { Flow } from '../../ip/flow.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import { ACK, ECE, FIN, RST, SYN, writeTcpHeader } from '../../wire/tcp.ts'
import { CHECKSUM_PARTIAL } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { SynOptions, synOptionsLength, writeSynOptions, writeTimestamp } from '../segment/options.ts'
import type { Segment } from '../segment/segment.ts'
import { cookieTimestamp } from '../listen/cookies.ts'
import { MD5_OPTION_BYTES, signatureOf, writeSignatureOption } from '../segment/signature.ts'
import { handshakeCode } from '../tcb/accurate-ecn.ts'
import type { Request } from '../tcb/listener.ts'
import { keyFor } from '../tcb/md5-keys.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'

const HEADROOM = 192

function makeFlow(source: IpAddress, destination: IpAddress, trafficClass: number, deviceIndex: number): Flow {
  const flow = new Flow()
  flow.source = source
  flow.destination = destination
  flow.protocol = 6
  flow.trafficClass = trafficClass
  flow.deviceIndex = deviceIndex
  return flow
}

function send(env: TcpEnv, packet: Packet, flow: Flow, srcPort: number, dstPort: number, at: number, ack: number, headerLen: number,
  flags: number,
  wnd: number, key?: Uint8Array): void {
  const { ip, mib } = env.namespace
  if (ip.resolve(flow) !== undefined) {
    packet.release()
    return
  }
  const headerAt = packet.start
  const sum = pseudoHeaderSum(addressSum(flow.source, flow.destination), 6, packet.length)
  writeTcpHeader(packet.memory.view, headerAt, srcPort, dstPort, at, ack, headerLen, flags, wnd, sum, 0)
  packet.transportAt = headerAt
  packet.checksum = CHECKSUM_PARTIAL
  packet.checksumStart = headerAt
  packet.checksumAt = headerAt + 16
  if (key !== undefined) {
    packet.u8.set(signatureOf(flow.source, flow.destination, packet.u8, headerAt, headerAt + headerLen, packet.end, key), headerAt + 24)
  }
  mib.tcp.OutSegs++
  if ((flags & RST) !== 0) mib.tcp.OutRsts++
  ip.output(packet, flow)
}

/** RFC 9293 3.10.7.1: a RST takes its number from the ACK, or acknowledges everything. Never in answer to a RST. */
export function sendReset(env: TcpEnv, seg: Segment, info: IpPacketInfo, payloadLen: number): void {
  const key = env.resetKey
  env.resetKey = undefined
  // Signed, but by whom? No answer could be signed (Linux).
  if ((seg.flags & RST) !== 0 || (seg.md5At >= 0 && key === undefined)) return
  const packet = env.namespace.memory.allocate(64, HEADROOM)
  if (packet === undefined) return
  const headerLen = key === undefined ? 20 : 20 + MD5_OPTION_BYTES
  const optionsAt = packet.put(headerLen) + 20
  if (key !== undefined) writeSignatureOption(packet.u8, optionsAt)
  const flow = makeFlow(info.destination(), info.source(), 0, info.scopeDevice)
  if ((seg.flags & ACK) !== 0) {
    send(env, packet, flow, seg.dstPort, seg.srcPort, seq.toInt32(seg.ack), 0, headerLen, RST, 0, key)
  } else {
    const length = payloadLen + ((seg.flags & SYN) !== 0 ? 1 : 0) + ((seg.flags & FIN) !== 0 ? 1 : 0)
    send(env, packet, flow, seg.dstPort, seg.srcPort, 0, seq.toInt32(seq.add(seg.seq, length)), headerLen, RST | ACK, 0, key)
  }
}

/** `tsVal` undefined: without timestamps. */
function sendBareAck(env: TcpEnv, flow: Flow, srcPort: number, dstPort: number, at: number, ack: number, wnd: number,
  tsVal: number | undefined, tsEcr: number, key: Uint8Array | undefined): void {
  const packet = env.namespace.memory.allocate(64, HEADROOM)
  if (packet === undefined) return
  const signed = key === undefined ? 0 : MD5_OPTION_BYTES
  const headerLen = (tsVal === undefined ? 20 : 32) + signed
  const headerAt = packet.put(headerLen)
  if (key !== undefined) writeSignatureOption(packet.u8, headerAt + 20)
  if (tsVal !== undefined) writeTimestamp(packet.memory.view, headerAt + 20 + signed, tsVal, tsEcr)
  send(env, packet, flow, srcPort, dstPort, at, ack, headerLen, ACK, wnd, key)
}

export function ackFromTimeWait(env: TcpEnv, index: number, info: IpPacketInfo, now: number): void {
  const { timeWaits } = env
  const key = env.key
  timeWaits.readKey(index, key)
  const flow = makeFlow(info.destination(), info.source(), timeWaits.trafficClass(index), info.scopeDevice)
  const tsVal = timeWaits.hasTimestamps(index) ? (Math.floor(now / 1000) + timeWaits.tsOffset(index)) | 0 : undefined
  sendBareAck(env, flow, key.ports & 0xffff, key.ports >>> 16, timeWaits.sndNxt(index), timeWaits.rcvNxt(index),
    Math.min(65535, timeWaits.rcvWnd(index) >> timeWaits.rcvWscale(index)), tsVal, timeWaits.tsRecent(index), env.timeWaitKeys.get(index))
}

export function ackFromRequest(env: TcpEnv, request: Request, now: number): void {
  const flow = makeFlow(request.local, request.remote, request.trafficClass, request.deviceIndex)
  const tsVal = request.hasTimestamps ? (Math.floor(now / 1000) + request.tsOffset) | 0 : undefined
  sendBareAck(env, flow, request.localPort, request.remotePort, seq.toInt32(seq.add(request.iss, 1)), seq.toInt32(seq.add(request.irs, 1)),
    request.rcvWnd >> request.rcvWscale, tsVal, request.tsRecent, keyFor(request.listener, request.remote))
}

/** As the listener has it now; the route is looked up again when it is no longer what it was. */
export function requestFlow(request: Request): Flow {
  const { hopLimit, mark, priority } = request.listener.flow
  const flow = request.flow ??= makeFlow(request.local, request.remote, request.trafficClass, request.deviceIndex)
  if (flow.mark !== mark || flow.route?.generation !== request.listener.namespace.routeGeneration) flow.route = undefined
  flow.hopLimit = hopLimit
  flow.mark = mark
  flow.priority = priority
  return flow
}

/** RFC 9768 3.1.2: which codepoint the SYN had; after a time-out nothing, in case the path dislikes the flags. */
function ecnAnswer(request: Request): number {
  if (request.isAccurate) return request.timeouts === 0 ? handshakeCode(request.synCodepoint) : 0
  return request.hasEcn ? ECE : 0
}

/** The second segment of the handshake. */
export function sendSynAck(env: TcpEnv, request: Request, advmss: number, now: number): void {
  const packet = env.namespace.memory.allocate(64, HEADROOM)
  if (packet === undefined) return
  const options = new SynOptions()
  const key = keyFor(request.listener, request.remote)
  options.mss = advmss
  options.md5 = key !== undefined
  options.timestamps = request.hasTimestamps
  options.tsVal = request.isCookie ? cookieTimestamp(request, now) : (Math.floor(now / 1000) + request.tsOffset) | 0
  options.tsEcr = request.tsRecent
  options.wscale = request.hasWscale ? request.rcvWscale : -1
  options.sackPermitted = request.hasSack
  options.cookie = request.cookie
  options.accurate = request.isAccurate && request.timeouts === 0 && env.sysctl.ecnOption.value > 0
  // No room beside everything else.
  if (options.accurate && synOptionsLength(options) > 40) options.accurate = false
  const headerLen = 20 + synOptionsLength(options)
  const headerAt = packet.put(headerLen)
  writeSynOptions(options, packet.u8, headerAt + 20)
  request.sentAt = Math.max(1, now)
  send(env, packet, requestFlow(request), request.localPort, request.remotePort, seq.toInt32(request.iss),
    seq.toInt32(seq.add(request.irs, 1 + request.dataLen)),
    headerLen, SYN | ACK | ecnAnswer(request), Math.min(request.rcvWnd, 65535), key)
}
