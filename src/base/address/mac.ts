// MAC addresses (IEEE 802; row A2): 48 bits as an immutable value.

const TEXT = /^[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(\1[0-9a-f]{1,2}){4}$/i

export class MacAddress {
  /** The first 16 bits and the last 32 as signed integers, for cheap comparison. */
  readonly high16: number
  readonly low32: number

  private constructor(high16: number, low32: number) {
    this.high16 = high16
    this.low32 = low32
  }

  static readonly BROADCAST: MacAddress = new MacAddress(0xffff, -1)
  static readonly ZERO: MacAddress = new MacAddress(0, 0)

  static of(high16: number, low32: number): MacAddress { return new MacAddress(high16 & 0xffff, low32 | 0) }

  /** `02:00:00:00:00:01` or with `-`; undefined when it is neither. */
  static parse(text: string): MacAddress | undefined {
    const separator = TEXT.exec(text)?.[1]
    if (separator === undefined) return undefined
    const octets = text.split(separator).map(each => Number.parseInt(each, 16))
    return MacAddress.fromBytes(Uint8Array.from(octets), 0)
  }

  static fromBytes(bytes: Uint8Array, at: number): MacAddress {
    return new MacAddress((bytes[at] << 8) | bytes[at + 1],
      (bytes[at + 2] << 24) | (bytes[at + 3] << 16) | (bytes[at + 4] << 8) | bytes[at + 5])
  }

  /** RFC 1112 6.4: 01:00:5e and the low 23 bits. */
  static forIpv4Multicast(word: number): MacAddress { return new MacAddress(0x0100, 0x5e000000 | (word & 0x7fffff)) }

  /** RFC 2464 7: 33:33 and the low 32 bits. */
  static forIpv6Multicast(word: number): MacAddress { return new MacAddress(0x3333, word | 0) }

  writeTo(bytes: Uint8Array, at: number): void {
    bytes[at] = this.high16 >>> 8
    bytes[at + 1] = this.high16
    bytes[at + 2] = this.low32 >>> 24
    bytes[at + 3] = this.low32 >>> 16
    bytes[at + 4] = this.low32 >>> 8
    bytes[at + 5] = this.low32
  }

  equals(other: MacAddress): boolean { return this.high16 === other.high16 && this.low32 === other.low32 }

  get isBroadcast(): boolean { return this.high16 === 0xffff && this.low32 === -1 }
  /** The group bit; broadcast is a group too. */
  get isMulticast(): boolean { return (this.high16 & 0x0100) !== 0 }
  /** Locally administered. */
  get isLocal(): boolean { return (this.high16 & 0x0200) !== 0 }

  toString(): string {
    const bytes = new Uint8Array(6)
    this.writeTo(bytes, 0)
    return Array.from(bytes, each => each.toString(16).padStart(2, '0')).join(':')
  }
}
