// Gathers the segments of a flow that arrive in one batch into one super-segment (Linux: GRO, tcp_gro_receive), so that
// the stack above works once for many packets. Only what `segment` would cut into the same packets again is merged:
// equal headers, equal options (timestamps too), sequence numbers without a gap. Stands between a device and its receiver.

import { addSums, finish } from '../../base/checksum.ts'
import { getU16, getU32, setU16 } from '../../base/bytes.ts'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL, GSO_NONE, GSO_TCP4, GSO_TCP6 } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { DeviceReceiver, NetDevice } from '../net-device.ts'
import { networkStart } from './locate.ts'

/** Flows gathered at a time; the oldest gives way (Linux: MAX_GRO_SKBS). */
const MAX_FLOWS = 8
const MAX_IP_BYTES = 65535
const TCP = 6
const ACK = 0x10
const PSH = 0x08

/** One flow of this batch: its first segment, then the super-segment it grew into. */
class Gathering {
  packet: Packet
  readonly device: NetDevice
  /** Payload of a full segment. */
  readonly size: number
  nextSeq: number
  count = 1

  constructor(packet: Packet, device: NetDevice, size: number) {
    this.packet = packet
    this.device = device
    this.size = size
    this.nextSeq = getU32(packet.memory.u8, packet.transportAt + 4) + size | 0
  }
}

export class Coalescer implements DeviceReceiver {
  private readonly upper: DeviceReceiver
  private flows: Gathering[] = []

  constructor(upper: DeviceReceiver) { this.upper = upper }

  receive(packet: Packet, device: NetDevice): void {
    if (!findTcp(packet, device)) {
      forget(packet)
      this.upper.receive(packet, device)
      return
    }
    const at = this.flows.findIndex(each => isSameFlow(each.packet, packet))
    const flow = at < 0 ? undefined : this.flows[at]
    const payload = payloadOf(packet)
    if (flow !== undefined && continues(flow, packet, payload) && this.append(flow, packet, payload)) {
      if (isLastOfFlow(flow, packet, payload)) this.give(at)
      packet.release()
      return
    }
    if (flow !== undefined) this.give(at)
    if (payload > 0 && isPlainData(packet) && checksumHolds(packet)) {
      if (this.flows.length === MAX_FLOWS) this.give(0)
      this.flows.push(new Gathering(packet, device, payload))
    } else {
      forget(packet)
      this.upper.receive(packet, device)
    }
  }

  endBatch(device: NetDevice): void {
    while (this.flows.length > 0) this.give(0)
    this.upper.endBatch(device)
  }

  linkChanged(device: NetDevice): void { this.upper.linkChanged?.(device) }

  private give(at: number): void {
    const [flow] = this.flows.splice(at, 1)
    const { packet, device } = flow
    if (flow.count > 1) finishHeaders(flow)
    forget(packet)
    this.upper.receive(packet, device)
  }

  /** Moves the payload behind what was gathered; false without room. */
  private append(flow: Gathering, packet: Packet, payload: number): boolean {
    if (!flow.packet.isLarge) {
      const large = grow(flow.packet)
      if (large === undefined) return false
      flow.packet.release()
      flow.packet = large
    }
    const whole = flow.packet
    if (whole.end - whole.networkAt + payload > MAX_IP_BYTES || whole.tailroom < payload) return false
    const u8 = whole.memory.u8
    u8.copyWithin(whole.put(payload), packet.end - payload, packet.end)
    u8[whole.transportAt + 13] |= u8[packet.transportAt + 13] & PSH
    flow.count++
    flow.nextSeq = flow.nextSeq + payload | 0
    return true
  }
}

/** Sets the header positions of a TCP packet without IP options, extensions or fragments; trims padding. False for others. */
function findTcp(packet: Packet, device: NetDevice): boolean {
  if (packet.gsoType !== GSO_NONE) return false
  const { u8 } = packet.memory
  const at = networkStart(packet, device.medium === 'ethernet')
  if (at + 40 > packet.end) return false
  const version = u8[at] >>> 4
  const isTcp4 = version === 4 && u8[at] === 0x45 && u8[at + 9] === TCP && (getU16(u8, at + 6) & 0x3fff) === 0
  const isTcp6 = version === 6 && u8[at + 6] === TCP
  const total = isTcp4 ? getU16(u8, at + 2) : isTcp6 ? 40 + getU16(u8, at + 4) : 0
  const transportAt = at + (isTcp4 ? 20 : 40)
  if (total === 0 || at + total > packet.end || transportAt + 20 > at + total) return false
  const headerLength = (u8[transportAt + 12] >>> 4) * 4
  if (headerLength < 20 || transportAt + headerLength > at + total) return false
  if (isTcp4 && packet.memory.checksummer.sum(at, 20) !== 0xffff) return false
  packet.networkAt = at
  packet.transportAt = transportAt
  packet.trim(at + total - packet.start)
  return true
}

/** The stack above finds the headers itself. */
function forget(packet: Packet): void {
  packet.networkAt = -1
  packet.transportAt = -1
}

function payloadOf(packet: Packet): number {
  return packet.end - packet.transportAt - (packet.memory.u8[packet.transportAt + 12] >>> 4) * 4
}

/** ACK, perhaps PSH, nothing else; a PSH segment starts no gathering, since it would end it. */
function isPlainData(packet: Packet): boolean { return packet.memory.u8[packet.transportAt + 13] === ACK }

