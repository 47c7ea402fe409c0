// Two devices back to back (Linux: veth), without delay, rate or loss: what one sends the other receives in a later event of
// the same instant. The packet itself changes hands; super-segments and unfinished checksums pass as they are, unless
// the pipe is `wireExact`: then only packets go through that could stand on a wire.

import type { MacAddress } from '../base/address/mac.ts'
import type { Clock } from '../base/clock.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { GSO_NONE } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { DeferredDelivery } from './hand-up.ts'
import { ALL_OFFLOADS, NetDevice, NO_OFFLOADS } from './net-device.ts'

/** Ethernet header and one 802.1Q tag may come on top of the MTU. */
const LINK_HEADER_BYTES = 18

export interface PipeOptions {
  readonly clock: Clock
  readonly names?: readonly [string, string]
  /** Default `ip`: bare IP packets, no neighbours to resolve. */
  readonly medium?: 'ethernet' | 'ip'
  /** For medium `ethernet`. */
  readonly addresses?: readonly [MacAddress, MacAddress]
  readonly mtu?: number
  /** MTU-sized, checksummed packets only. */
  readonly wireExact?: boolean
}

export class PipeDevice extends NetDevice {
  private readonly delivery: DeferredDelivery
  private peer: PipeDevice | undefined

  constructor(name: string, address: MacAddress | undefined, options: PipeOptions) {
    super(name, options.medium ?? 'ip', options.mtu ?? 1500, address, options.wireExact === true ? NO_OFFLOADS : ALL_OFFLOADS)
    this.delivery = new DeferredDelivery(options.clock, this)
  }

  join(peer: PipeDevice): void { this.peer = peer }

  override send(packet: Packet): DropReason | undefined {
    const limit = this.medium === 'ethernet' ? this.mtu + LINK_HEADER_BYTES : this.mtu
    if (packet.gsoType === GSO_NONE && packet.length > limit) {
      packet.release()
      return 'frame-too-long'
    }
    if (this.peer === undefined) {
      packet.release()
      return 'device-down'
    }
    this.peer.delivery.push(packet)
    return undefined
  }

  /** Unplugs both ends. */
  override close(): void {
    this.delivery.clear()
    const { peer } = this
    if (peer === undefined) return
    this.peer = undefined
    this.carrier = false
    this.receiver?.linkChanged?.(this)
    peer.close()
  }
}

export function createPipe(options: PipeOptions): [PipeDevice, PipeDevice] {
  const [nameA, nameB] = options.names ?? ['pipe0', 'pipe1']
  const a = new PipeDevice(nameA, options.addresses?.[0], options)
  const b = new PipeDevice(nameB, options.addresses?.[1], options)
  a.join(b)
  b.join(a)
  return [a, b]
}
