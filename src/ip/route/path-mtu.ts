// What paths turned out to carry (RFC 1191, RFC 8201; row C2): one number a destination, believed for
// `net.ipv4.route.mtu_expires` seconds. Flows keep a copy and look again when `generation` moves.

import { IPV6_MIN_MTU } from '../../base/posix.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import type { StackTimers } from '../../base/stack-timers.ts'
import { after, NEVER, s } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { SysctlRow } from '../../base/sysctl-table.ts'
import type { IpSettings } from '../sysctl.ts'

const EXPIRE = 0
/** More than this many destinations: the oldest is forgotten. */
const MAX_ENTRIES = 4096

export interface PathMtu {
  readonly mtu: number
  /** A router asked for less than `min_pmtu`: then that is used, and without DF (Linux: RTAX_LOCK). */
  readonly locked: boolean
  readonly expiresAt: Instant
}

export class PathMtuCache {
  /** Moves whenever an entry appears, changes or expires. */
  generation = 0
  private readonly entries = new Map<string, PathMtu>()
  private readonly timers: StackTimers
  private readonly now: () => Instant
  private readonly timer: number
  private readonly minPathMtu: SysctlRow
  private readonly expires: SysctlRow

  constructor(timers: StackTimers, now: () => Instant, settings: IpSettings) {
    this.timers = timers
    this.now = now
    this.timer = timers.allocate(this, EXPIRE)
    this.minPathMtu = settings.minPathMtu
    this.expires = settings.table.row('net.ipv4.route.mtu_expires')
  }

  get isEmpty(): boolean { return this.entries.size === 0 }

  get(destination: IpAddress): PathMtu | undefined { return this.entries.size === 0 ? undefined : this.entries.get(destination.toString()) }

  /** Notes what a router said; only a smaller value than `currentMtu` is believed. */
  learn(destination: IpAddress, mtu: number, currentMtu: number): boolean {
    const least = destination.family === 4 ? this.minPathMtu.value : IPV6_MIN_MTU
    const believed = Math.max(mtu, least)
    if (believed >= currentMtu) return false
    const expiresAt = after(this.now(), s(this.expires.value))
    const key = destination.toString()
    this.entries.delete(key)
    if (this.entries.size >= MAX_ENTRIES) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest)
        break
      }
    }
    this.entries.set(key, { mtu: believed, locked: destination.family === 4 && mtu < least, expiresAt })
    this.generation++
    this.timers.arm(this.timer, Math.min(expiresAt, this.timers.deadline(this.timer)) as Instant)
    return true
  }

  onTimer(): void {
    const now = this.now()
    let next: Instant = NEVER
    for (const [key, entry] of this.entries) {
      if (entry.expiresAt <= now) this.entries.delete(key)
      else if (entry.expiresAt < next) next = entry.expiresAt
    }
    this.generation++
    if (next !== NEVER) this.timers.arm(this.timer, next)
  }

  flush(): void {
    this.entries.clear()
    this.generation++
    this.timers.disarm(this.timer)
  }
}
