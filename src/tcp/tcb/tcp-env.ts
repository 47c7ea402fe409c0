// What all connections of one namespace share: settings, pools, tables, the list of socks that owe output, and the
// handlers that protocol.ts plugs in so that the block itself need not know the rooms above it.

import type { NetNamespace } from '../../ip/namespace.ts'
import type { BindTable } from '../../sock/bind-table.ts'
import { AckProgress } from '../segment/ack-progress.ts'
import { RemovedRecords } from '../segment/removed-records.ts'
import { SendLimits } from '../segment/send-limits.ts'
import { AckSample } from '../congestion/congestion-control.ts'
import type { CongestionControl } from '../congestion/congestion-control.ts'
import { createCongestionControl } from '../congestion/registry.ts'
import { Segment } from '../segment/segment.ts'
import { TcpSysctls } from './sysctl.ts'
import { AcceptedOptions } from './accepted-options.ts'
import { DirtyList } from './dirty-list.ts'
import { ConnectionTable, TupleKey } from './connection-table.ts'
import type { Request } from './listener.ts'
import { FastOpenShared } from './fast-open.ts'
import { LinkedSet } from './linked-set.ts'
import { ObjectTable } from './object-table.ts'
import type { ListenerTable } from './listener.ts'
import { PairOffset } from './pair-offset.ts'
import { RTO_INITIAL_US } from './rtt-estimator.ts'
import { SendRecordPool } from './send-record.ts'
import type { TcpSock } from './tcp-sock.ts'
import { TimeWaitSlab } from './time-wait-slab.ts'

export interface TcpHandlers {
  onTimer(tcp: TcpSock, slot: number): void
  readiness(tcp: TcpSock): number
}

export class TcpEnv {
  readonly namespace: NetNamespace
  readonly ports: BindTable
  readonly sysctl: TcpSysctls
  readonly records = new SendRecordPool()
  readonly segment = new Segment()
  readonly sample = new AckSample()
  readonly progress = new AckProgress()
  readonly removed = new RemovedRecords()
  readonly limits = new SendLimits()
  /** Blocks of an ACK whose first is a D-SACK. */
  readonly sackScratch = new Int32Array(10)
  readonly connections: ConnectionTable
  readonly timeWaits: TimeWaitSlab
  /** What odd values of the connection table name: index * 2 + 1. Even ones are TIME-WAIT records: (index + 1) * 2. */
  readonly objects = new ObjectTable<TcpSock | Request>()
  listeners!: ListenerTable
  /** Scratch for look-ups. */
  readonly key = new TupleKey()
  /** Input found that the segment in hand must be answered with RST. */
  wantsReset = false
  /** What that RST is to be signed with (RFC 2385). */
  resetKey: Uint8Array | undefined = undefined
  /** Of connections in TIME-WAIT, by index. */
  readonly timeWaitKeys = new Map<number, Uint8Array>()
  /** Socks with intents, in the order they were touched. */
  readonly dirty = new DirtyList()
  /** Every sock that is bound, connected or listening: for tools. */
  readonly socks = new LinkedSet<TcpSock>()
  /** Two secrets: sequence numbers, timestamp offsets. */
  readonly secret: Uint32Array
  readonly fastOpen: FastOpenShared
  readonly hashInput = new Uint8Array(36)
  readonly hashOutput = new Int32Array(2)
  /** The pair of addresses that connections were last made between, and the offset of their timestamps. */
  readonly lastOffset = new PairOffset()
  handlers!: TcpHandlers
  orphanCount = 0
  readonly acceptedOptions = new AcceptedOptions()
  /** Recomputes SMSS from the path MTU; output's, plugged in by protocol.ts. */
  syncMss: (tcp: TcpSock) => void = () => { /* set later */ }
  /** RFC 6298 2.1: one second before the first sample. */
  readonly initialRtoUs = RTO_INITIAL_US
  private challengeWindowAt = -Infinity
  private challengesLeft = 0

  constructor(namespace: NetNamespace, ports: BindTable) {
    this.namespace = namespace
    this.ports = ports
    this.sysctl = new TcpSysctls(namespace.sysctl)
    this.secret = new Uint32Array(8)
    for (let i = 0; i < 8; i++) this.secret[i] = namespace.random.secret.next32()
    const fastOpenKey = new Uint32Array(4)
    for (let i = 0; i < 4; i++) fastOpenKey[i] = namespace.random.secret.next32()
    this.fastOpen = new FastOpenShared(new Uint8Array(fastOpenKey.buffer))
    this.connections = new ConnectionTable(this.secret[0], this.secret[1])
    this.timeWaits = new TimeWaitSlab(namespace.timers)
  }

  get now(): number { return this.namespace.clock.now() }

  defaultCongestionControl(): CongestionControl {
    return this.createCongestionControl(this.sysctl.congestionControl.text) ?? createCongestionControl('reno') as CongestionControl
  }

  createCongestionControl(name: string): CongestionControl | undefined { return createCongestionControl(name, this.sysctl.hystart.value) }

  /** RFC 5961 7: challenge ACKs of all connections together, per second, the quota half random. */
  mayChallenge(now: number): boolean {
    const limit = this.sysctl.challengeAckLimit.value
    if (limit === 2147483647) return true
    if (now - this.challengeWindowAt >= 1_000_000) {
      this.challengeWindowAt = now
      const half = (limit + 1) >> 1
      this.challengesLeft = half + this.namespace.random.secret.below(Math.max(1, limit))
    }
    if (this.challengesLeft <= 0) return false
    this.challengesLeft--
    return true
  }
}
