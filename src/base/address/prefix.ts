// An address with a prefix length (CIDR): an interface's address, a route's destination.

import { IpAddress, parseIp } from './ip.ts'

function maskWord(bits: number): number { return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits) }

export class Prefix {
  /** Host bits are kept: `192.168.1.2/24` is an interface's address. */
  readonly address: IpAddress
  /** In bits of the address's own family, 0..32 or 0..128. */
  readonly length: number

  constructor(address: IpAddress, length: number) {
    this.address = address
    this.length = length
  }

  /** `a.b.c.d/n`, `v6/n`, or a bare address (full length); undefined when it is neither. */
  static parse(text: string): Prefix | undefined {
    const [addressText, lengthText, ...rest] = text.split('/')
    const address = parseIp(addressText)
    if (address === undefined || rest.length > 0) return undefined
    const bits = address.family === 4 ? 32 : 128
    if (lengthText === undefined) return new Prefix(address, bits)
    if (!/^\d{1,3}$/.test(lengthText) || Number(lengthText) > bits) return undefined
    return new Prefix(address, Number(lengthText))
  }

  private bits128(): number { return this.address.family === 4 ? this.length + 96 : this.length }

  private mask(i: number): number { return maskWord(this.bits128() - 32 * i) }

  contains(ip: IpAddress): boolean {
    const { address } = this
    return ip.family === address.family
      && ((ip.w0 ^ address.w0) & this.mask(0)) === 0 && ((ip.w1 ^ address.w1) & this.mask(1)) === 0
      && ((ip.w2 ^ address.w2) & this.mask(2)) === 0 && ((ip.w3 ^ address.w3) & this.mask(3)) === 0
  }

  /** The address with its host bits cleared. */
  network(): IpAddress {
    const { w0, w1, w2, w3 } = this.address
    return IpAddress.of(w0 & this.mask(0), w1 & this.mask(1), w2 & this.mask(2), w3 & this.mask(3))
  }

  /** IPv4's directed broadcast: host bits all ones. */
  broadcast(): IpAddress { return IpAddress.v4(this.address.w3 | ~this.mask(3)) }

  /** As an address: 255.255.255.0. */
  netmask(): IpAddress {
    return this.address.family === 4 ? IpAddress.v4(this.mask(3)) : IpAddress.of(this.mask(0), this.mask(1), this.mask(2), this.mask(3))
  }

  equals(other: Prefix): boolean { return this.length === other.length && this.address.equals(other.address) }

  toString(): string { return `${this.address.toString()}/${this.length}` }
}
