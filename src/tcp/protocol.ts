// TCP as IP sees it: a segment finds its connection, request, TIME-WAIT record or listener, input runs, and when the batch
// is over output runs once a sock. The only file of the room that knows both sides.

import { POLLIN, POLLRDNORM } from '../base/posix.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { IcmpError } from '../ip/icmp-error.ts'
import type { IpPacketInfo } from '../ip/ip-packet-info.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { TransportProtocol } from '../ip/transport-protocol.ts'
import type { BindTable } from '../sock/bind-table.ts'
import type { Packet } from '../wire/packet.ts'
import { ACK, FIN, RST, SYN, TcpView } from '../wire/tcp.ts'
import { icmpErrorArrives } from './error/icmp.ts'
import { tryFastOpen } from './input/fast-open.ts'
import { checkRequest } from './input/half-open.ts'
import { filterRefuses } from './input/socket-filter.ts'
import { cameTooFar, segmentArrives } from './input/segment-arrives.ts'
import { timeWaitArrives } from './input/time-wait.ts'
import type { Verdict } from './input/verdict.ts'
import { createChild } from './listen/child.ts'
import { requestFromCookie } from './listen/cookies.ts'
import { Listeners } from './listen/listeners.ts'
import { chooseWindow, dropRequest, isAcceptQueueFull, makeRequest, queueRequest } from './listen/requests.ts'
import { advertisedMssFor } from './output/advertised-mss.ts'
import { ackFromRequest, ackFromTimeWait, requestFlow, sendReset, sendSynAck } from './output/bare.ts'
import { flush } from './output/flush.ts'
import { syncMss } from './output/segment-size.ts'
import { readSegment } from './segment/read-segment.ts'
import type { Segment } from './segment/segment.ts'
import { ownerlessConnections } from './user/ownerless.ts'
import type { OwnerlessConnection } from './user/ownerless.ts'
import { discard } from './tcb/finish.ts'
import { isRequest } from './tcb/listener.ts'
import type { Request } from './tcb/listener.ts'
import { isForged, keyFor } from './tcb/md5-keys.ts'
import { TcpEnv } from './tcb/tcp-env.ts'
import { TcpSock } from './tcb/tcp-sock.ts'
import { TIME_WAIT_US, leaveTimeWait } from './tcb/time-wait.ts'
import { SynAckTimers, armSynAck, repeatSynAck } from './timeout/syn-ack.ts'
import { onTimeout } from './timeout/timers.ts'
import { readiness } from './user/readiness.ts'

export interface TcpCensus {
  readonly socks: number
  /** Entries of the demultiplexer: connections, half-open ones, TIME-WAIT records. */
  readonly connections: number
  readonly timeWaits: number
  readonly orphans: number
  readonly ports: number
  readonly dirty: boolean
}

export class TcpProtocol implements TransportProtocol {
  readonly protocol = 6
  readonly env: TcpEnv
  private readonly listeners: Listeners
  private readonly view = new TcpView()
  private readonly synAckTimers: SynAckTimers

  constructor(namespace: NetNamespace, ports: BindTable) {
    this.env = new TcpEnv(namespace, ports)
    this.listeners = new Listeners(this.env.secret[1])
    this.env.listeners = this.listeners
    this.env.handlers = {
      onTimer: (tcp, slot) => {
        onTimeout(tcp, slot, this.env.now)
        this.flushDirty()
      },
      readiness,
    }
    this.env.syncMss = tcp => { syncMss(tcp, namespace.ip.mtu(tcp.flow)) }
    this.env.timeWaits.onExpired = index => { this.onTimeWaitExpired(index) }
    this.synAckTimers = new SynAckTimers(this.env)
  }

  /** Every sock that is bound to a life: for tools. */
  sockets(): Iterable<TcpSock> { return this.env.socks }

  create(family: number): TcpSock { return new TcpSock(this.env, family) }

  input(packet: Packet, info: IpPacketInfo): void {
    const { env } = this
    const { mib } = env.namespace
    mib.tcp.InSegs++
    const refused = readSegment(env.segment, this.view, packet, info)
    if (refused !== undefined) {
      mib.tcp.InErrs++
      if (refused === 'tcp-checksum') mib.tcp.InCsumErrors++
      this.drop(packet, refused)
      return
    }
    const seg = env.segment
    const payloadLen = seg.len
    env.resetKey = undefined
    const verdict = this.deliver(seg, info, env.now)
    if (env.wantsReset) {
      env.wantsReset = false
      sendReset(env, seg, info, payloadLen)
    }
    if (verdict === 'kept') return
    if (verdict === 'done') packet.release()
    else this.drop(packet, verdict)
  }

