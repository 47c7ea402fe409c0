// The transmission control block (RFC 9293 3.3.1; Linux: tcp_sock): state only. Decisions are functions in the rooms
// that name the part they need.

import { assert } from '../../base/assert.ts'
import { IPPROTO_TCP, SOCK_STREAM } from '../../base/posix.ts'
import type { TimerTarget } from '../../base/stack-timers.ts'
import { InetConnectionSock } from '../../sock/inet-connection-sock.ts'
import { CongestionWindow } from '../congestion/congestion-control.ts'
import type { CongestionControl } from '../congestion/congestion-control.ts'
import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'
import { TRANSITIONS } from '../state.ts'
import type { Cause, TcpState, TransitionTable } from '../state.ts'
import type { AccurateEcn } from './accurate-ecn.ts'
import { AckState } from './ack-state.ts'
import type { Chrono } from './chrono.ts'
import { EcnState } from './ecn.ts'
import type { FastOpen } from './fast-open.ts'
import type { Linked } from './linked-set.ts'
import type { Listener } from './listener.ts'
import { LossState } from './loss-state.ts'
import type { Md5Key } from './md5-keys.ts'
import type { MtuProbe } from './mtu-probe.ts'
import { Negotiated } from './negotiated.ts'
import { OutOfOrderQueue } from './out-of-order.ts'
import { ReceiveQueue } from './receive-queue.ts'
import { RttEstimator } from './rtt-estimator.ts'
import { SendQueue } from './send-queue.ts'
import { ReceiveSequence, SendSequence } from './sequence-space.ts'
import type { SendReports } from './send-reports.ts'
import type { TcpEnv } from './tcp-env.ts'
import { TimerSlots } from './timer-slots.ts'

/** What input wants output to do once the batch is done (RFC 9293 MUST-59). */
export class Intents {
  /** Acknowledgement freed room or window: look whether something may go. */
  push = false
  /** Lost records are to be sent again, and new ones if the window allows (Linux: tcp_xmit_recovery). */
  recover: 'no' | 'lost' | 'new' = 'no'
  /** An ACK question is open: data or an out-of-window segment came in. */
  ack = false
  /** Challenge and duplicate ACKs, one each. */
  answers = 0
  /** RFC 8257 3.2: what came before the codepoint changed is acknowledged first, by itself, with the echo of then. */
  splitAck = false
  splitAckSeq: SeqNumber = ZERO_SEQ
  splitAckEcho = false
  /** The peer's window changed: Linux's checks before the next transmission. */
  checkIdle = false
  syncMss = false
  updateRate = false
  /** Delay the handshake's ACK until then; 0 for no. */
  delayAckTo = 0
  /** Just became established. */
  established = false
  /** Into TIME-WAIT (or its light FIN-WAIT-2), once the ACK owed is out; milliseconds to stay there. */
  timeWait: 'no' | 'time-wait' | 'fin-wait-2' = 'no'
  timeWaitMs = 0
  /** Answer with a SYN-ACK (simultaneous open) or RST, and close. */
  synAck = false
  reset = false
  /** Poll bits that became true. */
  wake = 0
  /** Already on the dirty list, and who stands behind it there. */
  isQueued = false
  nextDirty: TcpSock | undefined = undefined
}

