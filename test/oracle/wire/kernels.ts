// Two kernels behind a wire that the test holds: ours on a recording device in virtual time, and the real Linux behind a TUN
// device in a private network namespace. What the test injects arrives; what the kernel sends is gathered until it is quiet.

import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Prefix } from '../../../src/base/address/prefix.ts'
import { AF_INET, AF_INET6, SO_ERROR, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from '../../../src/base/posix.ts'
import { seededSource } from '../../../src/base/random.ts'
import { Trace } from '../../../src/base/trace.ts'
import { errnoFromNumber } from '../../../src/base/errno.ts'
import { createHost } from '../../../src/kernel/host.ts'
import type { Host } from '../../../src/kernel/host.ts'
import type { Process } from '../../../src/kernel/process.ts'
import { NO_OFFLOADS } from '../../../src/link/net-device.ts'
import { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { PacketMemory } from '../../../src/wire/packet-memory.ts'
import { ms } from '../../../src/base/time.ts'
import type { Instant } from '../../../src/base/time.ts'
import { at, bytes, int } from '../../support/calls.ts'
import { RecordingDevice } from '../../support/ip-host.ts'

export type Result = number | string

/** Calls on non-blocking sockets: a number, or the error's name. */
export interface WireKernel {
  socket(kind: 'tcp' | 'udp', family: 4 | 6): Promise<number>
  bind(fd: number, address: string, port: number): Promise<Result>
  connect(fd: number, address: string, port: number): Promise<Result>
  listen(fd: number): Promise<Result>
  /** SO_ERROR, by name. */
  error(fd: number): Promise<Result>
  /** `value` in hex. */
  option(fd: number, level: number, name: number, value: string): Promise<Result>
  send(fd: number, text: string): Promise<Result>
  /** How many bytes, and the first of them in hex. */
  recv(fd: number): Promise<Result>
  closeSocket(fd: number): Promise<Result>
  sysctl(name: string, value: string): Promise<void>
  wait(milliseconds: number): Promise<void>
  inject(packet: Uint8Array): Promise<void>
  packets(): Promise<Uint8Array[]>
  end(): void
}

const QUIET_MS = 60

export class OurWire implements WireKernel {
  private readonly clock = new VirtualClock()
  private readonly memory = new PacketMemory({ bytes: 1 << 24 })
  private readonly device = new RecordingDevice('skwire0', 'ip', 1500, undefined, NO_OFFLOADS)
  private readonly host: Host
  private readonly process: Process
  private readonly buffer = new Uint8Array(65_536)

  constructor() {
    this.host = createHost({ name: 'ours', clock: this.clock, random: seededSource(1), memory: this.memory, trace: new Trace() })
    this.host.addDevice(this.device)
    for (const cidr of ['198.18.0.1/24', 'fd00:5eed::1/64']) {
      const prefix = Prefix.parse(cidr)
      if (prefix !== undefined) this.host.ip.addAddress(this.device, prefix, { noDad: true })
    }
    this.process = this.host.spawn('test')
  }

  socket(kind: 'tcp' | 'udp', family: 4 | 6): Promise<number> {
    const fd = this.process.sys.socket(family === 6 ? AF_INET6 : AF_INET, (kind === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0)
    return Promise.resolve(fd as number)
  }

  bind(fd: number, address: string, port: number): Promise<Result> { return Promise.resolve(this.process.sys.bind(fd, at(address, port))) }
  connect(fd: number, address: string, port: number): Promise<Result> {
    return Promise.resolve(this.process.sys.connect(fd, at(address, port)))
  }

  listen(fd: number): Promise<Result> { return Promise.resolve(this.process.sys.listen(fd, 8)) }

  error(fd: number): Promise<Result> {
    const number = int(this.process.sys.getsockopt(fd, SOL_SOCKET, SO_ERROR))
    return Promise.resolve(errnoFromNumber(number) ?? number)
  }

  option(fd: number, level: number, name: number, value: string): Promise<Result> {
    return Promise.resolve(this.process.sys.setsockopt(fd, level, name, Uint8Array.from(Buffer.from(value, 'hex'))))
  }

  send(fd: number, text: string): Promise<Result> { return Promise.resolve(this.process.sys.send(fd, bytes(text), 0, text.length, 0)) }

  recv(fd: number): Promise<Result> {
    const count = this.process.sys.recv(fd, this.buffer, 0, this.buffer.length, 0)
    if (typeof count === 'string') return Promise.resolve(count)
    return Promise.resolve(`${count} bytes ${Buffer.from(this.buffer.subarray(0, Math.min(count, 16))).toString('hex')}`)
  }

  closeSocket(fd: number): Promise<Result> { return Promise.resolve(this.process.sys.close(fd)) }

  sysctl(name: string, value: string): Promise<void> {
    this.host.setSysctl(name, value)
    return Promise.resolve()
  }

  wait(milliseconds: number): Promise<void> {
    this.clock.advanceTo(this.clock.now() + ms(milliseconds) as Instant)
    return Promise.resolve()
  }

  inject(packet: Uint8Array): Promise<void> {
    const taken = this.memory.allocate(packet.length)
    taken?.putBytes(packet)
    if (taken !== undefined) this.device.receiver?.receive(taken, this.device)
    this.device.receiver?.endBatch(this.device)
    return Promise.resolve()
  }

  async packets(): Promise<Uint8Array[]> {
    await this.wait(QUIET_MS)
    return this.device.take()
  }

  end(): void { this.host.close() }
}

const AGENT = fileURLToPath(new URL('linux_wire.py', import.meta.url))

export class LinuxWire implements WireKernel {
  private readonly agent: ChildProcessWithoutNullStreams
  private readonly waiting: ((line: string) => void)[] = []
  private complaint = ''
  private readonly ready: Promise<unknown>

  constructor() {
    this.agent = spawn('unshare', ['-n', 'python3', '-B', AGENT])
    createInterface({ input: this.agent.stdout }).on('line', line => this.waiting.shift()?.(line))
    this.agent.stderr.on('data', (data: Buffer) => { this.complaint += data.toString() })
    this.agent.on('exit', () => { for (const each of this.waiting.splice(0)) each(JSON.stringify(`the agent ended: ${this.complaint}`)) })
    this.ready = this.answer()
  }

  private answer(): Promise<unknown> {
    return new Promise(resolve => { this.waiting.push(line => { resolve(JSON.parse(line)) }) })
  }

  private async ask(...command: readonly unknown[]): Promise<unknown> {
    await this.ready
    const answer = this.answer()
    this.agent.stdin.write(`${JSON.stringify(command)}\n`)
    const result = await answer
    if (typeof result === 'string' && result.startsWith('the agent ended')) throw new Error(result)
    return result
  }

  socket(kind: 'tcp' | 'udp', family: 4 | 6): Promise<number> { return this.ask('socket', kind, family) as Promise<number> }
  bind(fd: number, address: string, port: number): Promise<Result> { return this.ask('bind', fd, address, port) as Promise<Result> }
  connect(fd: number, address: string, port: number): Promise<Result> { return this.ask('connect', fd, address, port) as Promise<Result> }
  listen(fd: number): Promise<Result> { return this.ask('listen', fd) as Promise<Result> }
  error(fd: number): Promise<Result> { return this.ask('error', fd) as Promise<Result> }

  option(fd: number, level: number, name: number, value: string): Promise<Result> {
    return this.ask('option', fd, level, name, value) as Promise<Result>
  }

  send(fd: number, text: string): Promise<Result> { return this.ask('send', fd, text) as Promise<Result> }
  recv(fd: number): Promise<Result> { return this.ask('recv', fd) as Promise<Result> }
  closeSocket(fd: number): Promise<Result> { return this.ask('close', fd) as Promise<Result> }
  async sysctl(name: string, value: string): Promise<void> { await this.ask('sysctl', name, value) }
  async wait(milliseconds: number): Promise<void> { await this.ask('wait', milliseconds) }
  async inject(packet: Uint8Array): Promise<void> { await this.ask('inject', Buffer.from(packet).toString('hex')) }
  async packets(): Promise<Uint8Array[]> { return (await this.ask('packets') as string[]).map(each => Uint8Array.from(Buffer.from(each, 'hex'))) }
  end(): void { this.agent.stdin.end() }
}
