// Which protocol answers socket(family, type, protocol), and with which errno when none does (row F1; Linux: inetsw and
// net_families). Rows are plugged in by kernel/host.ts.

import type { Errno } from '../base/errno.ts'
import { AF_NETLINK, AF_PACKET, AF_UNIX, SOCK_RAW } from '../base/posix.ts'
import type { SocketFamily } from './protocol-ops.ts'
import type { SocketOwner } from './socket.ts'

export interface SwitchRow {
  readonly families: readonly number[]
  readonly type: number
  /** The number the row stands for; `any` takes every one (raw sockets). */
  readonly protocol: number | 'any'
  readonly family: SocketFamily
  /** Who may have one: EPERM, EACCES. */
  readonly refuses?: (owner: SocketOwner) => Errno | undefined
}

export interface SwitchAnswer { readonly family: SocketFamily, readonly protocol: number }

/** SOCK_MAX - 1: types beyond are EINVAL, types nobody has filled are ESOCKTNOSUPPORT. */
const HIGHEST_TYPE = 10
const HIGHEST_PROTOCOL = 262

export class ProtocolSwitch {
  private readonly rows: SwitchRow[] = []

  add(row: SwitchRow): void { this.rows.push(row) }

  find(family: number, type: number, protocol: number, owner: SocketOwner): SwitchAnswer | Errno {
    if (!Number.isInteger(family) || family < 0 || family > 45) return 'EAFNOSUPPORT'
    if (!Number.isInteger(type) || type < 0 || type > HIGHEST_TYPE) return 'EINVAL'
    const ofFamily = this.rows.filter(each => each.families.includes(family))
    if (ofFamily.length === 0) return 'EAFNOSUPPORT'
    // Unix sockets look at the protocol before the type.
    if (family === AF_UNIX && protocol !== 0 && protocol !== AF_UNIX) return 'EPROTONOSUPPORT'
    const isOdd = !Number.isInteger(protocol) || protocol < 0 || (protocol > HIGHEST_PROTOCOL && family !== AF_PACKET)
    if (isOdd && family !== AF_NETLINK) return 'EINVAL'
    const ofType = ofFamily.filter(each => each.type === type)
    if (ofType.length === 0) return 'ESOCKTNOSUPPORT'
    const row = ofType.find(each => each.protocol === protocol)
      ?? (protocol === 0 ? ofType.find(each => each.protocol !== 'any') : undefined)
      ?? ofType.find(each => each.protocol === 'any' && (protocol !== 0 || type !== SOCK_RAW || family === AF_PACKET))
    if (row === undefined) return 'EPROTONOSUPPORT'
    const refused = row.refuses?.(owner)
    if (refused !== undefined) return refused
    return { family: row.family, protocol: protocol === 0 && row.protocol !== 'any' ? row.protocol : protocol }
  }
}
