// `sockeye ping`: ICMP echo through a ping socket of our stack; output as iputils' ping.

import { Command } from 'commander'
import type { IpAddress, Process } from '../src/entry/main.ts'
import {
  AF_INET, AF_INET6, errnoText, IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL, IP_TTL, IPPROTO_ICMP, IPPROTO_ICMPV6, IPV6_HOPLIMIT,
  IPV6_MTU_DISCOVER, IPV6_RECVERR, IPV6_RECVHOPLIMIT, IPV6_UNICAST_HOPS, MSG_ERRQUEUE, POLLIN, SO_BROADCAST, SOCK_DGRAM, SOL_IP, SOL_IPV6,
  SOL_SOCKET,
} from '../src/entry/main.ts'
import { decodeErrorReport } from './error-report.ts'
import type { ErrorReport } from './error-report.ts'
import { atRunTime, usage } from './failure.ts'
import { lookUp, socketAddress } from './names.ts'
import { addStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { runOnStack } from './stack.ts'
import type { Stack } from './stack.ts'

interface PingOptions extends StackOptionTexts {
  readonly count?: string
  readonly size: string
  readonly interval: string
  readonly wait: string
  readonly pmtudisc?: string
  readonly ttl?: string
  readonly quiet?: true
}

interface Plan {
  readonly target: IpAddress
  readonly count: number
  readonly size: number
  readonly intervalMs: number
  readonly waitMs: number
  readonly isQuiet: boolean
}

const ECHO_REQUEST = 8
const ECHO_REQUEST_V6 = 128
const HEADER_BYTES = 8
const MAX_SEQ = 65536
const PMTU = { dont: 0, want: 1, do: 2, probe: 3 } as const

const UNREACHABLE = [
  'Destination Net Unreachable', 'Destination Host Unreachable', 'Destination Protocol Unreachable', 'Destination Port Unreachable',
  'Frag needed and DF set', 'Source Route Failed',
] as const
const UNREACHABLE_V6 = [
  'Destination unreachable: No route', 'Destination unreachable: Administratively prohibited', 'Destination unreachable: Beyond scope of source address',
  'Destination unreachable: Address unreachable', 'Destination unreachable: Port unreachable',
] as const

class Pinger {
  private readonly process: Process
  private readonly fd: number
  private readonly plan: Plan
  private readonly sentAt = new Float64Array(MAX_SEQ)
  private readonly isAnswered = new Uint8Array(MAX_SEQ)
  private readonly times: number[] = []
  private sent = 0
  private received = 0
  private duplicates = 0
  private errors = 0
  private readonly startedAt = performance.now()
  private onIdle: (() => void) | undefined = undefined
  private isOver = false

  constructor(process: Process, fd: number, plan: Plan) {
    this.process = process
    this.fd = fd
    this.plan = plan
  }

  async run(): Promise<void> {
    const { count, intervalMs, waitMs } = this.plan
    void this.receive()
    for (let seq = 1; seq <= count && !this.isOver; seq++) {
      this.send(seq)
      if (seq < count) await this.process.sleep(intervalMs)
    }
    // The last answer gets its time; when all have come there is nothing to wait for.
    if (this.received + this.errors < this.sent) {
      await Promise.race([this.process.sleep(waitMs), new Promise<void>(resolve => { this.onIdle = resolve })])
    }
  }

  private send(seq: number): void {
    const { target, size } = this.plan
    const message = new Uint8Array(HEADER_BYTES + size)
    message[0] = target.family === 4 ? ECHO_REQUEST : ECHO_REQUEST_V6
    message[6] = seq >> 8
    message[7] = seq
    for (let i = 0; i < size; i++) message[HEADER_BYTES + i] = i
    this.sentAt[seq % MAX_SEQ] = performance.now()
    this.isAnswered[seq % MAX_SEQ] = 0
    const result = this.process.sys.sendto(this.fd, message, 0, message.length, 0, socketAddress(target, 0))
    this.sent++
    if (typeof result === 'string' && this.takeErrors(message) === 0) {
      this.errors++
      console.log(`ping: sendto: ${result}: ${errnoText(result)}`)
    }
  }

  private async receive(): Promise<void> {
    const buffer = new Uint8Array(HEADER_BYTES + 65536)
    const fds = [{ fd: this.fd, events: POLLIN, revents: 0 }]
    while (!this.isOver && await this.process.poll(fds, -1) === 1) {
      this.takeAnswers(buffer)
      this.takeErrors(buffer)
      if (this.received + this.errors >= this.sent) this.onIdle?.()
    }
  }

  private takeAnswers(buffer: Uint8Array): void {
    for (;;) {
      const message = { iov: [{ buffer, offset: 0, length: buffer.length }], name: undefined, control: [] as never[] }
      const got = this.process.sys.recvmsg(this.fd, message, 0)
      if (typeof got === 'string') return
      const { name, control } = message as Parameters<Process['sys']['recvmsg']>[1]
      const ttl = control?.find(({ level, type }) => level === SOL_IP && type === IP_TTL || level === SOL_IPV6 && type === IPV6_HOPLIMIT)
      const from = name?.family === 'AF_INET' || name?.family === 'AF_INET6' ? name.address.toString() : '?'
      this.answer(got, buffer[6] << 8 | buffer[7], from, ttl?.data[0])
    }
  }

  private answer(length: number, seq: number, from: string, ttl: number | undefined): void {
    const rtt = performance.now() - this.sentAt[seq]
    const isDuplicate = this.isAnswered[seq] === 1
    this.isAnswered[seq] = 1
    if (isDuplicate) {
      this.duplicates++
    } else {
      this.received++
      this.times.push(rtt)
    }
    if (this.plan.isQuiet) return
    const hops = ttl === undefined ? '' : ` ttl=${ttl}`
    console.log(`${length} bytes from ${from}: icmp_seq=${seq}${hops} time=${milliseconds(rtt)} ms${isDuplicate ? ' (DUP!)' : ''}`)
  }

  /** How many there were. */
  private takeErrors(buffer: Uint8Array): number {
    for (let count = 0; ; count++) {
      const message: Parameters<Process['sys']['recvmsg']>[1] = { iov: [{ buffer, offset: 0, length: buffer.length }], control: [] }
      if (typeof this.process.sys.recvmsg(this.fd, message, MSG_ERRQUEUE) === 'string') return count
      const report = decodeErrorReport(message.control ?? [])
      if (report === undefined) continue
      this.errors++
      if (!this.plan.isQuiet) console.log(describeError(report, buffer[6] << 8 | buffer[7]))
    }
  }

  /** The last lines; true when anybody answered. */
  summarize(name: string): boolean {
    this.isOver = true
    const { sent, received, duplicates, errors, times } = this
    const loss = sent === 0 ? 0 : (sent - received) / sent * 100
    const extra = `${duplicates > 0 ? `+${duplicates} duplicates, ` : ''}${errors > 0 ? `+${errors} errors, ` : ''}`
    const took = Math.round(performance.now() - this.startedAt)
    console.log(`\n--- ${name} ping statistics ---`)
    console.log(`${sent} packets transmitted, ${received} received, ${extra}${Number(loss.toPrecision(6))}% packet loss, time ${took}ms`)
    if (times.length > 0) {
      const mean = times.reduce((sum, each) => sum + each, 0) / times.length
      const deviation = Math.sqrt(Math.max(0, times.reduce((sum, each) => sum + each * each, 0) / times.length - mean * mean))
      const figures = [Math.min(...times), mean, Math.max(...times), deviation].map(each => each.toFixed(3))
      console.log(`rtt min/avg/max/mdev = ${figures.join('/')} ms`)
    }
    return received > 0
  }
}

/** Three significant digits, as ping. */
function milliseconds(value: number): string { return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3) }

