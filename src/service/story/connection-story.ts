// One connection as the cable saw it: each segment with when it left, when it arrived or why it was lost, and what the
// two sockets made of it. Bounded: of a long connection its beginning and its latest part are kept.

import { describeTcpFlags, FIN, SYN } from '../../wire/tcp.ts'
import type { TcpInfo } from '../tcp-info.ts'
import { describeOption, fingerprint, hasAck, sequenceLength } from './observed-segment.ts'
import type { ObservedSegment } from './observed-segment.ts'
import type { Side, StoryConnection, StorySegment, StoryState, StoryWindow } from './story-types.ts'

const KEPT_FIRST = 60
const KEPT_LAST = 540
const KEPT_WINDOWS = 600
const KEPT_STATES = 40
/** What TCP_INFO says while slow start has no end. */
const INFINITE_SEGS = 0x7fffffff

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface KeptSegment extends Mutable<StorySegment> { version: number, print: string }

/** What one direction has shown so far. */
class Flow {
  /** The initial sequence number, once known. */
  isn: number | undefined = undefined
  /** Highest relative number sent. */
  top = 0
  windowScale: number | undefined = undefined
  segs = 0
  bytes = 0

  relative(number: number): number { return (number - (this.isn ?? number)) | 0 }
}

export class ConnectionStory {
  readonly id: string
  readonly client: string
  readonly server: string
  /** Before the first segment, which may have left a while before it was seen. */
  openedAt: number
  purpose = ''
  isFeed = false
  version = 0
  lostSegs = 0
  againSegs = 0
  /** Reads TCP_INFO of a side, while it has a socket. */
  readonly readInfo: [(() => TcpInfo | undefined) | undefined, (() => TcpInfo | undefined) | undefined] = [undefined, undefined]
  private readonly info: [TcpInfo | undefined, TcpInfo | undefined] = [undefined, undefined]
  private readonly flows: readonly [Flow, Flow] = [new Flow(), new Flow()]
  private readonly segments: KeptSegment[] = []
  private readonly states: StoryState[] = []
  private readonly windows: StoryWindow[] = []
  private count = 0

  constructor(id: string, client: string, server: string, openedAt: number) {
    this.id = id
    this.client = client
    this.server = server
    this.openedAt = openedAt
  }

  /** A segment left a host; answers its record. */
  sent(seen: ObservedSegment, from: Side, at: number, version: number): StorySegment {
    const flow = this.flows[from]
    this.openedAt = Math.min(this.openedAt, at)
    const { header, payloadLen } = seen
    const isSyn = (header.flags & SYN) !== 0
    if (flow.isn === undefined || (isSyn && flow.relative(header.seq) !== 0)) flow.isn = isSyn ? header.seq : header.seq - 1
    const other = this.flows[from === 0 ? 1 : 0]
    if (other.isn === undefined && hasAck(seen)) other.isn = header.ack - 1
    const scale = header.options.find(each => each.kind === 'wscale')
    if (isSyn) flow.windowScale = scale?.shift
    const seq = flow.relative(header.seq)
    const top = seq + sequenceLength(seen)
    const isAgain = top > seq && top <= flow.top
    flow.top = Math.max(flow.top, top)
    flow.segs++
    flow.bytes += payloadLen
    if (isAgain) this.againSegs++
    this.count++
    const segment: KeptSegment = {
      n: this.count, from, sentAt: at, arrivedAt: undefined, lost: undefined,
      flags: describeTcpFlags(header.flags), seq, len: payloadLen,
      ack: hasAck(seen) ? other.relative(header.ack) : undefined,
      windowBytes: isSyn ? header.wnd : header.wnd << this.windowShift(flow, other),
      options: header.options.filter(each => each.kind !== 'nop' && each.kind !== 'eol').map(describeOption).join(', '),
      sack: header.options.flatMap(each => (each.kind === 'sack'
        ? each.blocks.map(([left, right]) => [other.relative(left), other.relative(right)] as const)
        : [])),
      isAgain, line: '', version, print: fingerprint(seen),
    }
    segment.line = this.describe(segment, (header.flags & FIN) !== 0)
    this.version = version
    if (!this.isFeed) {
      this.segments.push(segment)
      if (this.segments.length > KEPT_FIRST + KEPT_LAST) this.segments.splice(KEPT_FIRST, 1)
    }
    return segment
  }

