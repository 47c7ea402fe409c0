// What both IP versions share in putting fragments together (RFC 791 3.2, RFC 815, RFC 5722; row C2, behaviour 28): the
// queue of pieces, its timer and its memory. An exact repetition is ignored, any overlap discards the whole datagram.

import type { DropReason } from '../base/drop-reason.ts'
import { RangeSet } from '../base/range-set.ts'
import type { SysctlRow } from '../base/sysctl-table.ts'
import { after, s } from '../base/time.ts'
import type { Packet } from '../wire/packet.ts'
import type { NetNamespace } from './namespace.ts'

interface Piece {
  readonly packet: Packet
  /** Absolute position of its payload. */
  readonly at: number
  readonly length: number
  /** Where that payload belongs in the datagram. */
  readonly offset: number
}

export class FragmentQueue {
  readonly key: string
  readonly deviceName: string
  /** One bit for each ECN codepoint seen (RFC 3168 5.3). */
  ecnSeen = 0
  /** Length of the whole payload, -1 until the last fragment is here. */
  total = -1
  memory = 0
  readonly timer: number
  private readonly owner: Reassembler
  private pieces: Piece[] = []
  private readonly ranges = new RangeSet()
  private highest = 0

  constructor(owner: Reassembler, key: string, deviceName: string) {
    this.owner = owner
    this.key = key
    this.deviceName = deviceName
    this.timer = owner.namespace.timers.allocate(this, 0)
  }

  onTimer(): void { this.owner.expire(this) }

  /** The packet with offset 0, if it has arrived. */
  get first(): Piece | undefined { return this.pieces[0]?.offset === 0 ? this.pieces[0] : undefined }
  get isComplete(): boolean { return this.total >= 0 && this.ranges.covers(0, this.total) }

  /** `duplicate`: already all here. `overlap`: contradicts what is here. */
  insert(packet: Packet, at: number, length: number, offset: number, more: boolean): 'stored' | 'duplicate' | 'overlap' {
    const end = offset + length
    if (!more) {
      if ((this.total >= 0 && this.total !== end) || end < this.highest) return 'overlap'
    } else if (this.total >= 0 && end > this.total) {
      return 'overlap'
    }
    if (this.ranges.covers(offset, end)) return 'duplicate'
    if (this.ranges.add(offset, end) !== length) return 'overlap'
    if (!more) this.total = end
    this.highest = Math.max(this.highest, end)
    let i = this.pieces.length
    while (i > 0 && this.pieces[i - 1].offset > offset) i--
    this.pieces.splice(i, 0, { packet, at, length, offset })
    this.memory += packet.truesize
    return 'stored'
  }

  /** Copies the payloads to `into` in order. */
  copyTo(u8: Uint8Array, into: number): void {
    for (const { at, length, offset } of this.pieces) u8.copyWithin(into + offset, at, at + length)
  }

  take(): Packet[] {
    const packets = this.pieces.map(each => each.packet)
    this.pieces = []
    return packets
  }
}

export interface ReassemblySettings {
  readonly seconds: SysctlRow
  readonly highThreshold: SysctlRow
}

export class Reassembler {
  readonly namespace: NetNamespace
  /** Time ran out; `first` is the packet with offset 0, if it came. Not the listener's to keep. */
  onTimeout: (first: Packet) => void = () => { /* set by ip.ts */ }
  private readonly settings: ReassemblySettings
  private readonly mib: NetNamespace['mib']['ip']
  private readonly queues = new Map<string, FragmentQueue>()
  private memory = 0

  constructor(namespace: NetNamespace, mib: NetNamespace['mib']['ip'], settings: ReassemblySettings) {
    this.namespace = namespace
    this.mib = mib
    this.settings = settings
  }

  get bytesHeld(): number { return this.memory }

  /**
   * Stores one fragment; takes ownership in every case. Answers the queue when the datagram is complete: the caller builds
   * the whole and calls `finish`.
   */
  add(packet: Packet, key: string, at: number, length: number, offset: number, more: boolean, ecn: number,
    deviceName: string): FragmentQueue | undefined {
    this.mib.ReasmReqds++
    const queue = this.queueFor(key, deviceName)
    if (queue === undefined) return this.refuse(packet, 'ip-reassembly-memory', deviceName)
    const result = queue.insert(packet, at, length, offset, more)
    if (result === 'duplicate') {
      packet.release()
      return undefined
    }
    if (result === 'overlap') {
      this.mib.ReasmOverlaps++
      this.discard(queue, 'ip-fragment-overlap')
      return this.refuse(packet, 'ip-fragment-overlap', deviceName)
    }
    this.memory += packet.truesize
    queue.ecnSeen |= 1 << (ecn & 3)
    if (!queue.isComplete) return undefined
    if (ecnOfWhole(queue.ecnSeen) >= 0) return queue
    this.mib.ReasmFails++
    this.discard(queue, 'ip-fragment-malformed')
    return undefined
  }

  private refuse(packet: Packet, reason: DropReason, deviceName: string): undefined {
    this.mib.ReasmFails++
    this.namespace.countDrop('ip', reason, deviceName, packet.length)
    packet.release()
    return undefined
  }

  private queueFor(key: string, deviceName: string): FragmentQueue | undefined {
    const known = this.queues.get(key)
    if (this.memory > this.settings.highThreshold.value) return undefined
    if (known !== undefined) return known
    const queue = new FragmentQueue(this, key, deviceName)
    this.queues.set(key, queue)
    this.namespace.timers.arm(queue.timer, after(this.namespace.now(), s(this.settings.seconds.value)))
    return queue
  }

  /** The whole was built (or could not be): lets go of the pieces. */
  finish(queue: FragmentQueue, succeeded: boolean): void {
    if (succeeded) this.mib.ReasmOKs++
    else this.mib.ReasmFails++
    for (const packet of this.forget(queue)) packet.release()
  }

  /** Drops everything of a datagram. */
  discard(queue: FragmentQueue, reason: DropReason): void {
    for (const packet of this.forget(queue)) {
      this.namespace.countDrop('ip', reason, queue.deviceName, packet.length)
      packet.release()
    }
  }

  private forget(queue: FragmentQueue): Packet[] {
    this.queues.delete(queue.key)
    this.memory -= queue.memory
    this.namespace.timers.free(queue.timer)
    return queue.take()
  }

  /** RFC 1122 3.3.2: Time Exceeded only if the first fragment is there to be quoted. */
  expire(queue: FragmentQueue): void {
    this.mib.ReasmTimeout++
    this.mib.ReasmFails++
    const { first } = queue
    if (first !== undefined) this.onTimeout(first.packet)
    this.discard(queue, 'ip-reassembly-timeout')
  }

  clear(): void {
    for (const queue of [...this.queues.values()]) for (const packet of this.forget(queue)) packet.release()
  }
}

/** RFC 3168 5.3: congestion on any piece is congestion on the whole; a mix with not-capable ones is refused (-1). */
export function ecnOfWhole(seen: number): number {
  const notCapable = (seen & 1) !== 0
  if (notCapable) return seen === 1 ? 0 : -1
  if ((seen & 8) !== 0) return 3
  return (seen & 4) !== 0 ? 2 : 1
}
