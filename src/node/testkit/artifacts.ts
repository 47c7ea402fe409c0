// What a failure leaves behind: a capture, the socket tables, a timeline and the seed, and how to see it again.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { FrameRing } from './frame-ring.ts'
import type { ReportedHost } from './report.ts'

export type TimelineEntry = readonly [atUs: number, host: string, what: string]

export interface FailureRecord {
  readonly name: string
  readonly seed: number | string
  readonly epochMs: number
  readonly error: unknown
  readonly report: string
  readonly hosts: readonly ReportedHost[]
  readonly timeline: readonly TimelineEntry[]
  readonly frames: FrameRing | undefined
}

function timelineOf({ timeline, frames }: FailureRecord): string {
  const events = timeline.map(([at, host, what]): [number, string] => [at, `${(at / 1e6).toFixed(6)} ${host === '' ? '*' : host} ${what}`])
  // Stable: what a host did stands before what it sent at that instant.
  return [...events, ...frames?.lines() ?? []].sort(([a], [b]) => a - b).map(([, line]) => `${line}\n`).join('')
}

export function replayHint(seed: number | string): string { return `replay: SOCKEYE_SEED=${seed} and the same command` }

/** Writes the files; answers their folder. */
export function saveFailure(root: string, record: FailureRecord): string {
  const { name, seed, error, report, hosts } = record
  const folder = resolve(join(root, `${name}-seed-${seed}`.replace(/[^\w.-]+/g, '_')))
  mkdirSync(folder, { recursive: true })
  const save = (file: string, content: string | Uint8Array): void => { writeFileSync(join(folder, file), content) }
  save('seed.txt', `${seed}\n${replayHint(seed)}\n`)
  save('error.txt', `${error instanceof Error ? error.stack ?? error.message : String(error)}\n\n${report}\n`)
  save('sockets.txt', hosts.map(host => `${host.name}\n${host.isUp ? host.socketTable().map(each => `  ${each}\n`).join('') : '  down\n'}`).join(''))
  save('timeline.txt', timelineOf(record))
  if (record.frames !== undefined) save('world.pcapng', record.frames.pcapng(record.epochMs * 1000))
  return folder
}
