// One host's network state (Linux: struct net): what was injected (clock, chance, packet memory), its devices, settings
// and counters. Tables of a layer live in that layer's own object, which kernel/host.ts makes and hangs here.

import type { Clock } from '../base/clock.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { RandomSource } from '../base/random.ts'
import { StackTimers } from '../base/stack-timers.ts'
import { SysctlTable } from '../base/sysctl-table.ts'
import type { Instant } from '../base/time.ts'
import type { Trace } from '../base/trace.ts'
import type { NetDevice } from '../link/net-device.ts'
import type { PacketMemory } from '../wire/packet-memory.ts'
import type { TableChange } from './change.ts'
import type { IpLayer } from './ip-layer.ts'
import { createMib } from './mib.ts'
import type { Mib } from './mib.ts'

export interface NamespaceOptions {
  readonly host: string
  readonly clock: Clock
  readonly random: RandomSource
  readonly memory: PacketMemory
  readonly trace: Trace
}

export type DropLayer = 'link' | 'ip' | 'icmp' | 'arp' | 'udp' | 'tcp' | 'raw' | 'packet'

export class NetNamespace {
  readonly host: string
  readonly clock: Clock
  readonly random: RandomSource
  readonly memory: PacketMemory
  readonly trace: Trace
  readonly timers: StackTimers
  readonly sysctl = new SysctlTable()
  readonly mib: Mib = createMib()
  /** How often each reason discarded a packet. */
  readonly drops = new Map<DropReason, number>()
  /** By index - 1; loopback first. A removed device leaves a hole. */
  devices: (NetDevice | undefined)[] = []
  /** Changes whenever a route, address or device does: cached routes of another generation are stale. */
  routeGeneration = 1
  /** Packets of ours that a full queue before a device took nothing of: a sender compares before and after. */
  queueRefusals = 0
  /** Set once by kernel/host.ts before anything runs. */
  ip!: IpLayer
  /** Told of every change of a link, address, route or neighbour; set by the routing socket's protocol. */
  onTableChange: ((change: TableChange) => void) | undefined = undefined
  private nextSockId = 1

  constructor(options: NamespaceOptions) {
    this.host = options.host
    this.clock = options.clock
    this.random = options.random
    this.memory = options.memory
    this.trace = options.trace
    this.timers = new StackTimers(options.clock)
  }

  now(): Instant { return this.clock.now() }

  device(index: number): NetDevice | undefined { return this.devices[index - 1] }

  deviceNamed(name: string): NetDevice | undefined { return this.devices.find(each => each?.name === name) }

  /** What loopback holds arrives now, not in the next event: for the end of a call, while no packet is being worked on. */
  deliverLocal(): boolean { return this.device(1)?.deliverHeld() ?? false }

  /** Inode-like number of a new socket. */
  takeSockId(): number {
    this.nextSockId++
    return this.nextSockId - 1
  }

  /** Counts and traces a drop; the caller releases the packet. */
  countDrop(layer: DropLayer, reason: DropReason, device: string, length: number, detail: string = ''): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1)
    if (this.trace.on) this.trace.emit({ name: 'drop', at: this.clock.now(), host: this.host, layer, reason, device, length, detail })
  }
}
