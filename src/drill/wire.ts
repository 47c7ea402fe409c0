// Expected packets against those that leave: the next one of the connection under test is awaited, joined or cut to
// length, compared, and its time checked.

import type { PacketAction, ScriptEvent, TcpText } from './ast.ts'
import type { Bench } from './bench.ts'
import type { Calls } from './calls.ts'
import type { Connections } from './connections.ts'
import { compare, describeSeen } from './packet/compare.ts'
import { ACK } from './packet/image.ts'
import { continues, cut, join } from './packet/join.ts'
import { mayBeLeftOut } from './packet/neutral.ts'
import type { SeenPacket } from './packet/seen.ts'
import { decodeOptions } from './packet/tcp-options.ts'
import { Mismatch } from './refusal.ts'
import type { Schedule } from './schedule.ts'
import type { Settings } from './settings.ts'

export class Wire {
  /** The packet the failed expectation was compared with. */
  wrong: SeenPacket | undefined = undefined
  private readonly bench: Bench
  private readonly settings: Settings
  private readonly connections: Connections
  private readonly schedule: Schedule
  private readonly calls: Calls
  /** Neutral mode: the acknowledgement a left-out pure ACK owes, in wire space. */
  private owedAck: number | undefined = undefined
  /** Lines of acknowledgements that were left out. */
  readonly leftOut = new Set<number>()

  constructor(bench: Bench, settings: Settings, connections: Connections, schedule: Schedule, calls: Calls) {
    this.bench = bench
    this.settings = settings
    this.connections = connections
    this.schedule = schedule
    this.calls = calls
  }

  /** Packets that left and were not compared yet. */
  get following(): readonly SeenPacket[] { return this.bench.device.sent }

  async expect(action: PacketAction, event: ScriptEvent): Promise<void> {
    const { transport } = action
    const ports = transport.kind === 'icmp' ? undefined : transport.ports
    const optional = this.settings.mode === 'neutral' && transport.kind === 'tcp' && mayBeLeftOut(transport)
    const first = await this.next(ports, optional)
    if (first === undefined) {
      if (optional && transport.kind === 'tcp') { this.owe(transport.ack ?? 0, event); return }
      throw new Mismatch(`no packet, expected ${event.text.replace(/^\S+\s*/, '')}`)
    }
    const length = transport.kind === 'tcp' ? transport.sequence.length : undefined
    const seen = length === undefined ? first : await this.fit(first, length, ports)
    const { current } = this.connections
    if (current === undefined) throw new Mismatch('a packet without a connection')
    const difference = compare(action, seen, current, this.settings)
    const fault = difference ?? this.schedule.timeFault(seen.at - this.schedule.startAt)
    if (fault === undefined) { this.payAck(seen); return }
    const isTheOne = difference !== undefined && transport.kind === 'tcp' && this.isSameAck(seen, transport)
    if (optional && !isTheOne && transport.kind === 'tcp' && this.coversAck(seen, transport.ack ?? 0)) {
      this.bench.device.sent.unshift(seen)
      this.owe(transport.ack ?? 0, event)
      return
    }
    if (this.settings.mode === 'neutral' && !isTheOne && transport.kind === 'tcp' && this.isExtraAck(seen, transport)) {
      await this.expect(action, event)
      return
    }
    this.wrong = seen
    throw new Mismatch(fault)
  }

  /** A pure ACK of the very number: where it differs otherwise it is wrong, not another. */
  private isSameAck(seen: SeenPacket, expected: TcpText): boolean {
    return mayBeLeftOut(expected) && seen.tcp?.flags === ACK && seen.payload.length === 0
      && seen.tcp.ack === this.connections.current?.remoteToWire(expected.ack ?? 0, false, expected.ackAbsolute)
  }

  /** Neutral mode: an acknowledgement sooner than the script's stack sent one, of no more than it will acknowledge. */
  private isExtraAck(seen: SeenPacket, expected: TcpText): boolean {
    if (seen.tcp?.flags !== ACK || seen.payload.length > 0 || expected.ack === undefined) return false
    const wanted = this.connections.current?.remoteToWire(expected.ack, expected.flags.includes('S'), expected.ackAbsolute) ?? 0
    const carriesSack = decodeOptions(seen.tcp.options)?.some(each => each.kind === 'sack') === true
    return !carriesSack && ((wanted - seen.tcp.ack) | 0) >= 0 && !(mayBeLeftOut(expected) && wanted === seen.tcp.ack)
  }

  expectQuiet(): void {
    const stray = this.takeOwned(undefined)
    if (stray === undefined) return
    this.wrong = stray
    throw new Mismatch(`nothing was to leave, saw ${describeSeen(stray, this.connections.current)}`)
  }

  /** The next packet of the connection under test, waiting for it until it is given up. */
  private async next(ports: readonly [number, number] | undefined, optional: boolean): Promise<SeenPacket | undefined> {
    const { schedule } = this
    const deadline = optional ? schedule.inTimeUntil(this.bench.clock.now()) : schedule.deadline
    for (;;) {
      const owned = this.takeOwned(ports)
      if (owned !== undefined) return owned
      if (!this.bench.clock.runNext(deadline)) return undefined
      if (this.calls.busy) await this.calls.settle()
    }
  }

  private takeOwned(ports: readonly [number, number] | undefined): SeenPacket | undefined {
    const { sent } = this.bench.device
    for (let packet = sent.shift(); packet !== undefined; packet = sent.shift()) if (this.connections.owns(packet, ports)) return packet
    return undefined
  }

  /** Joins following pieces, or cuts off what a device without offload would have sent apart, until `length` fits. */
  private async fit(first: SeenPacket, length: number, ports: readonly [number, number] | undefined): Promise<SeenPacket> {
    if (this.settings.strictSegments) return first
    let whole = first
    while (whole.tcp !== undefined && whole.payload.length > 0 && whole.payload.length < length) {
      const piece = await this.next(ports, false)
      if (piece === undefined) return whole
      if (!continues(whole, piece)) { this.bench.device.sent.unshift(piece); return whole }
      whole = join(whole, piece)
    }
    const halves = whole.payload.length > length ? cut(whole, length) : undefined
    if (halves === undefined) return whole
    this.bench.device.sent.unshift(halves[1])
    return halves[0]
  }

  private owe(ack: number, event: ScriptEvent): void {
    const { current } = this.connections
    this.leftOut.add(event.line)
    if (current !== undefined) this.owedAck = current.remoteToWire(ack, false)
  }

  private coversAck(seen: SeenPacket, ack: number): boolean {
    const { current } = this.connections
    return current !== undefined && seen.tcp !== undefined && ((seen.tcp.ack - current.remoteToWire(ack, false)) | 0) >= 0
  }

  private payAck(seen: SeenPacket): void {
    if (this.owedAck !== undefined && seen.tcp !== undefined && ((seen.tcp.ack - this.owedAck) | 0) >= 0) this.owedAck = undefined
  }

  /** At the end: an ACK that was left out must have been covered by what left since. */
  settleOwedAck(): void {
    for (let packet = this.takeOwned(undefined); packet !== undefined; packet = this.takeOwned(undefined)) this.payAck(packet)
    if (this.owedAck !== undefined) throw new Mismatch('an acknowledgement was left out and no later one covers it')
  }
}
