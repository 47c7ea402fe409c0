// Which ports the stack may choose itself, and in which order it tries them (RFC 6056 3.3.4: the double-hash choice; the
// settings are Linux's ip_local_port_range, ip_local_reserved_ports and ip_unprivileged_port_start).

import type { IpAddress } from '../base/address/ip.ts'
import { assert } from '../base/assert.ts'
import { finish32, mix32 } from '../base/hash.ts'
import type { SysctlDescriptor, SysctlRow } from '../base/sysctl-table.ts'
import type { NetNamespace } from '../ip/namespace.ts'

export const PORT_SYSCTLS: readonly SysctlDescriptor[] = [
  { name: 'net.ipv4.ip_local_port_range', type: 'ints', default: [32768, 60999], min: 1, max: 65535 },
  { name: 'net.ipv4.ip_local_reserved_ports', type: 'text', default: '' },
  { name: 'net.ipv4.ip_unprivileged_port_start', type: 'int', default: 1024, min: 0, max: 65535 },
]

/** A socket's own wish: both ends, 0 for the host's. */
export interface PortRange { readonly portRangeLow: number, readonly portRangeHigh: number }

/** Few enough to be cheap, enough that successive choices towards one destination do not reveal each other. */
const PERTURBATIONS = 256

export class EphemeralPorts {
  private readonly namespace: NetNamespace
  private readonly range: SysctlRow
  private readonly reservedRow: SysctlRow
  private readonly unprivilegedStart: SysctlRow
  private reservedText = ''
  private reserved: readonly (readonly [number, number])[] = []
  private readonly perturbation = new Uint32Array(PERTURBATIONS)
  private readonly secret: number

  constructor(namespace: NetNamespace) {
    this.namespace = namespace
    namespace.sysctl.define(PORT_SYSCTLS)
    this.range = namespace.sysctl.row('net.ipv4.ip_local_port_range')
    this.reservedRow = namespace.sysctl.row('net.ipv4.ip_local_reserved_ports')
    this.unprivilegedStart = namespace.sysctl.row('net.ipv4.ip_unprivileged_port_start')
    this.secret = namespace.random.secret.next32()
  }

  get low(): number { return this.range.values[0] }
  get high(): number { return Math.max(this.range.values[1], this.range.values[0]) }

  needsPrivilege(port: number): boolean { return port < this.unprivilegedStart.value }

  isReserved(port: number): boolean {
    if (this.reservedRow.text !== this.reservedText) this.readReserved()
    return this.reserved.some(([from, to]) => port >= from && port <= to)
  }

  /** For bind to port 0: every port of the range once, from a random one. */
  choose(narrow: PortRange, isFree: (port: number) => boolean): number | undefined {
    return this.tryFrom(narrow, this.namespace.random.secret.next32(), isFree)
  }

  /** For connect: RFC 6056 3.3.4, so that two destinations may well be given the same port and none can be predicted. */
  chooseFor(narrow: PortRange, local: IpAddress, remote: IpAddress, remotePort: number,
    isFree: (port: number) => boolean): number | undefined {
    const hash = mix(this.secret, local, remote, remotePort)
    const slot = hash & (PERTURBATIONS - 1)
    if (this.perturbation[slot] === 0) this.perturbation[slot] = this.namespace.random.secret.next32() >>> 0
    const chosen = this.tryFrom(narrow, (hash >>> 0) + this.perturbation[slot], isFree)
    // A step of two, as Linux: hashes with other parity keep clear of it.
    this.perturbation[slot] += 2 + (this.namespace.random.secret.next32() & 6)
    return chosen
  }

  private tryFrom(narrow: PortRange, offset: number, isFree: (port: number) => boolean): number | undefined {
    // IP_LOCAL_PORT_RANGE narrows the host's range; an end outside of it has no effect.
    const isWithin = (port: number): boolean => port >= this.low && port <= this.high
    const low = isWithin(narrow.portRangeLow) ? narrow.portRangeLow : this.low
    const high = isWithin(narrow.portRangeHigh) ? narrow.portRangeHigh : this.high
    const count = high - low + 1
    assert(count > 0, 'the port range is empty')
    const first = offset % count
    for (let i = 0; i < count; i++) {
      const port = low + (first + i) % count
      if (!this.isReserved(port) && isFree(port)) return port
    }
    return undefined
  }

  private readReserved(): void {
    this.reservedText = this.reservedRow.text
    this.reserved = this.reservedText.split(',').filter(each => each.trim() !== '').map(each => {
      const [from, to = from] = each.split('-').map(Number)
      return [from, to] as const
    })
  }
}

function mix(seed: number, local: IpAddress, remote: IpAddress, remotePort: number): number {
  let hash = seed | 0
  for (const { w0, w1, w2, w3 } of [local, remote]) hash = mix32(mix32(mix32(mix32(hash, w0), w1), w2), w3)
  hash = mix32(hash, remotePort)
  return finish32(hash)
}
