// A packet that left the stack, read back into plain values for comparison. Apart from the stack's own codecs, as the
// builder is.

import { IpAddress } from '../../base/address/ip.ts'
import { getU16, getU32, getU32Unsigned } from '../../base/bytes.ts'
import { sumBytes } from '../../base/checksum.ts'
import { TCP, UDP, UDPLITE } from './image.ts'

export interface SeenTcp {
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly options: Uint8Array
}

export interface SeenPacket {
  /** When it left, in the stack's time. */
  readonly at: number
  readonly version: number
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly trafficClass: number
  readonly hopLimit: number
  readonly flowLabel: number
  /** Says the length field: what the packet has. */
  readonly lengthRight: boolean
  readonly headerSumRight: boolean
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
  readonly tcp: SeenTcp | undefined
  /** UDP-Lite's coverage, UDP's length field. */
  readonly udpLength: number
  readonly payload: Uint8Array
  /** Payload bytes of each piece of a super-segment; 0 for an ordinary packet. */
  readonly pieceBytes: number
}

/** undefined when it is no IP packet with whole headers. */
export function readPacket(bytes: Uint8Array, at: number, pieceBytes: number): SeenPacket | undefined {
  const version = bytes[0] >>> 4
  const headerBytes = version === 4 ? (bytes[0] & 15) * 4 : 40
  if ((version !== 4 && version !== 6) || bytes.length < headerBytes + 8) return undefined
  const v4 = version === 4
  const length = v4 ? getU16(bytes, 2) : 40 + getU16(bytes, 4)
  const protocol = v4 ? bytes[9] : bytes[6]
  const ip = {
    at, version, protocol, pieceBytes,
    source: IpAddress.fromBytes(bytes, v4 ? 12 : 8, v4 ? 4 : 6),
    destination: IpAddress.fromBytes(bytes, v4 ? 16 : 24, v4 ? 4 : 6),
    trafficClass: v4 ? bytes[1] : ((bytes[0] & 15) << 4) | (bytes[1] >>> 4),
    hopLimit: v4 ? bytes[8] : bytes[7],
    flowLabel: v4 ? 0 : getU32(bytes, 0) & 0xfffff,
    lengthRight: length === bytes.length,
    headerSumRight: !v4 || sumBytes(bytes, 0, headerBytes) === 0xffff,
  }
  const hasPorts = protocol === TCP || protocol === UDP || protocol === UDPLITE
  const ports = { sourcePort: hasPorts ? getU16(bytes, headerBytes) : 0, destinationPort: hasPorts ? getU16(bytes, headerBytes + 2) : 0 }
  if (protocol !== TCP) {
    return { ...ip, ...ports, tcp: undefined, udpLength: getU16(bytes, headerBytes + 4), payload: bytes.subarray(headerBytes + 8) }
  }
  const dataAt = headerBytes + (bytes[headerBytes + 12] >>> 4) * 4
  if (dataAt < headerBytes + 20 || dataAt > bytes.length) return undefined
  return { ...ip, ...ports, udpLength: 0, payload: bytes.subarray(dataAt), tcp: readTcp(bytes, headerBytes, dataAt) }
}

function readTcp(bytes: Uint8Array, at: number, dataAt: number): SeenTcp {
  return {
    seq: getU32Unsigned(bytes, at + 4),
    ack: getU32Unsigned(bytes, at + 8),
    flags: ((bytes[at + 12] & 1) << 8) | bytes[at + 13],
    window: getU16(bytes, at + 14),
    urgent: getU16(bytes, at + 18),
    options: bytes.subarray(at + 20, dataAt),
  }
}
