// What every connection-oriented socket over IP adds (Linux: inet_connection_sock): the listener's queues, and the
// settings that govern how long silence is borne.

import type { NetNamespace } from '../ip/namespace.ts'
import { InetSock } from './inet-sock.ts'

/** Shared until changed, as SockOptions. 0 means: the namespace's sysctl. */
export interface ConnectionOptions {
  readonly keepIdleSeconds: number
  readonly keepIntervalSeconds: number
  readonly keepCount: number
  readonly synCount: number
  /** 0: tcp_fin_timeout. -1: no waiting in FIN-WAIT-2. */
  readonly linger2Seconds: number
  /** SYN-ACK retransmissions to wait for data. */
  readonly deferAcceptCount: number
  readonly userTimeoutMs: number
  readonly notSentLowat: number
  readonly thinLinear: boolean
  readonly inq: boolean
  readonly saveSyn: number
}

export const DEFAULT_CONNECTION_OPTIONS: ConnectionOptions = Object.freeze({
  keepIdleSeconds: 0, keepIntervalSeconds: 0, keepCount: 0, synCount: 0, linger2Seconds: 0, deferAcceptCount: 0, userTimeoutMs: 0,
  notSentLowat: 0, thinLinear: false, inq: false, saveSyn: 0,
})

export abstract class InetConnectionSock extends InetSock {
  connection: ConnectionOptions = DEFAULT_CONNECTION_OPTIONS

  constructor(namespace: NetNamespace, family: number, type: number, protocol: number, sndbuf: number, rcvbuf: number) {
    super(namespace, family, type, protocol, sndbuf, rcvbuf)
  }

  setConnectionOptions(change: Partial<ConnectionOptions>): void { this.connection = Object.freeze({ ...this.connection, ...change }) }
}
