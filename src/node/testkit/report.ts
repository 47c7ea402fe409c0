// What a test reads when its world got stuck: every host, what its programs wait for, which sockets are open and where they were
// opened, which timers run.

import { socketTable } from '../../kernel/diag.ts'
import { describeSeconds } from './duration.ts'
import { siteOf } from './failure.ts'
import { StreamHandle } from '../net/stream-handle.ts'
import { UdpHandle } from '../dgram/udp-handle.ts'
import type { Life, OpenHandle } from './life.ts'
import type { Connection } from './connections.ts'
import type { Place } from './place.ts'
import type { Host } from '../../kernel/host.ts'

export interface RunningJob { readonly host: string, readonly label: string, readonly startedAt: Place, readonly startedAtUs: number }

/** An open socket of a host's programs. */
export interface OpenSocket {
  readonly host: string
  /** TCP, TCP server, UDP, pipe. */
  readonly kind: string
  readonly local: string
  readonly remote: string
  /** `at connect (/home/me/client.js:12:5)` */
  readonly openedAt: string
  readonly stack: string
  readonly openedAtUs: number
}

export const KINDS: Readonly<Record<string, string>> = { TCPWRAP: 'TCP', TCPSERVERWRAP: 'TCP server', UDPWRAP: 'UDP', PIPEWRAP: 'pipe', PIPESERVERWRAP: 'pipe server' }

function nameOf(handle: object, which: 'getsockname' | 'getpeername'): string {
  if (!(handle instanceof StreamHandle || handle instanceof UdpHandle)) return ''
  const out: { address?: string, port?: number } = {}
  const read = (handle as unknown as Record<string, ((out: object) => number) | undefined>)[which]
  return read !== undefined && read.call(handle, out) === 0 ? `${out.address}:${out.port}` : ''
}

export function openSockets(life: Life): OpenSocket[] {
  return [...life.handles.values()].map(({ type, handle, place, openedAtUs }: OpenHandle) => ({
    host: life.host, kind: KINDS[type] ?? type, local: nameOf(handle, 'getsockname'), remote: nameOf(handle, 'getpeername'),
    openedAtUs, get openedAt() { return siteOf(place) }, get stack() { return place.stack },
  }))
}

export function describeSocket({ kind, local, remote, openedAt, openedAtUs }: OpenSocket): string {
  const ends = remote === '' ? local === '' ? '(not bound)' : local : `${local} -> ${remote}`
  return `${kind} ${ends}, opened at ${describeSeconds(openedAtUs)} ${openedAt}`
}

/** A host as reports see it, wherever it lives. */
export interface ReportedHost {
  readonly name: string
  readonly addresses: readonly string[]
  readonly isUp: boolean
  /** Sockets, calls and timers; `isAwaited`: somebody waits for a program of it. */
  describePrograms(isAwaited: boolean): string[]
  openSockets(): OpenSocket[]
  socketTable(): string[]
  /** TCP's, with a peer. */
  connections(): readonly Connection[]
}

function describeHost(host: ReportedHost, jobs: readonly RunningJob[]): string[] {
  const lines = [`host ${host.name} (${host.addresses.join(', ')})${host.isUp ? '' : ': down'}`]
  for (const job of jobs) lines.push(`  waits in ${job.label}, run at ${describeSeconds(job.startedAtUs)} ${siteOf(job.startedAt)}`)
  return host.isUp ? [...lines, ...host.describePrograms(jobs.length > 0)] : lines
}

/** What the programs of a life have open and wait for. */
export function describeLife(life: Life, isAwaited: boolean): string[] {
  const lines: string[] = []
  for (const socket of openSockets(life)) lines.push(`  socket ${describeSocket(socket)}`)
  for (const { what, place, begunAtUs } of life.calls) lines.push(`  ${what}, begun at ${describeSeconds(begunAtUs)} ${siteOf(place)}`)
  for (const timer of life.time.timers) {
    lines.push(`  ${timer.repeats ? 'interval' : 'timer'} of ${timer.delayMs} ms${timer.hasRef() ? '' : ' (unref)'} ${siteOf(timer.createdAt)}`)
  }
  const isIdle = life.active === 0 && ![...life.time.timers].some(each => each.hasRef())
  if (isAwaited && isIdle) lines.push('  nothing keeps it running: Node would exit here, early, with code 13 (unsettled await)')
  return lines
}

/** `ss` of a host: what its kernel knows. */
export function socketTableOf(kernel: Host): string[] {
  return socketTable(kernel).map(({ netid, state, recvQ, sendQ, local, peer }) =>
    [netid.padEnd(5), state.padEnd(10), String(recvQ).padStart(7), String(sendQ).padStart(7), local.padEnd(22), peer].join(' '))
}

export function describeWorld(hosts: readonly ReportedHost[], jobs: readonly RunningJob[]): string {
  return hosts.flatMap(host => describeHost(host, jobs.filter(each => each.host === host.name))).join('\n')
}
