// A host that is nothing but an IP layer, and a device that records what it is given: for tests of src/ip in virtual time.

import { MacAddress } from '../../src/base/address/mac.ts'
import { IpAddress, parseIp } from '../../src/base/address/ip.ts'
import { Prefix } from '../../src/base/address/prefix.ts'
import type { DropReason } from '../../src/base/drop-reason.ts'
import { SeededRandom, seededSource } from '../../src/base/random.ts'
import { ms } from '../../src/base/time.ts'
import type { Instant } from '../../src/base/time.ts'
import { Trace } from '../../src/base/trace.ts'
import { Ip } from '../../src/ip/ip.ts'
import { Flow } from '../../src/ip/flow.ts'
import { NetNamespace } from '../../src/ip/namespace.ts'
import type { TransportProtocol } from '../../src/ip/transport-protocol.ts'
import { LoopbackDevice } from '../../src/link/loopback.ts'
import { NetDevice, NO_OFFLOADS } from '../../src/link/net-device.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { PacketMemory } from '../../src/wire/packet-memory.ts'
import type { Packet } from '../../src/wire/packet.ts'

export function ip(text: string): IpAddress {
  const address = parseIp(text)
  if (address === undefined) throw new Error(`no address: ${text}`)
  return address
}

export function cidr(text: string): Prefix {
  const prefix = Prefix.parse(text)
  if (prefix === undefined) throw new Error(`no prefix: ${text}`)
  return prefix
}

/** Keeps copies of what the stack sends; `inject` hands bytes up. */
export class RecordingDevice extends NetDevice {
  readonly sent: Uint8Array[] = []

  override send(packet: Packet): undefined {
    this.sent.push(packet.bytes())
    packet.release()
    return undefined
  }

  /** What was sent since the last call. */
  take(): Uint8Array[] { return this.sent.splice(0) }
}

/** A transport that remembers; takes everything of its protocol. */
export class Catcher implements TransportProtocol {
  readonly protocol: number
  readonly received: { from: string, to: string, bytes: Uint8Array, kind: number, hopLimit: number }[] = []
  readonly errors: { errno: string, type: number, code: number, mtu: number, remote: string, fatal: boolean }[] = []
  batches = 0

  constructor(protocol: number) { this.protocol = protocol }

  input(...[packet, info]: Parameters<TransportProtocol['input']>): void {
    this.received.push({
      from: info.source().toString(), to: info.destination().toString(), bytes: packet.bytes(), kind: info.destinationKind,
      hopLimit: info.hopLimit,
    })
    packet.release()
  }

  error(...[error]: Parameters<TransportProtocol['error']>): void {
    const { errno, type, code, mtu, remote, fatal } = error
    this.errors.push({ errno, type, code, mtu, remote: remote.toString(), fatal })
  }

  endBatch(): void { this.batches++ }
}

export class TestNet {
  readonly clock = new VirtualClock()
  readonly memory = new PacketMemory({ bytes: 1 << 24 })
  private macs = 0

  host(name: string, sysctls: Record<string, number> = {}): TestHost { return new TestHost(this, name, sysctls) }

  nextMac(): MacAddress {
    this.macs++
    return MacAddress.of(0x0200, this.macs)
  }

  /** Two hosts on one Ethernet cable without delay. */
  join(a: TestHost, b: TestHost, options: { medium?: 'ethernet' | 'ip', mtu?: number, wireExact?: boolean } = {}): [NetDevice, NetDevice] {
    const devices = createPipe({
      clock: this.clock, names: [a.nextName(), b.nextName()], medium: options.medium ?? 'ethernet', addresses: [this.nextMac(), this.nextMac()],
      mtu: options.mtu ?? 1500, wireExact: options.wireExact ?? true,
    })
    a.ip.attach(devices[0])
    b.ip.attach(devices[1])
    return devices
  }

  run(milliseconds: number): void { this.clock.advanceTo(this.clock.now() + ms(milliseconds) as Instant) }
}

export class TestHost {
  readonly namespace: NetNamespace
  readonly ip: Ip
  readonly udp = new Catcher(17)
  readonly drops: DropReason[] = []
  private readonly net: TestNet
  private devices = 0

  constructor(net: TestNet, name: string, sysctls: Record<string, number>) {
    this.net = net
    const trace = new Trace()
    trace.listen(event => { if (event.name === 'drop') this.drops.push(event.reason) })
    this.namespace = new NetNamespace({ host: name, clock: net.clock, random: seededSource(name), memory: net.memory, trace })
    this.ip = new Ip(this.namespace)
    this.namespace.ip = this.ip
    const defaults = { 'net.ipv6.conf.default.dad_transmits': 0, 'net.ipv6.conf.default.router_solicitations': 0, ...sysctls }
    for (const [key, value] of Object.entries(defaults)) this.namespace.sysctl.set(key, String(value))
    this.ip.attach(new LoopbackDevice(net.clock))
    this.ip.register(this.udp)
  }

  nextName(): string {
    this.devices++
    return `eth${this.devices - 1}`
  }

  record(medium: 'ethernet' | 'ip' = 'ip', mtu = 1500): RecordingDevice {
    const device = new RecordingDevice(this.nextName(), medium, mtu, medium === 'ethernet' ? this.net.nextMac() : undefined, NO_OFFLOADS)
    this.ip.attach(device)
    return device
  }

  /** Hands a frame or packet up as its own batch. */
  inject(device: NetDevice, bytes: Uint8Array): void {
    const packet = this.net.memory.allocate(bytes.length)
    if (packet === undefined) throw new Error('no packet memory')
    packet.putBytes(bytes)
    device.receiver?.receive(packet, device)
    device.receiver?.endBatch(device)
  }

  flow(destination: string, change: Partial<Flow> = {}): Flow {
    const flow = new Flow()
    flow.destination = ip(destination)
    flow.source = flow.destination.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6
    flow.protocol = 17
    return Object.assign(flow, change)
  }

  /** Sends `payload` as a transport segment; what IP answered. */
  send(flow: Flow, payload: Uint8Array): string | undefined {
    const packet = this.net.memory.allocate(payload.length)
    if (packet === undefined) throw new Error('no packet memory')
    packet.putBytes(payload)
    return this.ip.output(packet, flow)
  }
}

export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  new SeededRandom(seed).bytes(bytes)
  return bytes
}