  private drop(packet: Packet, reason: DropReason): void {
    const device = this.env.namespace.device(packet.deviceIndex)
    this.env.namespace.countDrop('tcp', reason, device?.name ?? '', packet.length)
    packet.release()
  }

  private deliver(seg: Segment, info: IpPacketInfo, now: number): Verdict {
    const { env } = this
    const { key } = env
    key.r0 = info.s0
    key.r1 = info.s1
    key.r2 = info.s2
    key.r3 = info.s3
    key.l0 = info.d0
    key.l1 = info.d1
    key.l2 = info.d2
    key.l3 = info.d3
    key.ports = (seg.srcPort << 16) | seg.dstPort
    const value = env.connections.find(key)
    if (value === 0) return this.toListener(seg, info, 0, now)
    if ((value & 1) === 0) return this.toTimeWait(value / 2 - 1, seg, info, now)
    const found = env.objects.get((value - 1) / 2)
    const { md5Keys } = isRequest(found) ? found.listener : found
    if ((seg.md5At >= 0 || md5Keys !== undefined) && this.isRefused(found, seg, info)) return 'tcp-md5'
    if (isRequest(found)) return filterRefuses(found.listener, seg) ? 'socket-filter' : this.toRequest(found, seg, now)
    // Its end is decided and waits for the batch to be over: this segment comes after it.
    if (found.intents.timeWait !== 'no') {
      flush(found, now)
      return this.deliver(seg, info, now)
    }
    if (found.options.filter !== undefined && filterRefuses(found, seg)) return 'socket-filter'
    return segmentArrives(found, seg, now)
  }

  /** RFC 2385. What is well signed may be answered by a signed RST. */
  private isRefused(owner: TcpSock | Request, seg: Segment, info: IpPacketInfo): boolean {
    if (isForged(owner, seg, info)) return true
    this.env.resetKey = keyFor(isRequest(owner) ? owner.listener : owner, info.source())
    return false
  }

  /** RFC 9293 3.10.7.2, or 3.10.7.1 when nobody listens. `isn` above 0 for a SYN that follows a TIME-WAIT. */
  private toListener(seg: Segment, info: IpPacketInfo, isn: number, now: number): Verdict {
    const { env } = this
    const listener = this.listeners.find(seg.dstPort, seg.srcPort, info)
    if (listener === undefined) {
      env.wantsReset = true
      return 'tcp-no-connection'
    }
    if (filterRefuses(listener, seg)) return 'socket-filter'
    if (cameTooFar(listener, seg, info.version === 4)) return 'tcp-min-ttl'
    if ((seg.md5At >= 0 || listener.md5Keys !== undefined) && this.isRefused(listener, seg, info)) return 'tcp-md5'
    if ((seg.flags & RST) !== 0) return 'tcp-closed'
    if ((seg.flags & ACK) !== 0) return this.toCookie(listener, seg, info, now)
    if ((seg.flags & SYN) === 0 || (seg.flags & FIN) !== 0) return 'tcp-flags'
    const request = makeRequest(listener, seg, info, isn, now)
    if (request === undefined) return listener.listener?.acceptQueue.isFull === true ? 'tcp-accept-queue-full' : 'tcp-syn-queue-full'
    const advmss = advertisedMssFor(env, requestFlow(request), listener.snd.userMss)
    chooseWindow(request, advmss - (request.hasTimestamps ? 12 : 0))
    const child = request.isCookie ? undefined : tryFastOpen(request, seg, advmss, now)
    if (child === undefined) queueRequest(env, request, this.synAckTimers, now)
    sendSynAck(env, request, advmss, now)
    if (child !== undefined) child.synAckSentAt = now
    return child !== undefined && seg.len > 0 ? 'kept' : 'done'
  }

  /** An ACK of nothing we know draws RST, unless it carries back a SYN cookie (RFC 4987 3.6). */
  private toCookie(listener: TcpSock, seg: Segment, info: IpPacketInfo, now: number): Verdict {
    const request = (seg.flags & SYN) === 0 ? requestFromCookie(listener, seg, info, now) : undefined
    if (request === undefined) {
      this.env.wantsReset = true
      return 'tcp-bad-ack'
    }
    if (isAcceptQueueFull(listener)) return 'tcp-accept-queue-full'
    chooseWindow(request, request.mss)
    return this.open(request, seg, now)
  }

