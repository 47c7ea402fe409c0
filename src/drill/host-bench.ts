// The bench made of one of our own hosts: a point-to-point wire, packetdrill's addresses, seeded chance, virtual time.

import type { IpAddress } from '../base/address/ip.ts'
import { AF_INET6 } from '../base/posix.ts'
import { Prefix } from '../base/address/prefix.ts'
import { seededSource } from '../base/random.ts'
import type { Instant } from '../base/time.ts'
import { Trace } from '../base/trace.ts'
import { createHost } from '../kernel/host.ts'
import type { Host } from '../kernel/host.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import type { Bench, BenchMaker, RouteChange } from './bench.ts'
import { DrillDevice } from './device.ts'
import type { Settings } from './settings.ts'
import type { ListedSocket } from './socket-listing.ts'

/** Not zero, so that nothing that never happened seems to have happened just now. */
const BOOTED_FOR_US = 3_600_000_000
/** Address configuration is over by then; what it sent is not the script's. */
const QUIET_AFTER_US = 5_000_000
const MEMORY_BYTES = 24 * 1024 * 1024

export interface HostBenchOptions {
  /** Shared between scripts, so that it is made once. */
  readonly memory?: PacketMemory
  readonly trace?: Trace
  readonly seed?: string
}

/** Makes benches that share one packet memory. */
export function hostBenches(options: HostBenchOptions = {}): BenchMaker {
  const memory = options.memory ?? new PacketMemory({ bytes: MEMORY_BYTES })
  return settings => hostBench(settings, { ...options, memory })
}

export function hostBench(settings: Settings, options: HostBenchOptions = {}): Bench {
  const clock = new VirtualClock(BOOTED_FOR_US as Instant)
  const memory = options.memory ?? new PacketMemory({ bytes: MEMORY_BYTES })
  const heldBefore = memory.inUse
  const host = createHost({ name: 'drill', clock, random: seededSource(options.seed ?? 'drill'), memory, trace: options.trace ?? new Trace() })
  const device = new DrillDevice('tun0', settings.mtu, clock, memory)
  const wide = settings.family === 'ipv6' ? 64 : 16
  const everything = Prefix.parse(settings.family === 'ipv6' ? '::/0' : '0.0.0.0/0') as Prefix
  host.addDevice(device)
  host.addAddress(device, `${settings.local.toString()}/${wide}`)
  host.addRoute({ destination: everything, device })
  clock.advanceTo(BOOTED_FOR_US + QUIET_AFTER_US as Instant)
  device.sent.length = 0
  return new HostBench(host, device, clock, memory, heldBefore)
}

/** MIB tables by nstat's prefixes. */
function counterTables({ mib }: Host['namespace']): readonly (readonly [string, Record<string, number>])[] {
  return [['TcpExt', mib.tcpExt], ['Tcp', mib.tcp], ['IpExt', mib.ip], ['Ip', mib.ip], ['Icmp', mib.icmp], ['Udp', mib.udp]]
}

/** As ss abbreviates. */
function shortState(state: string): string {
  return { 'ESTABLISHED': 'ESTAB', 'SYN-RECEIVED': 'SYN-RECV' }[state] ?? state
}

function shown(address: IpAddress, family: 4 | 6): string { return family === 6 ? address.toMappedString() : address.toString() }

class HostBench implements Bench {
  readonly clock: VirtualClock
  readonly device: DrillDevice
  readonly sys: Bench['sys']
  readonly sleeping: Bench['sleeping']
  private readonly host: Host
  private readonly memory: PacketMemory
  private readonly heldBefore: number

  constructor(host: Host, device: DrillDevice, clock: VirtualClock, memory: PacketMemory, heldBefore: number) {
    this.heldBefore = heldBefore
    this.host = host
    this.device = device
    this.clock = clock
    this.memory = memory
    const process = host.spawn('drill')
    this.sys = process.sys
    this.sleeping = process
  }

  setSysctl(name: string, value: string): 'set' | 'unknown' | 'refused' {
    if (this.host.sysctl(name) === undefined) return 'unknown'
    return this.host.setSysctl(name, value) === 0 ? 'set' : 'refused'
  }

  counter(name: string): number | undefined {
    for (const [prefix, table] of counterTables(this.host.namespace)) {
      const value = name.startsWith(prefix) ? table[name.slice(prefix.length)] : undefined
      if (value !== undefined) return value
    }
    return undefined
  }

  counterNames(): readonly string[] {
    return counterTables(this.host.namespace).flatMap(([prefix, table]) => Object.keys(table).map(each => prefix + each))
  }

  changeRoute(change: RouteChange): boolean {
    const { mtu, advmss, mtuLocked, initcwnd } = change
    const destination = new Prefix(change.destination, change.prefixLength ?? (change.destination.family === 4 ? 32 : 128))
    this.host.ip.removeRoute({ destination })
    const known = {
      ...(mtu === undefined ? {} : { mtu }), ...(advmss === undefined ? {} : { advmss }),
      ...(initcwnd === undefined ? {} : { initcwnd }), mtuLocked,
    }
    return this.host.addRoute({ destination, device: this.device, ...known }) === 0
  }

  flushMetrics(): boolean {
    this.host.flushTcpMetrics()
    return true
  }

  setQueue(discipline: 'fq' | 'pfifo', limit: number | undefined): boolean {
    this.device.blocked = limit === 0
    this.device.pacesFlows = discipline === 'fq'
    return true
  }

  makeFile(path: string, zeros: number): boolean {
    const { files } = this.host
    files.unlink(path, '/')
    if (zeros < 0) return true
    const inode = files.createFile(path, '/')
    if (typeof inode === 'string') return false
    inode.bytes = new Uint8Array(zeros)
    return true
  }

  sockets(): readonly ListedSocket[] {
    const found: ListedSocket[] = []
    for (const sock of this.host.tcp.sockets()) {
      const family = sock.family === AF_INET6 ? 6 : 4
      const { source, destination } = sock.flow
      found.push({ family, state: shortState(sock.state), local: shown(source, family), localPort: sock.localPort, peer: `${shown(destination, family)}:${sock.remotePort}` })
      for (const half of sock.listener?.requests ?? []) {
        found.push({ family, state: 'SYN-RECV', local: shown(half.local, family), localPort: half.localPort, peer: `${shown(half.remote, family)}:${half.remotePort}` })
      }
    }
    return found
  }

  close(): number {
    this.host.close()
    return this.memory.inUse - this.heldBefore
  }
}