function describeError(report: ErrorReport, seq: number): string {
  if (report.origin === 'local') {
    const what = report.errno === 'EMSGSIZE' ? `message too long, mtu=${report.info}` : errnoText(report.errno).toLowerCase()
    return `ping: local error: ${what}`
  }
  const from = `From ${report.offender?.toString() ?? '?'} icmp_seq=${seq}`
  if (report.origin === 'icmp') {
    if (report.type === 11) return `${from} Time to live exceeded`
    if (report.type !== 3) return `${from} ICMP type ${report.type}`
    const detail = report.code === 4 ? ` (mtu = ${report.info})` : ''
    return `${from} ${UNREACHABLE[report.code] ?? `Destination unreachable, code ${report.code}`}${detail}`
  }
  if (report.type === 3) return `${from} Time exceeded: Hop limit`
  if (report.type === 2) return `${from} Packet too big: mtu=${report.info}`
  return `${from} ${UNREACHABLE_V6[report.code] ?? `ICMPv6 type ${report.type} code ${report.code}`}`
}

function integer(text: string | undefined, option: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) throw usage(`${option} ${text}: must be a whole number from ${min} to ${max}`)
  return value
}

function seconds(text: string, option: string): number {
  const value = Number(text)
  if (!/^\d*\.?\d+$/.test(text) || value > 86400) throw usage(`${option} ${text}: must be a number of seconds`)
  return value * 1000
}

