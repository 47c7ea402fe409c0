// What happens on one cable between a client's host and a server's, told while it happens: follows frames and trace
// events of both ends and keeps a bounded memory of the connections. The page and the terminal of `npm start` read it.

import type { Direction, FrameObserver, Trace, TraceEvent } from '../../base/trace.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import { describeEndpoint } from '../../base/address/endpoint.ts'
import { ConnectionStory } from './connection-story.ts'
import { readSegment } from './observed-segment.ts'
import type { ObservedSegment } from './observed-segment.ts'
import type { Side, StorySegment, StoryUpdate } from './story-types.ts'

const MAX_CONNECTIONS = 40

export interface StoryOptions {
  /** Client's and server's. When only the server's is ours, the client's frames are seen on arrival. */
  readonly hosts: readonly [string, string]
  readonly serverPort: number
  readonly now: () => number
  /** What the cable does, for people. */
  readonly link: string
  /** Set when only the server's end is watched: how long a frame is under way. */
  readonly oneSidedDelayUs?: number | undefined
}

/** Told of what passes, as it passes. */
export interface StoryListener {
  segment?(connection: ConnectionStory, segment: StorySegment): void
  lost?(connection: ConnectionStory, segment: StorySegment | undefined, reason: string): void
  state?(connection: ConnectionStory): void
}

export class Story implements FrameObserver {
  listener: StoryListener = {}
  readonly hosts: readonly [string, string]
  readonly link: string
  private readonly options: StoryOptions
  private readonly beganAt: number
  private readonly byId = new Map<string, ConnectionStory>()
  private readonly bySock = new Map<string, ConnectionStory>()
  private version = 0

  constructor(options: StoryOptions) {
    this.options = options
    this.hosts = options.hosts
    this.link = options.link
    this.beganAt = options.now()
  }

  /** Follows a trace; the answer stops it. */
  follow(trace: Trace): () => void {
    const stops = [trace.observe(this), trace.listen(event => { this.event(event) })]
    return () => { for (const stop of stops) stop() }
  }

  get connections(): Iterable<ConnectionStory> { return this.byId.values() }

  /** The client's address and port name a connection: there is one server. */
  connection(client: string): ConnectionStory | undefined { return this.byId.get(client) }

  /** Does this frame of the server's carry the page's live feed? */
  isFeed(u8: Uint8Array, at: number, end: number): boolean {
    const seen = readSegment(u8, at, end)
    if (seen === undefined) return false
    return this.byId.get(describeEndpoint({ address: seen.destination, port: seen.header.dstPort }))?.isFeed === true
  }

  frame(at: number, host: string, _device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined): void {
    const side = this.sideOf(host)
    if (side === undefined) return
    const seen = readSegment(bytes, offset, offset + length)
    if (seen === undefined) return
    const from: Side = direction === 'out' ? side : side === 0 ? 1 : 0
    const connection = this.connectionOf(seen, from, at)
    if (connection === undefined) return
    this.version++
    const time = at - this.beganAt
    if (drop !== undefined) this.dropped(connection, seen, from, direction, time, drop)
    else if (direction === 'out') this.left(connection, seen, from, time)
    else this.came(connection, seen, from, time)
  }

  private left(connection: ConnectionStory, seen: ObservedSegment, from: Side, time: number): void {
    const segment = connection.sent(seen, from, time, this.version)
    if (from === 1) {
      // Until then the socket was a request in the listener's queue, of which the trace does not speak.
      if (segment.flags === 'S.') connection.receivedSyn(time, this.version)
      connection.sampleWindow(1, time, this.version)
    }
    this.listener.segment?.(connection, segment)
    const { oneSidedDelayUs } = this.options
    if (oneSidedDelayUs !== undefined) connection.arrived(seen, from, time + oneSidedDelayUs, this.version)
  }

