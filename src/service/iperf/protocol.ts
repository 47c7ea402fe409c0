// iperf3's control protocol (github.com/esnet/iperf): a TCP connection that starts with a 37-byte cookie and then
// carries one-byte states and JSON texts with a 4-byte length before them. The data streams open with the same cookie.

import type { Errno } from '../../base/errno.ts'
import type { Program } from '../program.ts'

export const IPERF_PORT = 5201
export const IPERF_VERSION = '3.12'
/** 36 characters and a NUL. */
export const COOKIE_BYTES = 37
export const DEFAULT_TCP_BLOCK_BYTES = 128 * 1024
export const DEFAULT_UDP_BLOCK_BYTES = 1448
export const DEFAULT_UDP_BITS_PER_SEC = 1024 * 1024
const MAX_JSON_BYTES = 8 << 20

export const TEST_START = 1
export const TEST_RUNNING = 2
export const TEST_END = 4
export const PARAM_EXCHANGE = 9
export const CREATE_STREAMS = 10
export const SERVER_TERMINATE = 11
export const CLIENT_TERMINATE = 12
export const EXCHANGE_RESULTS = 13
export const DISPLAY_RESULTS = 14
export const IPERF_START = 15
export const IPERF_DONE = 16
export const ACCESS_DENIED = -1
export const SERVER_ERROR = -2

/** Where a test runs. `now` is the stack's clock in microseconds; `cpuSeconds` is told where the platform knows. */
export interface IperfMachine {
  readonly process: Program
  now(): number
  /** Whole numbers from 0 up to `below`. */
  random(below: number): number
  cpuSeconds?(): { readonly user: number, readonly system: number }
}

/** What the client asks for; names as on the wire. */
export interface Parameters {
  tcp?: boolean
  udp?: boolean
  omit?: number
  time?: number
  num?: number
  blockcount?: number
  parallel?: number
  reverse?: boolean
  bidirectional?: boolean
  len?: number
  bandwidth?: number
  nodelay?: boolean
  MSS?: number
  window?: number
  congestion?: string
  udp_counters_64bit?: number
  pacing_timer?: number
  client_version?: string
}

export interface StreamResult {
  id: number
  bytes: number
  /** -1: not known. */
  retransmits: number
  jitter: number
  errors: number
  omitted_errors: number
  packets: number
  omitted_packets: number
  start_time: number
  end_time: number
}

export interface Results {
  cpu_util_total: number
  cpu_util_user: number
  cpu_util_system: number
  sender_has_retransmits: number
  congestion_used?: string
  streams: StreamResult[]
}

/** What ended a test early: what was being done, and the errno where a call failed. */
export class IperfFailure {
  readonly what: string
  readonly errno: Errno | undefined

  constructor(what: string, errno?: Errno) {
    this.what = what
    this.errno = errno
  }

  toString(): string { return this.errno === undefined ? this.what : `${this.what}: ${this.errno}` }
}

export function makeCookie(machine: IperfMachine): Uint8Array {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const cookie = new Uint8Array(COOKIE_BYTES)
  for (let i = 0; i < COOKIE_BYTES - 1; i++) cookie[i] = alphabet.charCodeAt(machine.random(alphabet.length))
  return cookie
}

export function isSameCookie(a: Uint8Array, b: Uint8Array): boolean { return a.every((byte, i) => byte === b[i]) }

/** JSON as ASCII: everything else is written as an escape. */
export function encodeJson(value: unknown): Uint8Array {
  const text = JSON.stringify(value).replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const bytes = new Uint8Array(4 + text.length)
  bytes[0] = text.length >>> 24
  bytes[1] = text.length >>> 16
  bytes[2] = text.length >>> 8
  bytes[3] = text.length
  for (let i = 0; i < text.length; i++) bytes[4 + i] = text.charCodeAt(i)
  return bytes
}

function decodeText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}

/** Fills the whole buffer; EPIPE stands for a peer that closed before. */
export async function receiveAll(process: Program, fd: number, into: Uint8Array): Promise<0 | Errno> {
  let at = 0
  while (at < into.length) {
    const got = await process.recv(fd, into, at, into.length - at, 0)
    if (typeof got === 'string') return got
    if (got === 0) return 'EPIPE'
    at += got
  }
  return 0
}

/** One end of the control connection. */
export class ControlChannel {
  readonly fd: number
  private readonly process: Program

  constructor(process: Program, fd: number) {
    this.process = process
    this.fd = fd
  }

  async sendState(state: number): Promise<0 | IperfFailure> {
    const sent = await this.process.sendall(this.fd, Uint8Array.of(state & 0xff))
    return typeof sent === 'string' ? new IperfFailure('cannot send a control message', sent) : 0
  }

