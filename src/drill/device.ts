// The wire of a script: a point-to-point layer-3 device. What the stack sends is queued with its time; what a script
// injects arrives as a batch of its own.

import { ALL_OFFLOADS, NO_OFFLOADS, NetDevice } from '../link/net-device.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Clock } from '../base/clock.ts'
import type { PacketMemory } from '../wire/packet-memory.ts'
import { GSO_NONE, GSO_TCP4, GSO_TCP6 } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { readPacket } from './packet/seen.ts'
import type { SeenPacket } from './packet/seen.ts'

export class DrillDevice extends NetDevice {
  /** In the order they left. */
  readonly sent: SeenPacket[] = []
  private readonly clock: Clock
  private readonly memory: PacketMemory
  /** `tc qdisc ... pfifo limit 0`: nothing gets out. */
  blocked = false

  constructor(name: string, mtu: number, clock: Clock, memory: PacketMemory) {
    super(name, 'ip', mtu, undefined, ALL_OFFLOADS)
    this.clock = clock
    this.memory = memory
  }

  /** `ethtool -K tun0 tso on|off`. */
  setSegmentation(on: boolean): void { this.features = on ? ALL_OFFLOADS : NO_OFFLOADS }

  override send(packet: Packet): DropReason | undefined {
    const pieceBytes = packet.gsoType === GSO_NONE ? 0 : packet.gsoSize
    const seen = this.blocked ? undefined : readPacket(packet.bytes(), this.clock.now(), pieceBytes)
    packet.release()
    if (this.blocked) return 'device-queue-full'
    if (seen !== undefined) this.sent.push(seen)
    return undefined
  }

  /** False when packet memory is exhausted or nobody listens. */
  inject(bytes: Uint8Array, pieceBytes: number): boolean {
    const packet = this.receiver === undefined ? undefined : this.memory.allocate(bytes.length)
    if (packet === undefined || this.receiver === undefined) return false
    packet.putBytes(bytes)
    packet.networkAt = packet.start
    packet.etherType = bytes[0] >>> 4 === 4 ? 0x0800 : 0x86dd
    packet.receivedAt = this.clock.now()
    packet.deviceIndex = this.index
    if (pieceBytes > 0) {
      packet.gsoType = bytes[0] >>> 4 === 4 ? GSO_TCP4 : GSO_TCP6
      packet.gsoSize = pieceBytes
      packet.gsoSegs = Math.ceil((bytes.length - 40) / pieceBytes)
    }
    this.receiver.receive(packet, this)
    this.receiver.endBatch(this)
    return true
  }
}
