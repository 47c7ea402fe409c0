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
    let knowsFamily = false
    let knowsType = false
    let exact: SwitchRow | undefined
    let named: SwitchRow | undefined
    let wild: SwitchRow | undefined
    for (const row of this.rows) {
      if (!row.families.includes(family)) continue
      knowsFamily = true
      if (row.type !== type) continue
      knowsType = true
      if (row.protocol === protocol) exact ??= row
      if (row.protocol === 'any') wild ??= row
      else named ??= row
    }
    if (!knowsFamily) return 'EAFNOSUPPORT'
    // Unix sockets look at the protocol before the type.
    if (family === AF_UNIX && protocol !== 0 && protocol !== AF_UNIX) return 'EPROTONOSUPPORT'
    const isOdd = !Number.isInteger(protocol) || protocol < 0 || (protocol > HIGHEST_PROTOCOL && family !== AF_PACKET)
    if (isOdd && family !== AF_NETLINK) return 'EINVAL'
    if (!knowsType) return 'ESOCKTNOSUPPORT'
    const takesWild = protocol !== 0 || type !== SOCK_RAW || family === AF_PACKET
    const row = exact ?? (protocol === 0 ? named : undefined) ?? (takesWild ? wild : undefined)
    if (row === undefined) return 'EPROTONOSUPPORT'
    const refused = row.refuses?.(owner)
    if (refused !== undefined) return refused
    return { family: row.family, protocol: protocol === 0 && row.protocol !== 'any' ? row.protocol : protocol }
  }
}
