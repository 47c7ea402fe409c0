// What a test tells its user: iperf3's lines, or with -J the JSON that scripts around iperf3 read.

import type { AddressHolder } from '../../kernel/syscalls.ts'
import { IPERF_VERSION } from './protocol.ts'
import type { IperfMachine, Parameters, Results, StreamResult } from './protocol.ts'
import type { IperfStream, TestRun } from './stream.ts'

export interface IntervalRow {
  readonly stream: IperfStream
  /** Seconds since the start. */
  readonly start: number
  readonly end: number
  readonly bytes: number
  readonly retransmits: number
  readonly cwndBytes: number
  readonly rttUs: number
  readonly rttVarUs: number
  readonly packets: number
  readonly lost: number
  readonly jitterMs: number
}

/** What both ends say of one stream in the end. */
export interface StreamSummary {
  readonly stream: IperfStream
  readonly sender: StreamResult
  readonly receiver: StreamResult
}

export abstract class TestReport {
  /** Set by whoever measures the intervals; writes down the one that the end cut short. */
  onLastInterval: (() => void) | undefined = undefined

  lastInterval(): void {
    this.onLastInterval?.()
    this.onLastInterval = undefined
  }

  abstract connecting(host: string, port: number, cookie: string): void
  abstract connected(machine: IperfMachine, stream: IperfStream): void
  abstract begin(machine: IperfMachine, run: TestRun, parameters: Parameters): void
  abstract interval(run: TestRun, rows: readonly IntervalRow[]): void
  abstract summary(run: TestRun, summaries: readonly StreamSummary[], mine: Results, theirs: Results): void

  end(run: TestRun, streams: readonly IperfStream[], mine: Results, theirs: Results): void {
    const summaries = streams.map((stream, index): StreamSummary => {
      const ours = mine.streams[index]
      const remote = theirs.streams.find(each => each.id === stream.id) ?? { ...ours, bytes: 0, retransmits: -1 }
      return stream.isSender ? { stream, sender: ours, receiver: remote } : { stream, sender: remote, receiver: ours }
    })
    this.summary(run, summaries, mine, theirs)
  }
}

function describeAddress(address: AddressHolder['address'] | string): { host: string, port: number } {
  if (typeof address !== 'object' || !('port' in address)) return { host: '?', port: 0 }
  return { host: address.address.toString(), port: address.port }
}

/** Three figures that matter: 9.87, 98.7, 987. */
function threeFigures(value: number): string { return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) }

export function describeBytes(bytes: number): string {
  const units = ['Bytes', 'KBytes', 'MBytes', 'GBytes', 'TBytes']
  let unit = 0
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024
  return `${threeFigures(bytes)} ${units[unit]}`
}

export function describeRate(bitsPerSec: number): string {
  const units = ['bits/sec', 'Kbits/sec', 'Mbits/sec', 'Gbits/sec']
  let unit = 0
  for (; bitsPerSec >= 1000 && unit < units.length - 1; unit++) bitsPerSec /= 1000
  return `${threeFigures(bitsPerSec)} ${units[unit]}`
}

function perSecond(bytes: number, seconds: number): number { return seconds > 0 ? bytes * 8 / seconds : 0 }

function share(lost: number, packets: number): string {
  return `${lost}/${packets} (${packets > 0 ? (lost / packets * 100).toPrecision(2) : 0}%)`
}

interface Line { id: string, start: number, end: number, bytes: number, tail: string }

function formatLine({ id, start, end, bytes, tail }: Line): string {
  const span = `${start.toFixed(2)}-${end.toFixed(2)}`.padStart(11)
  const amount = describeBytes(bytes).padStart(12)
  return `[${id.padStart(3)}] ${span} sec ${amount}  ${describeRate(perSecond(bytes, end - start)).padStart(15)}  ${tail}`.trimEnd()
}

export class TextReport extends TestReport {
  private readonly print: (line: string) => void
  private hasHead = false

  constructor(print: (line: string) => void) {
    super()
    this.print = print
  }

