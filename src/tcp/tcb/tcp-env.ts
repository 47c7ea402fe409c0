// What all connections of one namespace share: settings, pools, tables, the list of socks that owe output, and the
// handlers that protocol.ts plugs in so that the block itself need not know the rooms above it.

import type { NetNamespace } from '../../ip/namespace.ts'
import type { PortTable } from './port-table.ts'
import { AckSample } from '../congestion/congestion-control.ts'
import type { CongestionControl } from '../congestion/congestion-control.ts'
import { createCongestionControl } from '../congestion/registry.ts'
import { Segment } from '../segment/segment.ts'
import { TcpSysctls } from '../sysctl.ts'
import { ConnectionTable } from './connection-table.ts'
import { SendRecordPool } from './send-record.ts'
import type { TcpSock } from './tcp-sock.ts'
import { TimeWaitSlab } from './time-wait-slab.ts'

export interface TcpHandlers {
  onTimer(tcp: TcpSock, slot: number): void
  readiness(tcp: TcpSock): number
}

export class TcpEnv {
  readonly namespace: NetNamespace
  readonly ports: PortTable
  readonly sysctl: TcpSysctls
  readonly records = new SendRecordPool()
  readonly segment = new Segment()
  readonly sample = new AckSample()
  readonly connections: ConnectionTable
  readonly timeWaits: TimeWaitSlab
  /** Socks with intents, in the order they were touched. */
  dirty: TcpSock[] = []
  /** Every sock that is bound, connected or listening: for tools. */
  readonly socks = new Set<TcpSock>()
  /** Two secrets: sequence numbers, timestamp offsets. */
  readonly secret: Uint32Array
  handlers!: TcpHandlers
  orphanCount = 0
  /** RFC 6298 2.1: one second before the first sample. */
  readonly initialRtoUs = 1_000_000
  private challengeWindowAt = 0
  private challengesLeft = 0

  constructor(namespace: NetNamespace, ports: PortTable) {
    this.namespace = namespace
    this.ports = ports
    this.sysctl = new TcpSysctls(namespace.sysctl)
    this.secret = new Uint32Array(8)
    for (let i = 0; i < 8; i++) this.secret[i] = namespace.random.secret.next32()
    this.connections = new ConnectionTable(this.secret[0], this.secret[1])
    this.timeWaits = new TimeWaitSlab(namespace.timers)
  }

  get now(): number { return this.namespace.clock.now() }

  defaultCongestionControl(): CongestionControl {
    return createCongestionControl(this.sysctl.congestionControl.text) ?? createCongestionControl('reno') as CongestionControl
  }

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
