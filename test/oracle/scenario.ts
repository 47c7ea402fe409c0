// A scenario: system calls under our names, written once and made on two kernels. The program records steps; descriptors
// and ports are symbols that each kernel fills with its own numbers. `check` (judge.ts) compares what both answered.

import { MacAddress } from '../../src/base/address/mac.ts'
import { IpAddress, parseIp } from '../../src/base/address/ip.ts'
import { encodeProgram } from '../../src/wire/bpf/instruction.ts'
import { encodeSockaddr } from '../../src/sock/sockaddr-codec.ts'

/** A descriptor or a port that only the kernel knows: `$a`. */
export type Symbol_ = string
export type Fd = Symbol_ | number
/** Text, or a count and the byte that is repeated. */
export type Data = string | readonly [count: number, byte: number]
/** A sockaddr byte for byte; `port` names the symbol whose number goes into it; `length` is the caller's addrlen. */
export interface RawAddress { readonly hex: string, readonly port?: Symbol_, readonly length?: number }
export type Control = readonly [level: number, type: number, body: string | readonly Fd[]]

/** Process, symbol that keeps the result ('' for none), call, arguments. */
export type Step = readonly [process: string, save: string, call: string, args: readonly unknown[]]

export interface Scenario { readonly name: string, readonly steps: readonly Step[] }

function hexOf(bytes: Uint8Array): string { return Buffer.from(bytes).toString('hex') }

/** `127.0.0.1` or `::1`; the port a number or a symbol. */
export function inet(address: string, port: number | Symbol_, length?: number): RawAddress {
  const parsed = parseIp(address) ?? IpAddress.ANY4
  const number = typeof port === 'number' ? port : 0
  const bytes = encodeSockaddr(parsed.family === 4
    ? { family: 'AF_INET', address: parsed, port: number }
    : { family: 'AF_INET6', address: parsed, port: number, flowinfo: 0, scopeId: 0 })
  return { hex: hexOf(bytes), ...typeof port === 'string' ? { port } : {}, ...length === undefined ? {} : { length } }
}

/** An IPv4 address in the shape of AF_INET6. */
export function mapped(address: string, port: number | Symbol_): RawAddress {
  const four = parseIp(address) ?? IpAddress.ANY4
  const bytes = encodeSockaddr({ family: 'AF_INET6', address: four, port: typeof port === 'number' ? port : 0, flowinfo: 0, scopeId: 0 })
  return { hex: hexOf(bytes), ...typeof port === 'string' ? { port } : {} }
}

export function path(name: string): RawAddress { return { hex: hexOf(encodeSockaddr({ family: 'AF_UNIX', path: name, abstract: false })) } }

/** An abstract name: exactly its bytes, without a closing NUL. */
export function abstract(name: string): RawAddress { return { hex: `010000${Buffer.from(name, 'latin1').toString('hex')}` } }

export function packetAddress(protocol: number, index: number): RawAddress {
  return { hex: hexOf(encodeSockaddr({
    family: 'AF_PACKET', protocol, interfaceIndex: index, hardwareType: 0, packetType: 0, address: MacAddress.of(0, 0),
  })) }
}

export const UNSPEC: RawAddress = { hex: '00000000000000000000000000000000' }
export const LOOPBACK = inet('127.0.0.1', 0)

/** Little-endian ints, as option values travel. */
export function ints(...values: readonly number[]): string { return Buffer.from(Int32Array.from(values).buffer).toString('hex') }
export function longs(...values: readonly number[]): string { return Buffer.from(BigInt64Array.from(values, BigInt).buffer).toString('hex') }

/** A filter for SO_ATTACH_FILTER: code, jt, jf, k of each instruction. */
export function bpf(...program: readonly (readonly [number, number, number, number])[]): string {
  return hexOf(encodeProgram(program.map(([code, jt, jf, k]) => ({ code, jt, jf, k }))))
}

export class Program {
  readonly steps: Step[] = []
  private readonly process: string
  private readonly counter: { next: number }

  constructor(steps: Step[] = [], process: string = 'main', counter: { next: number } = { next: 0 }) {
    this.steps = steps
    this.process = process
    this.counter = counter
  }

  /** Any call; answers the symbol that keeps its result. */
  call(call: string, ...args: readonly unknown[]): Symbol_ {
    const save = `$${this.counter.next++}`
    this.steps.push([this.process, save, call, args])
    return save
  }

  private tell(call: string, ...args: readonly unknown[]): void { this.steps.push([this.process, '', call, args]) }

