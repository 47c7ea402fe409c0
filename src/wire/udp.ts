// The UDP header (RFC 768): a view over packet memory, and the record for tools. Checksums are summed where the bytes lie.

import { addSums, finish } from '../base/checksum.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL } from './packet.ts'
import type { Packet } from './packet.ts'
import { pseudoHeaderSum } from './pseudo-header.ts'

export const UDP_HEADER_BYTES = 8
const IPPROTO_UDP = 17
/** Positions within the header. */
const LENGTH_AT = 4
const CHECKSUM_AT = 6

export class UdpView {
  private u8: Uint8Array = new Uint8Array(0)
  private at = 0
  private packet!: Packet

  /** Looks at the header at `packet.transportAt`. */
  wrap(packet: Packet, at: number = packet.transportAt): this {
    this.u8 = packet.memory.u8
    this.at = at
    this.packet = packet
    return this
  }

  get sourcePort(): number { return (this.u8[this.at] << 8) | this.u8[this.at + 1] }
  get destinationPort(): number { return (this.u8[this.at + 2] << 8) | this.u8[this.at + 3] }
  get length(): number { return (this.u8[this.at + LENGTH_AT] << 8) | this.u8[this.at + LENGTH_AT + 1] }
  get checksum(): number { return (this.u8[this.at + CHECKSUM_AT] << 8) | this.u8[this.at + CHECKSUM_AT + 1] }

  /**
   * Length and checksum (row D1): what is longer than the length field says is cut off, what is shorter dropped. IPv4 may
   * leave the checksum out, IPv6 may not (RFC 8200 8.1).
   */
  check(addressSum: number, version: number): DropReason | undefined {
    const { packet } = this
    const available = packet.end - this.at
    if (available < UDP_HEADER_BYTES) return 'udp-malformed'
    const { length } = this
    if (packet.gsoSize === 0) {
      if (length < UDP_HEADER_BYTES || length > available) return 'udp-malformed'
      if (length < available) packet.end = this.at + length
    }
    if (this.checksum === 0) {
      if (version === 6 && packet.checksum === CHECKSUM_NONE) return 'udp-checksum'
      return undefined
    }
    if (packet.checksum !== CHECKSUM_NONE) return undefined
    const sum = addSums(packet.memory.checksummer.sum(this.at, length), pseudoHeaderSum(addressSum, IPPROTO_UDP, length))
    return sum === 0xffff ? undefined : 'udp-checksum'
  }
}

/** Puts the header in front of `packet.start`; the checksum is left to whoever puts the packet on a wire. */
export function pushUdpHeader(packet: Packet, sourcePort: number, destinationPort: number, addressSum: number, isChecked: boolean): void {
  const at = packet.push(UDP_HEADER_BYTES)
  const { u8 } = packet.memory
  const length = packet.end - at
  packet.transportAt = at
  u8[at] = sourcePort >>> 8
  u8[at + 1] = sourcePort
  u8[at + 2] = destinationPort >>> 8
  u8[at + 3] = destinationPort
  u8[at + LENGTH_AT] = length >>> 8
  u8[at + LENGTH_AT + 1] = length
  const sum = isChecked ? pseudoHeaderSum(addressSum, IPPROTO_UDP, length) : 0
  u8[at + CHECKSUM_AT] = sum >>> 8
  u8[at + CHECKSUM_AT + 1] = sum
  if (!isChecked) return
  packet.checksum = CHECKSUM_PARTIAL
  packet.checksumStart = at
  packet.checksumAt = at + CHECKSUM_AT
}

export interface UdpRecord {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly length: number
  readonly checksum: number
}

/** Cold: `length` and `checksum` as they stand in the bytes. */
export function decodeUdp(bytes: Uint8Array, at: number = 0): UdpRecord | undefined {
  if (bytes.length - at < UDP_HEADER_BYTES) return undefined
  const word = (offset: number): number => (bytes[at + offset] << 8) | bytes[at + offset + 1]
  return { sourcePort: word(0), destinationPort: word(2), length: word(LENGTH_AT), checksum: word(CHECKSUM_AT) }
}

export function encodeUdp(record: UdpRecord, into: Uint8Array, at: number = 0): void {
  for (const [index, word] of [record.sourcePort, record.destinationPort, record.length, record.checksum].entries()) {
    into[at + 2 * index] = word >>> 8
    into[at + 2 * index + 1] = word
  }
}

/** A sum of zero is sent as all ones: zero means "no checksum" (RFC 768). */
export function finishUdpChecksum(sum: number): number {
  const checksum = finish(sum)
  return checksum === 0 ? 0xffff : checksum
}
