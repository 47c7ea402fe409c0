// Where the cables of a host that lives apart end: what they bring is kept as bytes for its thread, what the thread sends goes out here.

import type { CableDevice } from '../../../link/cable.ts'
import { observeArrival } from '../../../link/hand-up.ts'
import type { DeviceReceiver, NetDevice } from '../../../link/net-device.ts'
import { reportDrop } from '../../../link/report-drop.ts'
import type { LinkEnvironment } from '../../../link/report-drop.ts'
import { transmit } from '../../../link/transmit.ts'
import type { Packet } from '../../../wire/packet.ts'
import type { PacketMemory } from '../../../wire/packet-memory.ts'
import type { Outpost } from '../../../sim/world.ts'
import type { Frame } from './messages.ts'

/** Who lives apart. */
export interface Absentee {
  readonly isUp: boolean
  plugged(device: CableDevice): void
  arrived(frame: Frame): void
  linkChanged(device: NetDevice): void
}

export class CableOutpost implements Outpost, DeviceReceiver {
  readonly name: string
  readonly env: LinkEnvironment
  readonly devices: CableDevice[] = []
  private readonly memory: PacketMemory
  private readonly owner: Absentee

  constructor(env: LinkEnvironment, memory: PacketMemory, owner: Absentee) {
    this.name = env.host
    this.env = env
    this.memory = memory
    this.owner = owner
  }

  addPort(device: CableDevice): void {
    this.devices.push(device)
    device.index = this.devices.length
    device.receiver = this
    this.owner.plugged(device)
  }

  receive(packet: Packet, device: NetDevice): void {
    observeArrival(device, packet, this.env)
    if (this.owner.isUp) this.owner.arrived([device.name, packet.memory.u8.slice(packet.start, packet.end)])
    else reportDrop(this.env, device.name, 'in', packet, 'device-down')
    packet.release()
  }

  endBatch(): void { /* each frame was told when it came */ }

  linkChanged(device: NetDevice): void { this.owner.linkChanged(device) }

  send([name, bytes]: Frame): void {
    const device = this.devices.find(each => each.name === name)
    const packet = device === undefined ? undefined : this.memory.allocate(bytes.length)
    if (device === undefined || packet === undefined) return
    packet.putBytes(bytes)
    transmit(device, packet, this.env)
  }
}
