// Test support: super-segments built byte by byte from the RFCs' layouts, and a checksum verifier of its own.

import { CHECKSUM_PARTIAL, GSO_TCP4, GSO_TCP6, GSO_UDP } from '../../src/wire/packet.ts'
import type { Packet } from '../../src/wire/packet.ts'
import type { PacketMemory } from '../../src/wire/packet-memory.ts'

export interface SuperSegmentSpec {
  readonly family: number
  readonly protocol: string
  readonly payloadLength: number
  readonly gsoSize: number
  /** Bytes of TCP options, a multiple of 4. */
  readonly options: number
  readonly ethernet: boolean
  readonly flags: number
  readonly seq: number
  readonly identification: number
}

export function superSegment(memory: PacketMemory, spec: SuperSegmentSpec): { packet: Packet, payload: Uint8Array } {
  const isTcp = spec.protocol === 'tcp'
  const payload = Uint8Array.from({ length: spec.payloadLength }, (_, i) => i * 7 + (i >>> 8))
  const transport = isTcp ? tcpHeader(spec) : udpHeader(spec)
  const length = transport.length + payload.length
  const network = spec.family === 4 ? ipv4Header(spec, length) : ipv6Header(spec, length)
  const link = spec.ethernet ? [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...(spec.family === 4 ? [8, 0] : [0x86, 0xdd])] : []
  const packet = memory.allocate(link.length + network.length + transport.length + payload.length)
  if (packet === undefined) throw new Error('no memory for the test')
  packet.putBytes(Uint8Array.from([...link, ...network, ...transport]))
  packet.putBytes(payload)
  packet.networkAt = packet.start + link.length
  packet.transportAt = packet.networkAt + network.length
  packet.checksum = CHECKSUM_PARTIAL
  packet.checksumStart = packet.transportAt
  packet.checksumAt = packet.transportAt + (isTcp ? 16 : 6)
  packet.gsoType = isTcp ? spec.family === 4 ? GSO_TCP4 : GSO_TCP6 : GSO_UDP
  packet.gsoSize = spec.gsoSize
  packet.gsoSegs = Math.ceil(payload.length / spec.gsoSize)
  putPseudoSum(packet)
  return { packet, payload }
}

function tcpHeader(spec: SuperSegmentSpec): number[] {
  return [0x1f, 0x90, 0x82, 0x1a, ...word(spec.seq), 0, 0, 0, 9, (5 + spec.options / 4) << 4, spec.flags, 1, 0, 0, 0, 0, 0,
    ...Array.from({ length: spec.options }, () => 1)]
}

function udpHeader(spec: SuperSegmentSpec): number[] {
  const length = 8 + spec.payloadLength
  return [0x1f, 0x90, 0x82, 0x1a, length >>> 8, length & 255, 0, 0]
}

function word(value: number): number[] { return [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255] }

function ipv4Header(spec: SuperSegmentSpec, payloadLength: number): number[] {
  const total = 20 + payloadLength
  const id = spec.identification
  const header = [0x45, 0, total >>> 8, total & 255, id >>> 8, id & 255, 0x40, 0, 64, spec.protocol === 'tcp' ? 6 : 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
  const checksum = ~foldedSum(Uint8Array.from(header), 0, 20) & 0xffff
  header[10] = checksum >>> 8
  header[11] = checksum & 255
  return header
}

function ipv6Header(spec: SuperSegmentSpec, payloadLength: number): number[] {
  const address = (last: number): number[] => [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
  return [0x60, 0, 0, 0, payloadLength >>> 8, payloadLength & 255, spec.protocol === 'tcp' ? 6 : 17, 64, ...address(1), ...address(2)]
}

export function foldedSum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += (at - from) % 2 === 0 ? bytes[at] << 8 : bytes[at]
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return sum
}

function pseudoSum(packet: Packet): number {
  const u8 = packet.memory.u8
  const at = packet.networkAt
  const isIpv4 = u8[at] >>> 4 === 4
  const addresses = isIpv4 ? foldedSum(u8, at + 12, at + 20) : foldedSum(u8, at + 8, at + 40)
  let sum = addresses + (isIpv4 ? u8[at + 9] : u8[at + 6]) + ipEnd(packet) - packet.transportAt
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum
}

function ipEnd(packet: Packet): number {
  const u8 = packet.memory.u8
  const at = packet.networkAt
  return u8[at] >>> 4 === 4 ? at + (u8[at + 2] << 8 | u8[at + 3]) : at + 40 + (u8[at + 4] << 8 | u8[at + 5])
}

/** Writes the folded pseudo-header sum where the checksum belongs. */
export function putPseudoSum(packet: Packet): void {
  const sum = pseudoSum(packet)
  packet.memory.u8[packet.checksumAt] = sum >>> 8
  packet.memory.u8[packet.checksumAt + 1] = sum & 255
}

/** Verifies the IPv4 header's and the transport's checksum. */
export function checksumIsGood(packet: Packet): boolean {
  const u8 = packet.memory.u8
  const at = packet.networkAt
  if (u8[at] >>> 4 === 4 && foldedSum(u8, at, at + 20) !== 0xffff) return false
  let sum = pseudoSum(packet) + foldedSum(u8, packet.transportAt, ipEnd(packet))
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum === 0xffff
}
