// What a world and the thread of a host that lives apart say to each other. One turn is one instant of the world's time: the world
// gives orders and frames, the thread does all it can at that instant and answers with frames of its own.

import type { Instant } from '../../../base/time.ts'
import type { Connection } from '../connections.ts'
import type { NameSnapshot } from '../names.ts'
import type { OpenSocket } from '../report.ts'
import type { RouteText } from '../station-settings.ts'

/** The device it arrived at or leaves by, and the bytes as they are on the wire. */
export type Frame = readonly [device: string, bytes: Uint8Array]

/** What one host of the world is called, and where it is. */
export interface Neighbour { readonly name: string, readonly addresses: readonly string[] }

export interface Names {
  readonly neighbours: readonly Neighbour[]
  /** Addresses of the hosts that serve names. */
  readonly servers: readonly string[]
  readonly world: NameSnapshot
  readonly own: NameSnapshot
}

export type Order =
  | { readonly kind: 'device', readonly name: string, readonly medium: 'ethernet' | 'ip', readonly mtu: number, readonly mac: string | undefined }
  | { readonly kind: 'carrier', readonly device: string, readonly carrier: boolean }
  | { readonly kind: 'address', readonly device: string, readonly address: string }
  | { readonly kind: 'forward' }
  | { readonly kind: 'clear-routes' }
  | { readonly kind: 'route', readonly route: RouteText }
  | { readonly kind: 'names', readonly names: Names }
  | { readonly kind: 'serve-names' }
  | { readonly kind: 'skew', readonly skewMs: number }
  | { readonly kind: 'run', readonly id: number, readonly program: string }
  | { readonly kind: 'kill' }

export interface Turn { readonly at: Instant, readonly orders: readonly Order[], readonly frames: readonly Frame[] }

/** An error of another thread: what a structured copy keeps, and the fields it loses. */
export interface ErrorCopy { readonly error: unknown, readonly fields: Readonly<Record<string, unknown>> }

export type News =
  | { readonly kind: 'done', readonly id: number, readonly value: unknown }
  | { readonly kind: 'failed', readonly id: number, readonly error: ErrorCopy }
  | { readonly kind: 'died', readonly what: string, readonly error: ErrorCopy | undefined, readonly about: string | undefined, readonly exitCode: number | undefined }
  | { readonly kind: 'note', readonly what: string }

export interface TurnAnswer {
  readonly kind: 'answer'
  readonly frames: readonly Frame[]
  readonly news: readonly News[]
  /** When its next event is due, NEVER for none. */
  readonly nextAt: Instant
  /** A timer runs that keeps a program alive. */
  readonly isBusy: boolean
}

/** Something of the platform's came between two turns. */
export interface Stir { readonly kind: 'stir' }

/** What reports ask for while the world stands still. */
export interface Condition {
  readonly lines: readonly string[]
  readonly sockets: readonly OpenSocket[]
  readonly table: readonly string[]
  readonly connections: readonly Connection[]
}

/** What the thread begins with. */
export interface Apartness {
  readonly name: string
  readonly addresses: readonly string[]
  readonly router: boolean
  readonly dnsCache: boolean
  readonly seed: number | string
  readonly seedCrypto: boolean
  readonly boots: number
  readonly epochMs: number
  readonly clockSkew: number
  /** One word: set to 1 when the answer to a question of a report is there. */
  readonly answered: Int32Array
  readonly questions: import('node:worker_threads').MessagePort
}

const FIELDS = ['code', 'errno', 'syscall', 'address', 'port', 'hostname', 'name'] as const

export function copyOfError(error: unknown): ErrorCopy {
  if (!(error instanceof Error)) return { error: isCloneable(error) ? error : String(error), fields: {} }
  const copy = new Error(error.message, error.cause instanceof Error ? { cause: restoredError(copyOfError(error.cause)) } : undefined)
  if (error.stack !== undefined) copy.stack = error.stack
  const fields = FIELDS.map(name => [name, (error as unknown as Record<string, unknown>)[name]] as const)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
  return { error: copy, fields: Object.fromEntries(fields) }
}

export function restoredError({ error, fields }: ErrorCopy): unknown {
  return error instanceof Error ? Object.assign(error, fields) : error
}

/** Can the value be sent to another thread? */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
