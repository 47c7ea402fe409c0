// A listening sock's two queues (row E3): requests whose handshake is under way, found through the connection table, and
// the accept queue.

import type { SeqNumber } from '../../base/seq.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import type { Flow } from '../../ip/flow.ts'
import type { Cookie } from '../segment/fast-open-cookie.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'
import { AcceptQueue } from './accept-queue.ts'
import { LinkedSet } from './linked-set.ts'
import type { Linked } from './linked-set.ts'
import type { TcpSock } from './tcp-sock.ts'

/** A half-open connection (Linux: request_sock). */
export class Request implements Linked<Request> {
  readonly isRequest = true
  readonly listener: TcpSock
  readonly local: IpAddress
  readonly remote: IpAddress
  readonly localPort: number
  readonly remotePort: number
  family = 0
  irs: SeqNumber = ZERO_SEQ
  iss: SeqNumber = ZERO_SEQ
  /** Peer's MSS option (or its default), bounded by TCP_MAXSEG. */
  mss = 536
  tsRecent = 0
  tsOffset = 0
  hasEcn = false
  /** AccECN, and the codepoint the SYN came with. */
  isAccurate = false
  synCodepoint = 0
  hasTimestamps = false
  hasSack = false
  hasWscale = false
  sndWscale = 0
  rcvWscale = 0
  rcvWnd = 0
  windowClamp = 0
  /** What SYN-ACKs were sent at, for the round trip (Karn). */
  sentAt = 0
  retransmits = 0
  timeouts = 0
  /** The final ACK came but the accept queue was full, or data is awaited. */
  isAcked = false
  /** Kept by nobody: its SYN-ACK says it all. */
  isCookie = false
  timer = -1
  lastAnswerAt = 0
  trafficClass = 0
  deviceIndex = 0
  /** The device its SYN came in by. */
  arrivedBy = 0
  /** For the SYN-ACK; and how much of the SYN's data was taken (RFC 7413). */
  cookie: Cookie | undefined = undefined
  dataLen = 0
  /** Where its segments go; output's. */
  flow: Flow | undefined = undefined
  /** Index in the table of connections, -1 outside. */
  handle = -1
  /** Its neighbours among the requests of its listener. */
  listedBefore: Request | undefined = undefined
  listedAfter: Request | undefined = undefined
  isListed = false

  constructor(listener: TcpSock, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number) {
    this.listener = listener
    this.local = local
    this.localPort = localPort
    this.remote = remote
    this.remotePort = remotePort
  }
}

export class Listener {
  readonly requests = new LinkedSet<Request>()
  /** Requests that never had their SYN-ACK repeated. */
  youngCount = 0
  /** When a cookie was last sent instead of keeping a request. */
  lastOverflowAt = -Infinity
  readonly acceptQueue: AcceptQueue

  constructor(backlog: number) { this.acceptQueue = new AcceptQueue(backlog) }

  /** As with the accept queue a backlog of B lets B + 1 handshakes be under way (Linux since 6.14). */
  get isSynQueueFull(): boolean { return this.requests.size > this.acceptQueue.backlog }
}

/** Listening socks by address; listen/listeners.ts is one. */
export interface ListenerTable {
  add(tcp: TcpSock): void
  remove(tcp: TcpSock, port: number): void
}

/** Asked for every segment: a mark is cheaper than walking the prototypes of a sock. */
export function isRequest(found: TcpSock | Request): found is Request { return (found as Partial<Request>).isRequest === true }