function openPingSocket(process: Process, target: IpAddress, options: PingOptions): number {
  const { sys } = process
  const isV4 = target.family === 4
  const fd = sys.socket(isV4 ? AF_INET : AF_INET6, SOCK_DGRAM, isV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)
  if (typeof fd === 'string') throw atRunTime('socket', fd)
  sys.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1)
  const level = isV4 ? SOL_IP : SOL_IPV6
  sys.setsockopt(fd, level, isV4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1)
  sys.setsockopt(fd, level, isV4 ? IP_RECVERR : IPV6_RECVERR, 1)
  const ttl = integer(options.ttl, '-t', 1, 255)
  if (ttl !== undefined) sys.setsockopt(fd, level, isV4 ? IP_TTL : IPV6_UNICAST_HOPS, ttl)
  if (options.pmtudisc !== undefined) {
    if (!Object.hasOwn(PMTU, options.pmtudisc)) throw usage(`-M ${options.pmtudisc}: must be do, want, dont or probe`)
    sys.setsockopt(fd, level, isV4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, PMTU[options.pmtudisc as keyof typeof PMTU])
  }
  return fd
}

async function ping(name: string, options: PingOptions): Promise<number> {
  const plan = {
    count: integer(options.count, '-c', 1, 1_000_000_000) ?? Infinity,
    size: integer(options.size, '-s', 0, 65507) ?? 56,
    intervalMs: seconds(options.interval, '-i'),
    waitMs: seconds(options.wait, '-W'),
    isQuiet: options.quiet === true,
  }
  return runOnStack(options, async (stack: Stack) => {
    const target = lookUp(name, stack.options.addresses)
    // As distributions have it: everybody may ping.
    stack.host.setSysctl('net.ipv4.ping_group_range', '0 2147483647')
    const process = stack.spawn('ping')
    const pinger = new Pinger(process, openPingSocket(process, target, options), { ...plan, target })
    const headers = target.family === 4 ? `${plan.size}(${plan.size + 28})` : `${plan.size}`
    console.log(`PING ${name}${target.family === 4 ? ` (${target.toString()})` : ''} ${headers} ${target.family === 4 ? 'bytes of data.' : 'data bytes'}`)
    await Promise.race([stack.interrupted, pinger.run()])
    return pinger.summarize(name) ? 0 : 1
  })
}

export function pingCommand(): Command {
  return addStackOptions(new Command('ping'))
    .description('send ICMP echo requests from our stack')
    .argument('<host>', 'an address or a name in /etc/hosts')
    .option('-c, --count <count>', 'stop after so many')
    .option('-s, --size <bytes>', 'data bytes in each', '56')
    .option('-i, --interval <seconds>', 'between two requests', '1')
    .option('-W, --wait <seconds>', 'for the last answer', '10')
    .option('-M, --pmtudisc <mode>', 'path MTU discovery: do, want, dont, probe')
    .option('-t, --ttl <hops>', 'time to live')
    .option('-q, --quiet', 'only the summary')
    .action(async (host: string, options: PingOptions) => { process.exitCode = await ping(host, options) })
}
