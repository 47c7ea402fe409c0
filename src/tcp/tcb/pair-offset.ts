// The offset of timestamps of the pair of addresses asked for last: one connection after another to the same host is the rule, and the
// hash is secret, not fresh.

import { IpAddress } from '../../base/address/ip.ts'

export class PairOffset {
  private local = IpAddress.ANY6
  private remote = IpAddress.ANY6
  private offset = 0

  has(local: IpAddress, remote: IpAddress): boolean { return this.local.equals(local) && this.remote.equals(remote) }

  get value(): number { return this.offset }

  keep(local: IpAddress, remote: IpAddress, offset: number): number {
    this.local = local
    this.remote = remote
    this.offset = offset
    return offset
  }
}