  private toRequest(request: Request, seg: Segment, now: number): Verdict {
    const { env } = this
    switch (checkRequest(request, seg, now)) {
      case 'ignore': return 'tcp-outside-window'
      case 'wait': return 'tcp-accept-queue-full'
      case 'repeat SYN-ACK':
        repeatSynAck(env, request, now)
        armSynAck(env, request, now)
        return 'done'
      case 'answer':
        ackFromRequest(env, request, now)
        return 'tcp-outside-window'
      case 'bad ACK':
        env.wantsReset = true
        return 'tcp-bad-ack'
      case 'forget':
        dropRequest(env, request)
        return 'tcp-closed'
      case 'reset':
        dropRequest(env, request)
        env.wantsReset = true
        return 'tcp-syn-in-window'
      case 'open': return this.open(request, seg, now)
    }
  }

  /** The handshake's third segment: the connection exists, and takes the segment itself. */
  private open(request: Request, seg: Segment, now: number): Verdict {
    const { listener } = request
    const advmss = advertisedMssFor(this.env, requestFlow(request), listener.snd.userMss)
    const child = createChild(this.env, request, advmss)
    listener.listener?.acceptQueue.push(child)
    const verdict = segmentArrives(child, seg, now)
    listener.intents.wake |= POLLIN | POLLRDNORM
    listener.touch()
    return verdict
  }

  private toTimeWait(index: number, seg: Segment, info: IpPacketInfo, now: number): Verdict {
    const { env } = this
    const outcome = timeWaitArrives(env, index, seg, now)
    switch (outcome) {
      case 'syn': return this.reopen(index, seg, info, now)
      case 'kill':
        leaveTimeWait(env, index, 'rcv RST')
        return 'tcp-time-wait'
      case 'reset':
        leaveTimeWait(env, index, 'abort')
        env.wantsReset = true
        return 'tcp-time-wait'
      case 'answer':
      case 'answer and restart':
        ackFromTimeWait(env, index, info, now)
        break
      case 'ignore':
      case 'restart':
        break
    }
    if (outcome === 'restart' || outcome === 'answer and restart') env.timeWaits.arm(index, now + TIME_WAIT_US)
    return 'tcp-time-wait'
  }

  /** RFC 9293 MAY-2: a SYN beyond the old numbers begins a new connection, if somebody listens. */
  private reopen(index: number, seg: Segment, info: IpPacketInfo, now: number): Verdict {
    const { env } = this
    if (this.listeners.find(seg.dstPort, seg.srcPort, info) === undefined) {
      ackFromTimeWait(env, index, info, now)
      return 'tcp-time-wait'
    }
    const isn = (env.timeWaits.sndNxt(index) + 65535 + 2) | 0
    leaveTimeWait(env, index, 'rcv SYN')
    return this.toListener(seg, info, isn === 0 ? 1 : isn, now)
  }

  private onTimeWaitExpired(index: number): void {
    this.env.namespace.mib.tcpExt.TWKilled++
    leaveTimeWait(this.env, index, this.env.timeWaits.isFinWait2(index) ? 'timeout' : 'timeout 2MSL')
  }

  /** How much of what connections need is in use: all 0 when none is left. */
  census(): TcpCensus {
    const { socks, connections, timeWaits, orphanCount, ports, dirty } = this.env
    return {
      socks: socks.size, connections: connections.count, timeWaits: timeWaits.count, orphans: orphanCount, ports: ports.holdCount,
      dirty: !dirty.isEmpty,
    }
  }

  /** Connections that nobody owns any more and that still have something to say. */
  closingCount(): number {
    let count = 0
    for (const tcp of this.env.socks) if (tcp.orphaned && tcp.state !== 'CLOSED') count++
    return count
  }

  /** Connections no file refers to. */
  ownerless(): OwnerlessConnection[] { return ownerlessConnections(this.env) }

  /** The host is going: every queue and timer is given back, nobody is told. */
  close(): void {
    const { env } = this
    for (const tcp of [...env.socks]) {
      for (const request of [...tcp.listener?.requests ?? []]) dropRequest(env, request)
      for (const child of tcp.listener?.acceptQueue.takeAll() ?? []) discard(child)
      discard(tcp)
    }
    for (const index of [...env.timeWaits.indexes()]) leaveTimeWait(env, index, undefined)
    while (env.dirty.take() !== undefined) { /* they owe nothing more */ }
  }

  error(error: IcmpError): void { icmpErrorArrives(this.env, error) }

  endBatch(): void { this.flushDirty() }

  /** Runs output for every sock that input or a timer touched. Sleepers that wake may touch more. */
  flushDirty(): void {
    const { env } = this
    if (env.dirty.isEmpty) return
    const { now } = env
    for (let tcp = env.dirty.take(); tcp !== undefined; tcp = env.dirty.take()) {
      flush(tcp, now)
      if (tcp.orphaned && tcp.state === 'CLOSED') discard(tcp)
    }
  }
}