  connecting(host: string, port: number): void { this.print(`Connecting to host ${host}, port ${port}`) }

  connected(machine: IperfMachine, stream: IperfStream): void {
    const local = describeAddress(machine.process.sys.getsockname(stream.fd))
    const remote = describeAddress(machine.process.sys.getpeername(stream.fd))
    this.print(`[${String(stream.fd).padStart(3)}] local ${local.host} port ${local.port} connected to ${remote.host} port ${remote.port}`)
  }

  begin(): void { this.hasHead = false }

  interval(run: TestRun, rows: readonly IntervalRow[]): void {
    if (!this.hasHead) this.print(this.head(run, rows.some(row => row.stream.isSender)))
    this.hasHead = true
    for (const row of rows) {
      this.print(formatLine({ id: String(row.stream.fd), ...row, tail: this.intervalTail(run, row) }))
    }
    if (rows.length > 1) {
      const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
      this.print(formatLine({ id: 'SUM', start: rows[0].start, end: rows[0].end, bytes, tail: '' }))
      this.print('- - - - - - - - - - - - - - - - - - - - - - - - -')
    }
  }

  private head(run: TestRun, isSender: boolean): string {
    const tail = run.isUdp ? (isSender ? 'Total Datagrams' : 'Jitter    Lost/Total Datagrams') : isSender ? 'Retr  Cwnd' : ''
    return `[ ID] Interval            Transfer     Bitrate          ${tail}`.trimEnd()
  }

  private intervalTail(run: TestRun, row: IntervalRow): string {
    if (run.isUdp) return row.stream.isSender ? String(row.packets) : `${row.jitterMs.toFixed(3)} ms  ${share(row.lost, row.packets)}`
    return row.stream.isSender ? `${String(row.retransmits).padStart(4)}  ${describeBytes(row.cwndBytes)}` : ''
  }

  summary(run: TestRun, summaries: readonly StreamSummary[]): void {
    this.print('- - - - - - - - - - - - - - - - - - - - - - - - -')
    this.print(`[ ID] Interval            Transfer     Bitrate          ${run.isUdp ? 'Jitter    Lost/Total Datagrams' : 'Retr'}`)
    for (const side of ['sender', 'receiver'] as const) {
      for (const each of summaries) this.print(formatLine({ id: String(each.stream.fd), ...this.endLine(run, [each], side) }))
    }
    if (summaries.length < 2) return
    for (const side of ['sender', 'receiver'] as const) this.print(formatLine({ id: 'SUM', ...this.endLine(run, summaries, side) }))
  }

  private endLine(run: TestRun, summaries: readonly StreamSummary[], side: 'sender' | 'receiver'): Omit<Line, 'id'> {
    const results = summaries.map(each => each[side])
    const total = (pick: (result: StreamResult) => number): number => results.reduce((sum, each) => sum + pick(each), 0)
    const end = Math.max(...results.map(each => each.end_time))
    const receivers = summaries.map(each => each.receiver)
    const lost = side === 'sender' ? 0 : receivers.reduce((sum, each) => sum + each.errors, 0)
    const retransmits = total(each => Math.max(0, each.retransmits))
    const jitterMs = side === 'sender' ? 0 : total(each => each.jitter) / results.length * 1000
    const tail = run.isUdp
      ? `${jitterMs.toFixed(3)} ms  ${share(lost, total(each => each.packets))}  ${side}`
      : `${side === 'sender' ? String(retransmits).padStart(4) : '    '}  ${side}`
    return { start: 0, end, bytes: total(each => each.bytes), tail }
  }
}

type Json = Record<string, unknown>

export class JsonReport extends TestReport {
  private readonly start: Json = { connected: [], version: `iperf ${IPERF_VERSION}`, system_info: 'Sockeye' }
  private readonly intervals: Json[] = []
  private readonly print: (text: string) => void

  constructor(print: (text: string) => void) {
    super()
    this.print = print
  }