  async receiveState(): Promise<number | IperfFailure> {
    const byte = new Uint8Array(1)
    const got = await receiveAll(this.process, this.fd, byte)
    if (got === 'EPIPE') return new IperfFailure('the control connection was closed by the other side')
    if (got !== 0) return new IperfFailure('cannot receive a control message', got)
    return (byte[0] << 24) >> 24
  }

  async sendJson(value: unknown): Promise<0 | IperfFailure> {
    const sent = await this.process.sendall(this.fd, encodeJson(value))
    return typeof sent === 'string' ? new IperfFailure('cannot send to the other side', sent) : 0
  }

  /** The parsed text: an object of whatever the other side wrote. */
  async receiveJson(): Promise<Record<string, unknown> | IperfFailure> {
    const head = new Uint8Array(4)
    const headGot = await receiveAll(this.process, this.fd, head)
    if (headGot !== 0) return new IperfFailure('cannot receive from the other side', headGot)
    const length = ((head[0] << 24) | (head[1] << 16) | (head[2] << 8) | head[3]) >>> 0
    if (length > MAX_JSON_BYTES) return new IperfFailure(`the other side announces ${length} bytes of JSON`)
    const body = new Uint8Array(length)
    const got = await receiveAll(this.process, this.fd, body)
    if (got !== 0) return new IperfFailure('cannot receive from the other side', got)
    try {
      const value: unknown = JSON.parse(decodeText(body).replace(/\0+$/, ''))
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
    } catch { /* said below */ }
    return new IperfFailure('the other side sent something that is not JSON')
  }
}

/** A field of JSON that ought to be a number. */
export function numberIn(record: Record<string, unknown>, name: string, otherwise: number = 0): number {
  const value = record[name]
  if (typeof value === 'number') return value
  return typeof value === 'boolean' ? Number(value) : otherwise
}

/** Unknown fields are passed over, missing ones take their defaults, as newer and older iperf3 expect of each other. */
export function readResults(record: Record<string, unknown>): Results {
  const streams = Array.isArray(record.streams) ? record.streams as Record<string, unknown>[] : []
  return {
    cpu_util_total: numberIn(record, 'cpu_util_total'),
    cpu_util_user: numberIn(record, 'cpu_util_user'),
    cpu_util_system: numberIn(record, 'cpu_util_system'),
    sender_has_retransmits: numberIn(record, 'sender_has_retransmits', -1),
    ...(typeof record.congestion_used === 'string' ? { congestion_used: record.congestion_used } : {}),
    streams: streams.map(stream => ({
      id: numberIn(stream, 'id'),
      bytes: numberIn(stream, 'bytes'),
      retransmits: numberIn(stream, 'retransmits', -1),
      jitter: numberIn(stream, 'jitter'),
      errors: numberIn(stream, 'errors'),
      omitted_errors: numberIn(stream, 'omitted_errors'),
      packets: numberIn(stream, 'packets'),
      omitted_packets: numberIn(stream, 'omitted_packets'),
      start_time: numberIn(stream, 'start_time'),
      end_time: numberIn(stream, 'end_time'),
    })),
  }
}

/** What a client asked for, with iperf3's defaults for what it left out. */
export function readParameters(record: Record<string, unknown>): Parameters {
  const flag = (name: string): boolean => record[name] === true || (typeof record[name] === 'number' && record[name] !== 0)
  const udp = flag('udp')
  return {
    ...(udp ? { udp: true } : { tcp: true }),
    omit: numberIn(record, 'omit'),
    time: numberIn(record, 'time', 10),
    num: numberIn(record, 'num'),
    blockcount: numberIn(record, 'blockcount'),
    parallel: Math.max(1, numberIn(record, 'parallel', 1)),
    reverse: flag('reverse'),
    bidirectional: flag('bidirectional'),
    len: numberIn(record, 'len', udp ? DEFAULT_UDP_BLOCK_BYTES : DEFAULT_TCP_BLOCK_BYTES),
    bandwidth: numberIn(record, 'bandwidth', udp ? DEFAULT_UDP_BITS_PER_SEC : 0),
    nodelay: flag('nodelay'),
    MSS: numberIn(record, 'MSS'),
    window: numberIn(record, 'window'),
    ...(typeof record.congestion === 'string' ? { congestion: record.congestion } : {}),
    udp_counters_64bit: numberIn(record, 'udp_counters_64bit'),
    ...(typeof record.client_version === 'string' ? { client_version: record.client_version } : {}),
  }
}
