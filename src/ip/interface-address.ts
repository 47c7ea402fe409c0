// The addresses of this host, each on a device (Linux: in_ifaddr, inet6_ifaddr; row C10), and the questions every packet
// asks of them: is this mine, is this a broadcast of mine.

import type { IpAddress } from '../base/address/ip.ts'
import type { Prefix } from '../base/address/prefix.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import type { NetDevice } from '../link/net-device.ts'

/** RFC 4862 2: a tentative address is not ours yet, a deprecated one is not chosen for new flows. */
export type AddressState = 'tentative' | 'preferred' | 'deprecated' | 'duplicate'
export type AddressOrigin = 'manual' | 'link-local' | 'router'

export class InterfaceAddress {
  readonly device: NetDevice
  /** Host bits kept: address and prefix length in one. */
  readonly prefix: Prefix
  readonly origin: AddressOrigin
  /** IPv4's directed broadcast; undefined for /31, /32 and IPv6. */
  readonly broadcast: IpAddress | undefined
  state: AddressState = 'preferred'
  preferredUntil: Instant = NEVER
  validUntil: Instant = NEVER

  constructor(device: NetDevice, prefix: Prefix, origin: AddressOrigin) {
    this.device = device
    this.prefix = prefix
    this.origin = origin
    this.broadcast = prefix.address.family === 4 && prefix.length < 31 ? prefix.broadcast() : undefined
  }

  get address(): IpAddress { return this.prefix.address }
  /** Usable: packets to it are ours, and it may be a source. */
  get isUsable(): boolean { return this.state === 'preferred' || this.state === 'deprecated' }
}

function hash6(w0: number, w1: number, w2: number, w3: number): number {
  return (w0 ^ (w1 << 1) ^ (w2 << 2) ^ Math.imul(w3, 0x9e3779b1)) | 0
}

export class AddressTable {
  /** Set by rooms.ts. */
  onChange: (entry: InterfaceAddress, isGone: boolean) => void = () => { /* nobody watches */ }
  private entries: InterfaceAddress[] = []
  private readonly byWord4 = new Map<number, InterfaceAddress>()
  private readonly byHash6 = new Map<number, InterfaceAddress[]>()
  private readonly broadcasts = new Map<number, InterfaceAddress>()

  get list(): readonly InterfaceAddress[] { return this.entries }

  on(device: NetDevice): InterfaceAddress[] { return this.entries.filter(each => each.device === device) }

  add(entry: InterfaceAddress): void {
    this.entries.push(entry)
    this.reindex()
    this.onChange(entry, false)
  }

  remove(entry: InterfaceAddress): void {
    this.entries = this.entries.filter(each => each !== entry)
    this.reindex()
    this.onChange(entry, true)
  }

  private reindex(): void {
    this.byWord4.clear()
    this.byHash6.clear()
    this.broadcasts.clear()
    for (const entry of this.entries) {
      const { w0, w1, w2, w3, family } = entry.address
      if (family === 4) {
        if (!this.byWord4.has(w3)) this.byWord4.set(w3, entry)
        if (entry.broadcast !== undefined && !this.broadcasts.has(entry.broadcast.w3)) this.broadcasts.set(entry.broadcast.w3, entry)
      } else {
        const key = hash6(w0, w1, w2, w3)
        this.byHash6.set(key, [...this.byHash6.get(key) ?? [], entry])
      }
    }
  }

  /** The entry of an IPv4 address given as a word; 127/8 is local without one. */
  find4(word: number): InterfaceAddress | undefined { return this.byWord4.get(word) }

  /** Behaviour 46: all of 127/8 is local, but for its broadcast. */
  isLocal4(word: number): boolean { return this.byWord4.has(word) || (word >>> 24 === 127 && !this.broadcasts.has(word)) }

  /** A directed broadcast of one of our networks. */
  broadcast4(word: number): InterfaceAddress | undefined { return this.broadcasts.get(word) }

  /** Link-local addresses are only ours on their device: `deviceIndex` 0 asks for any. */
  find6(w0: number, w1: number, w2: number, w3: number, deviceIndex: number): InterfaceAddress | undefined {
    const entries = this.byHash6.get(hash6(w0, w1, w2, w3))
    if (entries === undefined) return undefined
    for (const entry of entries) {
      const { address } = entry
      if (address.w3 !== w3 || address.w2 !== w2 || address.w1 !== w1 || address.w0 !== w0) continue
      if (deviceIndex === 0 || !address.isLinkLocal || entry.device.index === deviceIndex || entry.device.medium === 'loopback') return entry
    }
    return undefined
  }

  find(address: IpAddress, deviceIndex: number = 0): InterfaceAddress | undefined {
    return address.family === 4 ? this.find4(address.w3) : this.find6(address.w0, address.w1, address.w2, address.w3, deviceIndex)
  }

  /** Ours and past duplicate address detection. */
  isLocal(address: IpAddress, deviceIndex: number = 0): boolean {
    if (address.family === 4) return this.isLocal4(address.w3)
    return this.find(address, deviceIndex)?.isUsable ?? false
  }
}
