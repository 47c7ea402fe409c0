// Tells a host and its observers that a carrier discarded a frame. The frame itself is shown, so that recordings and
// captures can say what was lost and why.

import type { DropReason } from '../base/drop-reason.ts'
import type { Instant } from '../base/time.ts'
import type { Direction, Trace } from '../base/trace.ts'
import type { Packet } from '../wire/packet.ts'

/** What devices and transmit need of the host they work for; a NetNamespace is one. */
export interface LinkEnvironment {
  readonly host: string
  readonly trace: Trace
  now(): Instant
  /** Counts by reason and traces; where it is missing the drop event is emitted here. */
  countDrop?(layer: 'link', reason: DropReason, device: string, length: number): void
}

/** The packet stays its owner's, who releases it. */
export function reportDrop(env: LinkEnvironment, device: string, direction: Direction, packet: Packet, reason: DropReason): void {
  const length = packet.end - packet.start
  if (env.trace.frames) env.trace.frame(env.now(), env.host, device, direction, packet.memory.u8, packet.start, length, reason)
  countDrop(env, device, length, reason)
}

/** For a frame whose bytes are gone already. */
export function countDrop(env: LinkEnvironment, device: string, length: number, reason: DropReason): void {
  if (env.countDrop !== undefined) {
    env.countDrop('link', reason, device, length)
  } else if (env.trace.on) {
    env.trace.emit({ name: 'drop', at: env.now(), host: env.host, layer: 'link', reason, device, length, detail: '' })
  }
}
