// IP addresses of both families as one immutable value of four int32 words: IPv4 is held in its mapped form
// (::ffff:a.b.c.d), so that everything above the IP layer handles one shape. Text forms by RFC 4291 and RFC 5952.

import { formatIpv4, formatIpv6, parseIpv4Word, parseIpv6Words } from './ip-text.ts'

const MAPPED = 0xffff

export class IpAddress {
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number

  private constructor(w0: number, w1: number, w2: number, w3: number) {
    this.w0 = w0
    this.w1 = w1
    this.w2 = w2
    this.w3 = w3
  }

  static readonly ANY4: IpAddress = new IpAddress(0, 0, MAPPED, 0)
  static readonly ANY6: IpAddress = new IpAddress(0, 0, 0, 0)
  static readonly LOOPBACK4: IpAddress = new IpAddress(0, 0, MAPPED, 0x7f000001)
  static readonly LOOPBACK6: IpAddress = new IpAddress(0, 0, 0, 1)
  static readonly BROADCAST4: IpAddress = new IpAddress(0, 0, MAPPED, -1)
  /** ff02::1 and ff02::2. */
  static readonly ALL_NODES: IpAddress = new IpAddress(0xff020000 | 0, 0, 0, 1)
  static readonly ALL_ROUTERS: IpAddress = new IpAddress(0xff020000 | 0, 0, 0, 2)

  /** From the 32 bits of an IPv4 address. */
  static v4(word: number): IpAddress { return new IpAddress(0, 0, MAPPED, word | 0) }

  static of(w0: number, w1: number, w2: number, w3: number): IpAddress { return new IpAddress(w0 | 0, w1 | 0, w2 | 0, w3 | 0) }

  /** 4 or 16 bytes in network order. */
  static fromBytes(bytes: Uint8Array, at: number, family: 4 | 6): IpAddress {
    return family === 4
      ? IpAddress.v4(word(bytes, at))
      : new IpAddress(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12))
  }

  /** 4 exactly for mapped addresses. */
  get family(): 4 | 6 { return this.w2 === MAPPED && (this.w0 | this.w1) === 0 ? 4 : 6 }

  /** Writes 4 or 16 bytes by family. */
  writeTo(bytes: Uint8Array, at: number): void {
    if (this.family === 4) putWord(bytes, at, this.w3)
    else this.write16(bytes, at)
  }

  /** Writes 16 bytes, IPv4 in its mapped form. */
  write16(bytes: Uint8Array, at: number): void {
    putWord(bytes, at, this.w0)
    putWord(bytes, at + 4, this.w1)
    putWord(bytes, at + 8, this.w2)
    putWord(bytes, at + 12, this.w3)
  }

  equals(other: IpAddress): boolean {
    return this.w3 === other.w3 && this.w2 === other.w2 && this.w1 === other.w1 && this.w0 === other.w0
  }

  /** 0.0.0.0 or :: */
  get isUnspecified(): boolean { return (this.w0 | this.w1 | this.w3) === 0 && (this.w2 === 0 || this.w2 === MAPPED) }

  /** 127/8 or ::1 */
  get isLoopback(): boolean {
    return this.family === 4 ? this.w3 >>> 24 === 127 : (this.w0 | this.w1 | this.w2) === 0 && this.w3 === 1
  }

  get isMulticast(): boolean { return this.family === 4 ? this.w3 >>> 28 === 0xe : this.w0 >>> 24 === 0xff }

  /** 255.255.255.255 */
  get isBroadcast(): boolean { return this.family === 4 && this.w3 === -1 }

  /** 169.254/16 or fe80::/10 */
  get isLinkLocal(): boolean { return this.family === 4 ? this.w3 >>> 16 === 0xa9fe : this.w0 >>> 22 === 0x3fa }

  /** fec0::/10, deprecated by RFC 3879 but still ranked by RFC 6724. */
  get isSiteLocal(): boolean { return this.w0 >>> 22 === 0x3fb }

  /** fc00::/7 */
  get isUniqueLocal(): boolean { return this.w0 >>> 25 === 0x7e }

  /** RFC 1918. */
  get isPrivate(): boolean {
    return this.family === 4 && (this.w3 >>> 24 === 10 || this.w3 >>> 20 === 0xac1 || this.w3 >>> 16 === 0xc0a8)
  }

  /** RFC 6724 3.1: 1 interface, 2 link, 5 site, 14 global; IPv4 as 3.2 maps it. */
  get scope(): number {
    if (this.family === 4) return this.isLoopback || this.isLinkLocal ? 2 : 14
    if (this.isMulticast) return (this.w0 >>> 16) & 0xf
    if (this.isLoopback || this.isLinkLocal) return 2
    return this.isSiteLocal ? 5 : 14
  }

  /** ff02::1:ffXX:XXXX (RFC 4291 2.7.1). */
  solicitedNode(): IpAddress { return new IpAddress(0xff020000 | 0, 0, 1, 0xff000000 | (this.w3 & 0xffffff)) }

  toString(): string { return this.family === 4 ? formatIpv4(this.w3) : formatIpv6(this.w0, this.w1, this.w2, this.w3) }

  /** As an AF_INET6 socket shows it: `::ffff:1.2.3.4` for IPv4. */
  toMappedString(): string { return this.family === 4 ? `::ffff:${formatIpv4(this.w3)}` : this.toString() }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Strict dotted quad, as inet_pton. */
export function parseIpv4(text: string): IpAddress | undefined {
  const value = parseIpv4Word(text)
  return value === undefined ? undefined : IpAddress.v4(value)
}

/** Every form of RFC 4291 2.2, without a zone; `::ffff:1.2.3.4` is an IPv4 value. */
export function parseIpv6(text: string): IpAddress | undefined {
  const words = parseIpv6Words(text)
  return words === undefined ? undefined : IpAddress.of(words[0], words[1], words[2], words[3])
}

export function parseIp(text: string): IpAddress | undefined { return text.includes(':') ? parseIpv6(text) : parseIpv4(text) }
