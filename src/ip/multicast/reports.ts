// Telling routers which groups are wanted here (RFC 3376 5, RFC 3810 5; Linux: igmp.c, mcast.c): a change is reported at once
// and once more within a second, a query is answered within the time it gives, in the words of the version that asked.
// Called by ip.ts for sockets that join and leave, and by the input of IGMP and ICMPv6.

import type { IpAddress } from '../../base/address/ip.ts'
import type { TimerTarget } from '../../base/stack-timers.ts'
import { after, ms } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { NetNamespace } from '../namespace.ts'
import type { GroupTable } from './groups.ts'

/** Record types of IGMPv3 and MLDv2; none of ours names sources. */
export const IS_EXCLUDE = 2
export const TO_INCLUDE = 3
export const TO_EXCLUDE = 4

/** RFC 3376 8.1, 8.11: how often a change is told, and within which time again. */
const ROBUSTNESS = 2
const UNSOLICITED_INTERVAL_MS = 1000
/** RFC 3376 8.12: robustness times the query interval, and the longest answer: so long a router of old is thought to be there. */
const OLD_ROUTER_PRESENT_MS = ROBUSTNESS * 125_000 + 10_000
const CHANGES = 0
const ANSWER = 1

export interface GroupRecord { readonly type: number, readonly group: IpAddress }

/** One of the two protocols on the wire. */
export interface ReportWire {
  readonly family: 4 | 6
  /** Is this group ever reported? All-nodes and what stays on the link's own host are not. */
  isReported(group: IpAddress): boolean
  /** Several records in one report. */
  sendReport(device: NetDevice, records: readonly GroupRecord[]): void
  /** The words of the version before: one message a group. */
  sendOldReport(device: NetDevice, group: IpAddress): void
  sendOldLeave(device: NetDevice, group: IpAddress): void
}

/** What is still to be said on one device. */
class DeviceReports implements TimerTarget {
  readonly device: NetDevice
  readonly pending = new Map<string, { record: GroupRecord, left: number }>()
  /** Groups asked for; undefined while no query waits, empty for all. */
  asked: IpAddress[] | undefined = undefined
  answerAt: Instant | undefined = undefined
  oldRouterUntil = 0
  readonly changeTimer: number
  readonly answerTimer: number
  private readonly owner: GroupReports

  constructor(owner: GroupReports, device: NetDevice) {
    this.owner = owner
    this.device = device
    const { timers } = owner.namespace
    this.changeTimer = timers.allocate(this, CHANGES)
    this.answerTimer = timers.allocate(this, ANSWER)
  }

  onTimer(kind: number): void {
    if (kind === CHANGES) this.owner.tellChanges(this)
    else this.owner.answer(this)
  }
}

export class GroupReports {
  readonly namespace: NetNamespace
  private readonly groups: GroupTable
  private readonly wire: ReportWire
  private readonly devices = new Map<NetDevice, DeviceReports>()

  constructor(namespace: NetNamespace, groups: GroupTable, wire: ReportWire) {
    this.namespace = namespace
    this.groups = groups
    this.wire = wire
  }

  joined(device: NetDevice, group: IpAddress): void { this.changed(device, { type: TO_EXCLUDE, group }) }

  left(device: NetDevice, group: IpAddress): void { this.changed(device, { type: TO_INCLUDE, group }) }

  /** `group` undefined: all of them. `isOld`: the router speaks the version before. */
  queried(device: NetDevice, group: IpAddress | undefined, withinMs: number, isOld: boolean): void {
    const state = this.of(device)
    const now = this.namespace.now()
    if (isOld) state.oldRouterUntil = after(now, ms(OLD_ROUTER_PRESENT_MS))
    if (group === undefined) state.asked = []
    else if (state.asked === undefined) state.asked = [group]
    else if (state.asked.length > 0) state.asked.push(group)
    const at = after(now, ms(this.namespace.random.public.below(Math.max(1, withinMs))))
    // An answer that is due sooner says as much.
    if (state.answerAt !== undefined && state.answerAt <= at) return
    state.answerAt = at
    this.namespace.timers.arm(state.answerTimer, at)
  }

  /** The device goes. */
  forget(device: NetDevice): void {
    const state = this.devices.get(device)
    if (state === undefined) return
    this.devices.delete(device)
    this.namespace.timers.free(state.changeTimer)
    this.namespace.timers.free(state.answerTimer)
  }

  close(): void { for (const device of [...this.devices.keys()]) this.forget(device) }

  private of(device: NetDevice): DeviceReports {
    const known = this.devices.get(device)
    if (known !== undefined) return known
    const made = new DeviceReports(this, device)
    this.devices.set(device, made)
    return made
  }

  private changed(device: NetDevice, record: GroupRecord): void {
    if (device.medium === 'loopback' || !this.wire.isReported(record.group)) return
    const state = this.of(device)
    if (this.speaksOld(state)) {
      if (record.type === TO_EXCLUDE) this.wire.sendOldReport(device, record.group)
      else this.wire.sendOldLeave(device, record.group)
      return
    }
    state.pending.set(record.group.toString(), { record, left: ROBUSTNESS })
    this.tellChanges(state)
  }

  private speaksOld(state: DeviceReports): boolean { return state.oldRouterUntil > this.namespace.now() }

  tellChanges(state: DeviceReports): void {
    const records = [...state.pending.values()].map(each => each.record)
    if (records.length === 0) return
    this.wire.sendReport(state.device, records)
    for (const [key, each] of state.pending) {
      each.left--
      if (each.left === 0) state.pending.delete(key)
    }
    if (state.pending.size === 0) return
    const wait = 1 + this.namespace.random.public.below(UNSOLICITED_INTERVAL_MS)
    this.namespace.timers.arm(state.changeTimer, after(this.namespace.now(), ms(wait)))
  }

  answer(state: DeviceReports): void {
    const { asked, device } = state
    state.asked = undefined
    state.answerAt = undefined
    if (asked === undefined) return
    const all = this.groups.groupsOf(device).filter(each => each.family === this.wire.family && this.wire.isReported(each))
    const wanted = asked.length === 0 ? all : all.filter(each => asked.some(group => group.equals(each)))
    if (wanted.length === 0) return
    if (this.speaksOld(state)) for (const group of wanted) this.wire.sendOldReport(device, group)
    else this.wire.sendReport(device, wanted.map(group => ({ type: IS_EXCLUDE, group })))
  }
}