  private came(connection: ConnectionStory, seen: ObservedSegment, from: Side, time: number): void {
    const { oneSidedDelayUs } = this.options
    if (oneSidedDelayUs !== undefined) {
      const segment = connection.sent(seen, from, time - oneSidedDelayUs, this.version)
      this.listener.segment?.(connection, segment)
    }
    connection.arrived(seen, from, time, this.version)
  }

  private dropped(connection: ConnectionStory, seen: ObservedSegment, from: Side, direction: Direction, time: number, drop: string): void {
    if (direction === 'in' && this.options.oneSidedDelayUs !== undefined) connection.sent(seen, from, time, this.version)
    const segment = connection.lostOne(seen, from, drop, this.version)
    this.listener.lost?.(connection, segment, drop)
  }

  private sideOf(host: string): Side | undefined {
    const [client, server] = this.options.hosts
    return host === server ? 1 : host === client ? 0 : undefined
  }

  private connectionOf(seen: ObservedSegment, from: Side, at: number): ConnectionStory | undefined {
    const source = { address: seen.source, port: seen.header.srcPort }
    const destination = { address: seen.destination, port: seen.header.dstPort }
    const [client, server] = from === 0 ? [source, destination] : [destination, source]
    if (server.port !== this.options.serverPort) return undefined
    const id = describeEndpoint(client)
    const known = this.byId.get(id)
    return known ?? this.begin(id, describeEndpoint(server), at)
  }

  private begin(client: string, server: string, at: number): ConnectionStory {
    this.makeRoom()
    const fresh = new ConnectionStory(client, client, server, at - this.beganAt)
    this.byId.delete(client)
    this.byId.set(client, fresh)
    return fresh
  }

  /** The socket speaks before its first segment is on the wire. */
  private connectionOfEvent(side: Side, local: string, remote: string, from: string, at: number): ConnectionStory | undefined {
    const [client, server] = side === 0 ? [local, remote] : [remote, local]
    if (!server.endsWith(`:${this.options.serverPort}`) || client.endsWith(':0')) return undefined
    const known = this.byId.get(client)
    // The port of a connection long gone is used anew.
    if (known !== undefined && !(known.isOver && side === 0 && from === 'CLOSED')) return known
    return this.begin(client, server, at)
  }

  private makeRoom(): void {
    if (this.byId.size < MAX_CONNECTIONS) return
    for (const [id, connection] of this.byId) {
      if (!connection.isOver) continue
      this.byId.delete(id)
      for (const [sock, each] of this.bySock) if (each === connection) this.bySock.delete(sock)
      return
    }
  }

  private event(event: TraceEvent): void {
    const side = this.sideOf(event.host)
    if (side === undefined) return
    const at = event.at - this.beganAt
    if (event.name === 'tcp-state') {
      const connection = this.connectionOfEvent(side, event.local, event.remote, event.from, event.at)
      if (connection === undefined) return
      this.bySock.set(`${event.host} ${event.sock}`, connection)
      this.version++
      // A full socket that ends with the other side's FIN gives way to a mere record of TIME-WAIT (tcp/tcb/time-wait.ts).
      const to = event.to === 'CLOSED' && event.cause === 'rcv FIN' ? 'TIME-WAIT' : event.to
      connection.changedState({ at, side, from: event.from, to, cause: event.cause }, this.version)
      this.listener.state?.(connection)
    } else if (event.name === 'tcp-congestion') {
      const connection = this.bySock.get(`${event.host} ${event.sock}`)
      if (connection === undefined) return
      this.version++
      const { cwnd, ssthresh, srttUs, state } = event
      connection.changedWindow({ at, side, cwnd, ssthresh, srttUs, state }, this.version)
    }
  }

  /** Everything that changed after `since`; 0 for all. */
  update(since: number): StoryUpdate {
    for (const connection of this.byId.values()) {
      if (!connection.refreshInfo()) continue
      this.version++
      connection.version = this.version
    }
    return {
      version: this.version,
      now: this.options.now() - this.beganAt,
      hosts: this.options.hosts,
      link: this.options.link,
      connections: [...this.byId.values()].filter(each => each.version > since).map(each => each.toJson(since)),
    }
  }
}
