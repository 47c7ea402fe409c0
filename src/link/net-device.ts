// The seam to any carrier of frames (Linux: struct net_device): what a device says of itself, how the stack hands it a
// packet, and how it hands packets up. `send` never delivers synchronously: whatever arrives because of it arrives in a
// later turn of the run loop. Called by ip/neighbour on the way out and by the carrier's own events on the way in.

import type { MacAddress } from '../base/address/mac.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from '../wire/packet.ts'

/** What the carrier does itself; whatever it lacks, `transmit` (link/transmit.ts) does in software before `send`. */
export interface DeviceFeatures {
  /** Completes CHECKSUM_PARTIAL. */
  readonly txChecksum: boolean
  /** Takes TCP super-segments. */
  readonly tso: boolean
  /** Takes UDP super-segments. */
  readonly uso: boolean
}

export const NO_OFFLOADS: DeviceFeatures = { txChecksum: false, tso: false, uso: false }
export const ALL_OFFLOADS: DeviceFeatures = { txChecksum: true, tso: true, uso: true }

/** The stack above a device. `endBatch` closes a run of `receive`: only then do protocols answer. */
export interface DeviceReceiver {
  /** Takes ownership. For medium `ethernet` the packet starts at the Ethernet header, for `ip` at the IP header. */
  receive(packet: Packet, device: NetDevice): void
  endBatch(device: NetDevice): void
  /** The carrier appeared or went. */
  linkChanged?(device: NetDevice): void
}

export class DeviceCounters {
  rxPackets = 0
  rxBytes = 0
  rxDropped = 0
  rxErrors = 0
  txPackets = 0
  txBytes = 0
  txDropped = 0
  txErrors = 0
  multicast = 0
}

/** Sees every frame on its way through a device, as AF_PACKET and capture do. The packet is not theirs to keep. */
export interface DeviceTap {
  frameIn(packet: Packet, device: NetDevice): void
  frameOut(packet: Packet, device: NetDevice): void
}

export abstract class NetDevice {
  readonly name: string
  /** Given by the namespace that attaches it; from 1. */
  index = 0
  /** `ethernet` carries frames with a header, `ip` bare IP packets (TUN, point to point), `loopback` bare and local. */
  readonly medium: 'ethernet' | 'ip' | 'loopback'
  readonly address: MacAddress | undefined
  /** Largest IP packet in bytes. */
  mtu: number
  features: DeviceFeatures
  /** Administratively up, and with a carrier. */
  up = true
  carrier = true
  promiscuous = false
  /** Its queue sends a flow's packets at the flow's rate (Linux: sch_fq): who sends through it paces. */
  pacesFlows = false
  /** True when frames of other stations and all multicast should be handed up as well. */
  allMulticast = false
  receiver: DeviceReceiver | undefined = undefined
  taps: readonly DeviceTap[] = []
  readonly counters = new DeviceCounters()

  constructor(name: string, medium: 'ethernet' | 'ip' | 'loopback', mtu: number, address: MacAddress | undefined, features: DeviceFeatures) {
    this.name = name
    this.medium = medium
    this.mtu = mtu
    this.address = address
    this.features = features
  }

  /**
   * Puts one packet on the carrier; takes ownership in every case. The packet meets `features`: callers go through
   * `transmit` (link/transmit.ts). A refusal is counted by the caller.
   */
  abstract send(packet: Packet): DropReason | undefined

  /** The carrier gathers what it is given until `flush`. Most send at once. */
  readonly gathers: boolean = false

  /** End of a turn: a carrier that gathers sends. */
  flush(): void { /* nothing gathered */ }

  /** What `send` keeps for a later event of this instant is delivered now; never called from within a delivery. */
  deliverHeld(): boolean { return false }

  /** Takes the device apart; frames under way are released. */
  close(): void { /* nothing to free */ }

  addTap(tap: DeviceTap): void { this.taps = [...this.taps, tap] }
  removeTap(tap: DeviceTap): void { this.taps = this.taps.filter(each => each !== tap) }
}
