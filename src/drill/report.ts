// What is said of a script: a verdict, a reason, and on failure the lines around the first wrong one.

import type { Connection } from './packet/connection.ts'
import { describeSeen } from './packet/compare.ts'
import type { SeenPacket } from './packet/seen.ts'
import type { Family, Mode } from './settings.ts'

export type Verdict = 'pass' | 'fail' | 'na'

export interface Finding {
  readonly family: Family
  readonly mode: Mode
  readonly verdict: Verdict
  /** One line; empty for a pass. */
  readonly reason: string
  /** Line of the script at which it failed. */
  readonly line: number | undefined
  /** Packet lines around the first wrong one, expected against seen. */
  readonly report: readonly string[]
  /** Packets the host had not given back when it was taken down: a bug of the stack. */
  readonly leakedPackets: number
  /** Neutral mode: lines of acknowledgements that were left out. */
  readonly leftOut: readonly number[]
}

export interface LoggedEvent { readonly atUs: number, readonly line: number, readonly text: string }

const BEFORE = 6
const AFTER = 4

function seconds(us: number): string { return (us / 1_000_000).toFixed(6).padStart(11) }

/** The events that went well, the one that did not, what was seen instead and what left after it. */
export function failureReport(log: readonly LoggedEvent[], failed: LoggedEvent | undefined, reason: string, seen: SeenPacket | undefined,
  following: readonly SeenPacket[], connection: Connection | undefined, startAt: number): string[] {
  const lines = log.slice(-BEFORE).map(each => `   ${seconds(each.atUs)}  line ${String(each.line).padStart(3)}  ${each.text}`)
  if (failed !== undefined) lines.push(`=> ${seconds(failed.atUs)}  line ${String(failed.line).padStart(3)}  ${failed.text}`)
  lines.push(`   ${reason}`)
  const show = (packet: SeenPacket, label: string): string => `   ${seconds(packet.at - startAt)}  ${label.padEnd(8)}  > ${describeSeen(packet, connection)}`
  if (seen !== undefined) lines.push(show(seen, 'seen'))
  for (const packet of following.slice(0, AFTER)) lines.push(show(packet, 'next'))
  return lines
}