  /** Both have to have offered a scale for either to count (RFC 7323 2.2). */
  private windowShift(flow: Flow, other: Flow): number {
    return other.windowScale === undefined ? 0 : Math.min(14, flow.windowScale ?? 0)
  }

  private describe(segment: StorySegment, hasFin: boolean): string {
    const [source, destination] = segment.from === 0 ? [this.client, this.server] : [this.server, this.client]
    const parts = [`${source} > ${destination}: Flags [${segment.flags}]`]
    if (segment.len > 0) parts.push(`seq ${segment.seq}:${segment.seq + segment.len}`)
    else if (hasFin || segment.flags.includes('S')) parts.push(`seq ${segment.seq}`)
    if (segment.ack !== undefined) parts.push(`ack ${segment.ack}`)
    parts.push(`win ${segment.windowBytes}`)
    if (segment.options !== '') parts.push(`options [${segment.options}]`)
    parts.push(`length ${segment.len}`)
    return parts.join(', ')
  }

  /** The oldest copy still under way has arrived. */
  arrived(seen: ObservedSegment, from: Side, at: number, version: number): void {
    const print = fingerprint(seen)
    const isUnderWay = (each: KeptSegment): boolean => each.arrivedAt === undefined && each.lost === undefined
    const segment = this.segments.find(each => each.from === from && isUnderWay(each) && each.print === print)
    if (segment === undefined) return
    segment.arrivedAt = at
    segment.version = version
    this.version = version
  }

  /** The cable lost the copy that left last; answers its record. */
  lostOne(seen: ObservedSegment, from: Side, reason: string, version: number): StorySegment | undefined {
    this.lostSegs++
    this.version = version
    const print = fingerprint(seen)
    const segment = this.segments.findLast(each => each.from === from && each.lost === undefined && each.print === print)
    if (segment === undefined) return undefined
    segment.lost = reason
    segment.version = version
    return segment
  }

  changedState(state: StoryState, version: number): void {
    if (this.states.length < KEPT_STATES) this.states.push(state)
    this.version = version
  }

  changedWindow(window: StoryWindow, version: number): void {
    if (this.isFeed) return
    this.windows.push(window)
    if (this.windows.length > KEPT_WINDOWS) this.windows.shift()
    this.version = version
  }

  receivedSyn(at: number, version: number): void {
    if (this.states.every(each => each.side === 0)) this.changedState({ at, side: 1, from: 'LISTEN', to: 'SYN-RECEIVED', cause: 'rcv SYN' }, version)
  }

  /** Asks a sender for its window, which grows without the trace saying so. */
  sampleWindow(side: Side, at: number, version: number): void {
    const info = this.isFeed ? undefined : this.readInfo[side]?.()
    if (info === undefined) return
    this.info[side] = info
    const cwnd = info.cwndSegs * info.sendMss
    const ssthresh = info.ssthreshSegs >= INFINITE_SEGS ? INFINITE_SEGS : info.ssthreshSegs * info.sendMss
    const last = this.windows.findLast(each => each.side === side)
    if (last?.cwnd === cwnd && last.ssthresh === ssthresh) return
    this.changedWindow({ at, side, cwnd, ssthresh, srttUs: info.rttUs, state: '' }, version)
  }

  get isOver(): boolean { return this.readInfo[0] === undefined && this.readInfo[1] === undefined }

  /** Asks both sockets once more. True when something moved. */
  refreshInfo(): boolean {
    let changed = false
    for (const side of [0, 1] as const) {
      const fresh = this.readInfo[side]?.()
      const old = this.info[side]
      if (fresh === undefined) continue
      changed ||= old === undefined || old.state !== fresh.state || old.rttUs !== fresh.rttUs || old.cwndSegs !== fresh.cwndSegs
        || old.bytesAcked !== fresh.bytesAcked || old.unackedSegs !== fresh.unackedSegs
      this.info[side] = fresh
    }
    return changed
  }

  /** What changed after `since`. */
  toJson(since: number): StoryConnection {
    const [client, server] = this.flows
    return {
      id: this.id, client: this.client, server: this.server, openedAt: this.openedAt, purpose: this.purpose, isFeed: this.isFeed,
      sentSegs: [client.segs, server.segs], sentBytes: [client.bytes, server.bytes], lostSegs: this.lostSegs, againSegs: this.againSegs,
      states: this.states, windows: this.windows, info: this.info,
      segments: this.segments.filter(each => each.version > since).map(({ version: _, print: _print, ...segment }) => segment),
    }
  }
}
