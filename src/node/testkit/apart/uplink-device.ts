// The end of a cable in the thread of a host that lives apart: what leaves is gathered for the world, what comes is handed up.

import { MacAddress } from '../../../base/address/mac.ts'
import type { Instant } from '../../../base/time.ts'
import { handUp } from '../../../link/hand-up.ts'
import { NetDevice, NO_OFFLOADS } from '../../../link/net-device.ts'
import type { Packet } from '../../../wire/packet.ts'
import type { PacketMemory } from '../../../wire/packet-memory.ts'
import type { Frame } from './messages.ts'

export class UplinkDevice extends NetDevice {
  private readonly leave: (frame: Frame) => void

  constructor(name: string, medium: 'ethernet' | 'ip', mtu: number, mac: string | undefined, leave: (frame: Frame) => void) {
    super(name, medium, mtu, mac === undefined ? undefined : MacAddress.parse(mac), NO_OFFLOADS)
    this.leave = leave
  }

  override send(packet: Packet): undefined {
    this.leave([this.name, packet.memory.u8.slice(packet.start, packet.end)])
    packet.release()
    return undefined
  }

  setCarrier(carrier: boolean): void {
    this.carrier = carrier
    this.receiver?.linkChanged?.(this)
  }

  arrive(bytes: Uint8Array, memory: PacketMemory, now: Instant): void {
    const packet = memory.allocate(bytes.length)
    if (packet === undefined) {
      this.counters.rxDropped++
      return
    }
    packet.putBytes(bytes)
    handUp(this, packet, now)
    this.receiver?.endBatch(this)
  }
}