  socket(family: number, type: number, protocol: number = 0): Symbol_ { return this.call('socket', family, type, protocol) }
  socketpair(family: number, type: number): [Symbol_, Symbol_] {
    const save = this.call('socketpair', family, type, 0)
    return [`${save}.0`, `${save}.1`]
  }
  pipe(flags: number = 0): [Symbol_, Symbol_] {
    const save = this.call('pipe', flags)
    return [`${save}.0`, `${save}.1`]
  }
  bind(fd: Fd, to: RawAddress = LOOPBACK): void { this.tell('bind', fd, to) }
  listen(fd: Fd, backlog: number = 8): void { this.tell('listen', fd, backlog) }
  connect(fd: Fd, to: RawAddress): void { this.tell('connect', fd, to) }
  accept(fd: Fd, flags: number = 0): Symbol_ { return this.call('accept', fd, flags) }
  /** getsockname, whose port is kept. */
  port(fd: Fd): Symbol_ { return this.call('getsockname', fd) }
  getpeername(fd: Fd): void { this.tell('getpeername', fd) }
  write(fd: Fd, data: Data): void { this.tell('write', fd, data) }
  read(fd: Fd, count: number): void { this.tell('read', fd, count) }
  send(fd: Fd, data: Data, flags: number = 0): void { this.tell('send', fd, data, flags) }
  sendto(fd: Fd, data: Data, to: RawAddress | null, flags: number = 0): void { this.tell('sendto', fd, data, flags, to) }
  recv(fd: Fd, count: number = 100, flags: number = 0): void { this.tell('recv', fd, count, flags) }
  recvfrom(fd: Fd, count: number = 100, flags: number = 0): void { this.tell('recvfrom', fd, count, flags) }
  sendmsg(fd: Fd, data: Data, control: readonly Control[] = [], to: RawAddress | null = null, flags: number = 0): void {
    this.tell('sendmsg', fd, data, flags, to, control)
  }
  /** Received descriptors are `${symbol}.0`, `.1` ... */
  recvmsg(fd: Fd, count: number = 100, controlLength: number = 256, flags: number = 0): Symbol_ {
    return this.call('recvmsg', fd, count, flags, controlLength)
  }
  shutdown(fd: Fd, how: number): void { this.tell('shutdown', fd, how) }
  close(fd: Fd): void { this.tell('close', fd) }
  dup(fd: Fd): Symbol_ { return this.call('dup', fd) }
  dup2(fd: Fd, to: Fd): void { this.tell('dup2', fd, to) }
  fcntl(fd: Fd, command: number, argument: number = 0): Symbol_ { return this.call('fcntl', fd, command, argument) }
  ioctl(fd: Fd, request: number, argument: number = 0): void { this.tell('ioctl', fd, request, argument) }
  set(fd: Fd, level: number, name: number, value: number | string): void { this.tell('setsockopt', fd, level, name, value) }
  /** `request`: what the buffer holds before, as hexadecimal bytes. */
  get(fd: Fd, level: number, name: number, length: number = 4, request?: string): void {
    this.tell('getsockopt', fd, level, name, length, ...request === undefined ? [] : [request])
  }
  /** Everything that can be asked for, at once and without waiting. */
  poll(...fds: readonly Fd[]): void { this.tell('poll', ...fds.flatMap(fd => [fd, 0x3fff])) }
  epoll(): Symbol_ { return this.call('epoll_create', 0) }
  epollCtl(ep: Fd, op: number, fd: Fd, events: number, data: number = 7): void { this.tell('epoll_ctl', ep, op, fd, events >>> 0, data) }
  epollWait(ep: Fd, most: number = 8): void { this.tell('epoll_wait', ep, most) }
  eventfd(initial: number, flags: number): Symbol_ { return this.call('eventfd', initial, flags) }
  sleep(ms: number): void { this.tell('sleep', ms) }

  /** Makes a call that may sleep and goes on at once; `result` says how it ended, or that it `sleeps`. */
  start(call: string, ...args: readonly unknown[]): string {
    const save = `~${this.counter.next++}`
    this.steps.push([this.process, save, 'start', [call, ...args]])
    return save
  }
  sleeps(started: string): void { this.tell('result', started, false) }
  result(started: string): void { this.tell('result', started, true) }

  /** A child of its own with our descriptors; its calls go through what this answers. */
  fork(): Program {
    const child = `child${this.counter.next++}`
    this.steps.push([this.process, child, 'fork', []])
    return new Program(this.steps, child, this.counter)
  }
}

export function scenario(name: string, write: (program: Program) => void): Scenario {
  const program = new Program()
  write(program)
  return { name, steps: program.steps }
}
