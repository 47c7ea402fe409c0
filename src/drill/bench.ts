// What a script is run on: one host with a wire of ours and a clock of ours. The interpreter knows no more of the stack
// than this; host-bench.ts makes one of Sockeye's own hosts.

import type { IpAddress } from '../base/address/ip.ts'
import type { AsyncSys, Sys } from '../kernel/syscalls.ts'
import type { VirtualClock } from '../sim/virtual-clock.ts'
import type { DrillDevice } from './device.ts'
import type { Settings } from './settings.ts'
import type { ListedSocket } from './socket-listing.ts'
import type { CallContext, FileCalls } from './syscall/plan.ts'

/** `ip route change DEST via GATEWAY dev tun0 advmss N mtu lock N initcwnd N` */
export interface RouteChange {
  readonly destination: IpAddress
  /** Bits of the prefix; undefined: all. */
  readonly prefixLength?: number
  readonly gateway: IpAddress | undefined
  readonly advmss: number | undefined
  readonly mtu: number | undefined
  readonly mtuLocked: boolean
  readonly initcwnd: number | undefined
}

export interface Bench {
  readonly clock: VirtualClock
  readonly device: DrillDevice
  readonly sys: Sys & FileCalls
  readonly sleeping: CallContext['sleeping'] & AsyncSys
  /** False when there is no such setting. */
  setSysctl(name: string, value: string): 'set' | 'unknown' | 'refused'
  /** A counter by nstat's name (`TcpExtOutOfWindowIcmps`); undefined when there is none. */
  counter(name: string): number | undefined
  counterNames(): readonly string[]
  /** False when the host cannot. */
  changeRoute(change: RouteChange): boolean
  /** Forgets what was cached of peers: Fast Open cookies, metrics. */
  flushMetrics(): boolean
  /** `fq` paces, `pfifo` does not. */
  setQueue(discipline: 'fq' | 'pfifo', limit: number | undefined): boolean
  /** A file of that many zero bytes, or none (-1). */
  makeFile(path: string, zeros: number): boolean
  /** TCP sockets, half-open and waiting ones included. */
  sockets(): readonly ListedSocket[]
  /** Takes the host down; how many packets it leaves behind. */
  close(): number
}

export type BenchMaker = (settings: Settings) => Bench