function isSameFlow(a: Packet, b: Packet): boolean {
  const { u8 } = a.memory
  const isIpv4 = u8[a.networkAt] >>> 4 === 4
  if (u8[a.networkAt] >>> 4 !== u8[b.networkAt] >>> 4 || getU32(u8, a.transportAt) !== getU32(u8, b.transportAt)) return false
  const from = isIpv4 ? 12 : 8
  return isEqual(u8, a.networkAt + from, b.networkAt + from, isIpv4 ? 8 : 32)
}

/** Whether `segment` would make this very packet again out of the merged one. */
function continues(flow: Gathering, packet: Packet, payload: number): boolean {
  const { u8 } = packet.memory
  const first = flow.packet
  const a = first.transportAt
  const b = packet.transportAt
  if (payload === 0 || payload > flow.size || getU32(u8, b + 4) !== flow.nextSeq) return false
  if ((u8[b + 13] & ~PSH) !== ACK || (u8[a + 13] & PSH) !== 0) return false
  // Acknowledgement, header length, window; options.
  const optionBytes = (u8[a + 12] >>> 4) * 4 - 20
  if (getU32(u8, a + 8) !== getU32(u8, b + 8) || u8[a + 12] !== u8[b + 12] || getU16(u8, a + 14) !== getU16(u8, b + 14)) return false
  if (!isEqual(u8, a + 20, b + 20, optionBytes) || !isSameLinkHeader(first, packet)) return false
  return isSameNetworkHeader(flow, packet) && checksumHolds(packet)
}

/** All of the IP header but lengths, checksum and, where it counts up or does not matter (RFC 6864), identification. */
function isSameNetworkHeader(flow: Gathering, packet: Packet): boolean {
  const { u8 } = packet.memory
  const a = flow.packet.networkAt
  const b = packet.networkAt
  if (u8[a] >>> 4 === 6) return getU32(u8, a) === getU32(u8, b) && u8[a + 7] === u8[b + 7]
  const mayNotFragment = (u8[a + 6] & 0x40) !== 0
  const follows = (getU16(u8, a + 4) + flow.count & 0xffff) === getU16(u8, b + 4)
  if (!mayNotFragment && !follows) return false
  return getU16(u8, a) === getU16(u8, b) && getU16(u8, a + 6) === getU16(u8, b + 6) && u8[a + 8] === u8[b + 8]
}

function isSameLinkHeader(a: Packet, b: Packet): boolean {
  const length = a.networkAt - a.start
  return length === b.networkAt - b.start && isEqual(a.memory.u8, a.start, b.start, length)
}

function isLastOfFlow(flow: Gathering, packet: Packet, payload: number): boolean {
  return payload < flow.size || (packet.memory.u8[packet.transportAt + 13] & PSH) !== 0
}

/** True when a device or this sum vouches for the segment: a merged one is not verified again. */
function checksumHolds(packet: Packet): boolean {
  if (packet.checksum !== CHECKSUM_NONE) return true
  const length = packet.end - packet.transportAt
  const sum = addSums(pseudoSum(packet, length), packet.memory.checksummer.sum(packet.transportAt, length))
  return sum === 0xffff
}

function pseudoSum(packet: Packet, length: number): number {
  const { checksummer, u8 } = packet.memory
  const at = packet.networkAt
  const addresses = u8[at] >>> 4 === 4 ? checksummer.sum(at + 12, 8) : checksummer.sum(at + 8, 32)
  return addSums(addSums(addresses, TCP), length)
}

/** A copy in a large slot, with room for the rest of the flow. */
function grow(packet: Packet): Packet | undefined {
  const { memory, start } = packet
  const large = memory.allocate(MAX_IP_BYTES + packet.networkAt - start, packet.headroom)
  if (large === undefined) return undefined
  const shift = large.start - start
  memory.u8.copyWithin(large.put(packet.length), start, packet.end)
  large.linkAt = packet.linkAt < 0 ? -1 : packet.linkAt + shift
  large.networkAt = packet.networkAt + shift
  large.transportAt = packet.transportAt + shift
  large.linkDestination = packet.linkDestination
  large.receivedAt = packet.receivedAt
  large.deviceIndex = packet.deviceIndex
  large.mark = packet.mark
  return large
}

/** Lengths and checksums of what was gathered: as if a sender with TSO had handed it over. */
function finishHeaders(flow: Gathering): void {
  const { packet } = flow
  const { u8, checksummer } = packet.memory
  const at = packet.networkAt
  const isIpv4 = u8[at] >>> 4 === 4
  if (isIpv4) {
    setU16(u8, at + 2, packet.end - at)
    setU16(u8, at + 10, 0)
    setU16(u8, at + 10, finish(checksummer.sum(at, 20)))
  } else {
    setU16(u8, at + 4, packet.end - at - 40)
  }
  packet.gsoType = isIpv4 ? GSO_TCP4 : GSO_TCP6
  packet.gsoSize = flow.size
  packet.gsoSegs = flow.count
  packet.checksum = CHECKSUM_PARTIAL
  packet.checksumStart = packet.transportAt
  packet.checksumAt = packet.transportAt + 16
  setU16(u8, packet.checksumAt, pseudoSum(packet, packet.end - packet.transportAt))
}

function isEqual(u8: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (u8[a + i] !== u8[b + i]) return false
  return true
}