export class TcpSock extends InetConnectionSock implements TimerTarget, Linked<TcpSock> {
  readonly env: TcpEnv
  state: TcpState = 'CLOSED'
  readonly snd = new SendSequence()
  readonly rcv = new ReceiveSequence()
  readonly negotiated = new Negotiated()
  readonly ecn = new EcnState()
  /** AccECN (RFC 9768), where both ends know it. */
  accurate: AccurateEcn | undefined = undefined
  readonly rtt = new RttEstimator()
  readonly loss = new LossState()
  readonly ack = new AckState()
  readonly window = new CongestionWindow()
  control: CongestionControl
  readonly intents = new Intents()
  readonly sendQueue: SendQueue
  readonly receiveQueue = new ReceiveQueue()
  readonly outOfOrder = new OutOfOrderQueue()
  readonly timers: TimerSlots
  /** Passive half: request and accept queues; undefined unless LISTEN. */
  listener: Listener | undefined = undefined
  /** The listener that made this one, until it is accepted. */
  parent: TcpSock | undefined = undefined
  /** RFC 7413, where it was asked for. */
  fastOpen: FastOpen | undefined = undefined
  /** TCP_MD5SIG's keys, and that of the peer (RFC 2385). */
  md5Keys: readonly Md5Key[] | undefined = undefined
  md5Key: Uint8Array | undefined = undefined
  /** RFC 4821, where tcp_mtu_probing asks for it. */
  mtuProbe: MtuProbe | undefined = undefined
  /** Its neighbours among the socks of the namespace. */
  listedBefore: TcpSock | undefined = undefined
  listedAfter: TcpSock | undefined = undefined
  isListed = false
  /** Slot in the connection table, -1 outside it. */
  tableSlot = -1
  /** SYN-RECEIVED came from LISTEN (RFC 9293 MUST-11). */
  isPassive = false
  /** What connect has said so far (Linux: socket->state). */
  connectPhase: 'fresh' | 'connecting' | 'connected' | 'disconnecting' = 'fresh'
  /** FIN seen or connection over (Linux: SOCK_DONE): reads end. */
  isDone = false
  /** When pacing allows the next segment. */
  nextSendAt = 0
  /** What pacing sends at, or would; sizes super-segments. */
  bytesPerSecond = 0
  rwndLimitedUs = 0
  sndbufLimitedUs = 0
  busyUs = 0
  chronoStartedAt = 0
  chrono: Chrono = 'none'
  establishedAt = 0
  wantsWriteWake = false
  isOrphanCounted = false
  /** Our SYN or SYN-ACK was sent more than once: the first window is one segment. */
  synRetransmitted = false
  /** When our SYN and SYN-ACK were sent. */
  synSentAt = 0
  synAckSentAt = 0
  /** Zero-copy completions and transmit timestamps that are owed; undefined until a sender asks. */
  reports: SendReports | undefined = undefined
  /** When the packet came that was last read from. */
  lastReadStamp = 0
  /** When anything last came from the peer: keep-alive and user time-out count from here. */
  lastReceivedAt = 0

  constructor(env: TcpEnv, family: number, control: CongestionControl = env.defaultCongestionControl()) {
    super(env.namespace, family, SOCK_STREAM, IPPROTO_TCP, env.sysctl.wmem.values[1], env.sysctl.rmem.values[1])
    this.env = env
    this.sendQueue = new SendQueue(env.namespace.memory, env.records)
    this.timers = new TimerSlots(env.namespace.timers, this)
    this.control = control
    this.loss.reorderingSegs = env.sysctl.reordering.value
    this.rtt.rtoUs = env.initialRtoUs
    // RFC 6298 2.4, 2.5: the bounds are settings.
    this.rtt.rtoMinUs = env.sysctl.rtoMinUs.value
    this.rtt.rtoMaxUs = env.sysctl.rtoMaxMs.value * 1000
    this.window.state = 'open'
  }

  get isListening(): boolean { return this.state === 'LISTEN' }

  onTimer(slot: number): void { this.env.handlers.onTimer(this, slot) }

  override readiness(): number { return this.env.handlers.readiness(this) }

  /** Adds to what output will do at the end of the batch. */
  touch(): void {
    if (this.intents.isQueued) return
    this.intents.isQueued = true
    this.env.dirty.add(this)
  }

  /** `seen`: the state of the connection where the sock's own is less, for one that a TIME-WAIT record carries on. */
  setState(to: TcpState, cause: Cause, seen: TcpState = to): void {
    const from = this.state
    if (from === to) return
    if (from !== seen && (TRANSITIONS as TransitionTable)[from][cause] !== seen) assert(false, `no way from ${from} to ${seen} by ${cause}`)
    this.state = to
    const { mib, trace, host, clock } = this.namespace
    if (to === 'ESTABLISHED') mib.tcp.CurrEstab++
    else if ((from === 'ESTABLISHED' || from === 'CLOSE-WAIT') && to !== 'CLOSE-WAIT') mib.tcp.CurrEstab--
    if (to === 'CLOSED' && (from === 'ESTABLISHED' || from === 'CLOSE-WAIT')) mib.tcp.EstabResets++
    if (trace.on && from !== seen) {
      trace.emit({
        name: 'tcp-state', at: clock.now(), host, sock: this.id, local: `${this.flow.source}:${this.localPort}`,
        remote: `${this.flow.destination}:${this.remotePort}`, from, to: seen, cause,
      })
    }
  }
}