  connecting(host: string, port: number, cookie: string): void {
    this.start.connecting_to = { host, port }
    this.start.cookie = cookie
  }

  connected(machine: IperfMachine, stream: IperfStream): void {
    const local = describeAddress(machine.process.sys.getsockname(stream.fd))
    const remote = describeAddress(machine.process.sys.getpeername(stream.fd))
    const list = this.start.connected as Json[]
    list.push({ socket: stream.fd, local_host: local.host, local_port: local.port, remote_host: remote.host, remote_port: remote.port })
  }

  begin(_machine: IperfMachine, run: TestRun, parameters: Parameters): void {
    this.start.test_start = {
      protocol: run.isUdp ? 'UDP' : 'TCP', num_streams: parameters.parallel ?? 1, blksize: run.blockBytes, omit: parameters.omit ?? 0,
      duration: parameters.time ?? 0, bytes: run.maxBytes, blocks: run.maxBlocks, reverse: parameters.reverse === true ? 1 : 0, tos: 0,
    }
  }

  interval(run: TestRun, rows: readonly IntervalRow[]): void {
    const streams = rows.map(row => ({
      socket: row.stream.fd, ...this.span(row.start, row.end, row.bytes), omitted: false, sender: row.stream.isSender,
      ...(run.isUdp
        ? { packets: row.packets, ...(row.stream.isSender ? {} : { jitter_ms: row.jitterMs, lost_packets: row.lost }) }
        : row.stream.isSender ? { retransmits: row.retransmits, snd_cwnd: row.cwndBytes, rtt: row.rttUs, rttvar: row.rttVarUs } : {}),
    }))
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    const [first] = rows
    this.intervals.push({ streams, sum: { ...this.span(first.start, first.end, bytes), omitted: false, sender: first.stream.isSender } })
  }

  private span(start: number, end: number, bytes: number): Json {
    return { start, end, seconds: end - start, bytes, bits_per_second: perSecond(bytes, end - start) }
  }

  private sum(run: TestRun, results: readonly StreamResult[], isSender: boolean): Json {
    const total = (pick: (result: StreamResult) => number): number => results.reduce((all, each) => all + pick(each), 0)
    const end = Math.max(...results.map(each => each.end_time))
    const packets = total(each => each.packets)
    const lost = total(each => each.errors)
    return {
      ...this.span(0, end, total(each => each.bytes)), sender: isSender,
      ...(run.isUdp
        ? {
            jitter_ms: total(each => each.jitter) / results.length * 1000, lost_packets: lost, packets,
            lost_percent: packets > 0 ? lost / packets * 100 : 0,
          }
        : isSender ? { retransmits: total(each => Math.max(0, each.retransmits)) } : {}),
    }
  }

  summary(run: TestRun, summaries: readonly StreamSummary[], mine: Results, theirs: Results): void {
    const streams = summaries.map(({ stream, sender, receiver }) => (run.isUdp
      ? { udp: { socket: stream.fd, ...this.sum(run, [{ ...sender, errors: receiver.errors, jitter: receiver.jitter }], stream.isSender) } }
      : {
          sender: { socket: stream.fd, ...this.sum(run, [sender], true), sender: stream.isSender },
          receiver: { socket: stream.fd, ...this.sum(run, [receiver], false), sender: stream.isSender },
        }))
    const sent = this.sum(run, summaries.map(each => each.sender), true)
    const received = this.sum(run, summaries.map(each => each.receiver), false)
    const cpu = {
      host_total: mine.cpu_util_total, host_user: mine.cpu_util_user, host_system: mine.cpu_util_system,
      remote_total: theirs.cpu_util_total, remote_user: theirs.cpu_util_user, remote_system: theirs.cpu_util_system,
    }
    const end = { streams, ...(run.isUdp ? { sum: received } : {}), sum_sent: sent, sum_received: received, cpu_utilization_percent: cpu }
    this.print(JSON.stringify({ start: this.start, intervals: this.intervals, end }, undefined, '\t'))
  }
}
