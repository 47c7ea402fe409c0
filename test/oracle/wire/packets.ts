// Packets octet by octet, made and told without the codecs under test.

export type Bytes = readonly number[]

export const LOCAL4 = [198, 18, 0, 1]
export const PEER4 = [198, 18, 0, 2]
export const LOCAL6 = [0xfd, 0, 0x5e, 0xed, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
export const PEER6 = [...LOCAL6.slice(0, 15), 2]

export const u16 = (value: number): Bytes => [value >>> 8 & 255, value & 255]
export const u32 = (value: number): Bytes => [...u16(value >>> 16), ...u16(value & 0xffff)]

/** RFC 1071. */
export function checksum(bytes: Bytes): number {
  let sum = 0
  bytes.forEach((byte, i) => { sum += i % 2 === 0 ? byte << 8 : byte })
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function withChecksum(bytes: Bytes, at: number, pseudo: Bytes = []): Bytes {
  const sum = checksum([...pseudo, ...bytes])
  return [...bytes.slice(0, at), ...u16(sum), ...bytes.slice(at + 2)]
}

const pseudoHeader = (from: Bytes, to: Bytes, protocol: number, length: number): Bytes => from.length === 4
  ? [...from, ...to, 0, protocol, ...u16(length)]
  : [...from, ...to, ...u32(length), 0, 0, 0, protocol]

export interface Ipv4Fields { readonly id?: number, readonly offset?: number, readonly more?: boolean, readonly ttl?: number }

/** `offset` in octets. */
export function ipv4(from: Bytes, to: Bytes, protocol: number, payload: Bytes, fields: Ipv4Fields = {}): Bytes {
  const { id = 7, offset = 0, more = false, ttl = 64 } = fields
  const header = [
    0x45, 0, ...u16(20 + payload.length), ...u16(id), ...u16((more ? 0x2000 : 0) | offset >>> 3), ttl, protocol, 0, 0, ...from, ...to,
  ]
  return [...withChecksum(header, 10), ...payload]
}

export function ipv6(from: Bytes, to: Bytes, nextHeader: number, payload: Bytes): Bytes {
  return [0x60, 0, 0, 0, ...u16(payload.length), nextHeader, 64, ...from, ...to, ...payload]
}

/** RFC 8200 4.5; `offset` in octets. */
export function fragment6(nextHeader: number, id: number, offset: number, more: boolean, payload: Bytes): Bytes {
  return [nextHeader, 0, ...u16(offset | (more ? 1 : 0)), ...u32(id), ...payload]
}

export function udp(from: Bytes, to: Bytes, source: number, destination: number, payload: Bytes): Bytes {
  const length = 8 + payload.length
  const datagram = [...u16(source), ...u16(destination), ...u16(length), 0, 0, ...payload]
  return withChecksum(datagram, 6, pseudoHeader(from, to, 17, length))
}

export interface TcpFields { readonly seq: number, readonly ack?: number, readonly flags: number, readonly payload?: Bytes }

export function tcp(from: Bytes, to: Bytes, source: number, destination: number, { seq, ack = 0, flags, payload = [] }: TcpFields): Bytes {
  const segment = [...u16(source), ...u16(destination), ...u32(seq), ...u32(ack), 0x50, flags, ...u16(65_535), 0, 0, 0, 0, ...payload]
  return withChecksum(segment, 16, pseudoHeader(from, to, 6, segment.length))
}

/** An ICMP error about a packet: its IP header and eight octets (RFC 792). */
export function icmp(type: number, code: number, about: Bytes): Bytes {
  return withChecksum([type, code, 0, 0, 0, 0, 0, 0, ...about.slice(0, 28)], 2)
}

const word = (packet: Uint8Array, at: number): number => packet[at] << 8 | packet[at + 1]
export const long = (packet: Uint8Array, at: number): number => (word(packet, at) * 65_536 + word(packet, at + 2)) >>> 0

const FLAGS = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W']

function tellTransport(protocol: number, packet: Uint8Array, at: number): string {
  if (protocol === 6) return `tcp ${FLAGS.filter((_, bit) => (packet[at + 13] & 1 << bit) !== 0).join('')}`
  if (protocol === 17) return `udp ${word(packet, at)} > ${word(packet, at + 2)} of ${word(packet, at + 4) - 8}`
  if (protocol === 1) return `icmp ${packet[at]}/${packet[at + 1]} about ${packet.length - at - 8}`
  if (protocol === 58) return `icmp6 ${packet[at]}/${packet[at + 1]} pointer ${long(packet, at + 4)} about ${packet.length - at - 8}`
  return `protocol ${protocol}`
}

/** In words; undefined for what hosts say of themselves (router solicitations, group reports). */
export function tell(packet: Uint8Array): string | undefined {
  if (packet[0] >>> 4 === 4) return packet[9] === 2 ? undefined : tellTransport(packet[9], packet, (packet[0] & 15) * 4)
  const isChatter = packet[6] === 0 || packet[6] === 58 && packet[40] >= 130 && packet[40] <= 143
  return isChatter ? undefined : tellTransport(packet[6], packet, 40)
}
