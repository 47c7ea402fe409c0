// The calls of a scenario, made on our kernel: the same names, arguments and results as linux_calls.py gives them.

import { crc32 } from 'node:zlib'
import { POLLIN } from '../../src/base/posix.ts'
import type { Errno } from '../../src/base/errno.ts'
import type { Process } from '../../src/kernel/process.ts'
import type { AddressHolder, EpollEvent, MessageHeader } from '../../src/kernel/syscalls.ts'
import { decodeSockaddr, encodeSockaddr } from '../../src/sock/sockaddr-codec.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import type { Control, Data, RawAddress } from './scenario.ts'

type Args = readonly unknown[]
type Answer = unknown

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function text(bytes: Uint8Array): string {
  return bytes.length <= 64 ? Buffer.from(bytes).toString('latin1')
    : `${bytes.length} bytes, crc ${crc32(bytes).toString(16).padStart(8, '0')}`
}

function dataOf(arg: Data): Uint8Array {
  return typeof arg === 'string' ? Uint8Array.from(Buffer.from(arg, 'latin1')) : new Uint8Array(arg[0]).fill(arg[1])
}

/** What a C program would find in its buffer. */
function sockaddrOf(address: SocketAddress | undefined): string {
  if (address === undefined) return ''
  return hexOf(encodeSockaddr(address))
}

function zeroUnlessErrno(answer: unknown): Answer { return typeof answer === 'string' ? answer : 0 }

export class OurCalls {
  readonly variables: Map<string, number>
  private readonly process: Process
  save = ''
  private readonly maps = new Map<string, Uint8Array>()

  constructor(process: Process, variables: Map<string, number> = new Map()) {
    this.process = process
    this.variables = variables
  }

  value(arg: unknown): number {
    if (typeof arg !== 'string') return arg as number
    return arg === '@self' ? this.process.pid : this.variables.get(arg) ?? -1
  }

  private address(arg: unknown): SocketAddress | Errno {
    const raw = arg as RawAddress
    const bytes = Buffer.from(raw.hex, 'hex')
    if (raw.port !== undefined) bytes.writeUInt16BE(this.value(raw.port) & 0xffff, 2)
    return decodeSockaddr(bytes, raw.length ?? bytes.length)
  }

  /** A descriptor that is none comes before an address that is none. */
  private addressOn(fd: number, arg: unknown): SocketAddress | Errno {
    return this.process.sys.fcntl(fd, 1) === 'EBADF' ? 'EBADF' : this.address(arg)
  }

  private keep(value: number | Errno): number | Errno {
    if (this.save !== '') this.variables.set(this.save, typeof value === 'number' ? value : -1)
    return value
  }

  private keepPair(pair: readonly [number, number] | Errno): Answer {
    if (typeof pair === 'string') return pair
    this.variables.set(`${this.save}.0`, pair[0])
    this.variables.set(`${this.save}.1`, pair[1])
    return [...pair]
  }

  async make(call: string, args: Args): Promise<Answer> {
    const { process } = this
    const { sys } = process
    const fd = this.value(args[0])
    const number = (index: number): number => this.value(args[index])
    switch (call) {
      case 'socket': return this.keep(sys.socket(number(0), number(1), number(2)))
      case 'socketpair': return this.keepPair(sys.socketpair(number(0), number(1), number(2)))
      case 'pipe': return this.keepPair(sys.pipe(number(0)))
      case 'bind': case 'connect': {
        const address = this.addressOn(fd, args[1])
        if (typeof address === 'string') return address
        return call === 'bind' ? sys.bind(fd, address) : process.connect(fd, address)
      }
      case 'listen': return sys.listen(fd, number(1))
      case 'accept': {
        const save = this.save
        const peer: AddressHolder = { address: undefined }
        const made = await process.accept(fd, peer, number(1))
        this.variables.set(save, typeof made === 'number' ? made : -1)
        return typeof made === 'string' ? made : [made, sockaddrOf(peer.address)]
      }
      case 'getsockname': case 'getpeername': {
        const name = call === 'getsockname' ? sys.getsockname(fd) : sys.getpeername(fd)
        if (typeof name === 'string') return name
        if (this.save !== '' && 'port' in name) this.variables.set(this.save, name.port)
        // The name of a packet socket ends with its hardware address.
        return name.family === 'AF_PACKET' ? sockaddrOf(name).slice(0, name.address === undefined ? 24 : 36) : sockaddrOf(name)
      }
      case 'write': return process.write(fd, dataOf(args[1] as Data))
      case 'read': return this.filled(number(1), buffer => process.read(fd, buffer))
      case 'writev': {
        const parts = args.slice(1).map(each => dataOf(each as Data))
        return process.writev(fd, parts.map(buffer => ({ buffer, offset: 0, length: buffer.length })))
      }
      case 'readv': {
        const parts = args.slice(1).map(each => new Uint8Array(this.value(each)))
        const got = await process.readv(fd, parts.map(buffer => ({ buffer, offset: 0, length: buffer.length })))
        return typeof got === 'string' ? got : [got, text(Uint8Array.from(Buffer.concat(parts).subarray(0, got)))]
      }
      case 'send': return this.send(fd, args[1] as Data, number(2), null)
      case 'sendto': return this.send(fd, args[1] as Data, number(2), args[3] as RawAddress | null)
      case 'recv': return this.filled(number(1), buffer => process.recv(fd, buffer, 0, buffer.length, number(2)))
      case 'recvfrom': {
        const from: AddressHolder = { address: undefined }
        const got = await this.filled(number(1), buffer => process.recvfrom(fd, buffer, 0, buffer.length, number(2), from))
        return typeof got === 'string' ? got : [...got as unknown[], sockaddrOf(from.address)]
      }
      case 'sendmsg': return this.sendmsg(fd, args)
      case 'recvmsg': return this.recvmsg(fd, [number(1), ...args.slice(4) as number[]], number(2), number(3))
      case 'sendmmsg': return this.sendmmsg(fd, args)
      case 'recvmmsg': return this.recvmmsg(fd, number(1), args.slice(2) as number[])
      case 'shutdown': return sys.shutdown(fd, number(1))
      case 'close': return process.close(fd)
      case 'setuid': return sys.setuid(number(0))
      case 'dup': return this.keep(sys.dup(fd))
      case 'dup2': return sys.dup2(fd, number(1))
      case 'fcntl': return this.keep(sys.fcntl(fd, number(1), number(2)))
      case 'ioctl': return sys.ioctl(fd, number(1), number(2))
      case 'setsockopt': return sys.setsockopt(fd, number(1), number(2), typeof args[3] === 'string' ? Buffer.from(args[3], 'hex') : number(3))
      case 'getsockopt': {
        const value = sys.getsockopt(fd, number(1), number(2), number(3), typeof args[4] === 'string' ? Buffer.from(args[4], 'hex') : undefined)
        return typeof value === 'string' ? value : hexOf(value)
      }
      case 'poll': return this.poll(args)
      case 'epoll_create': return this.keep(sys.epoll_create(number(0)))
      case 'epoll_ctl': return sys.epoll_ctl(fd, number(1), number(2), { events: number(3), data: number(4) })
      case 'epoll_wait': {
        const events: EpollEvent[] = Array.from({ length: Math.max(number(1), 0) }, () => ({ events: 0, data: 0 }))
        const count = await process.epoll_wait(fd, events, number(1), args.length > 2 ? number(2) : 0)
        return typeof count === 'string' ? count : events.slice(0, count).map(each => [each.events >>> 0, each.data])
      }
      case 'mmap': {
        const bytes = sys.mmap(fd, number(1))
        if (typeof bytes === 'string') return bytes
        this.maps.set(`@${this.save}`, bytes)
        return 0
      }
      case 'mapped': return hexOf(this.maps.get(args[0] as string)?.subarray(number(1), number(1) + number(2)) ?? new Uint8Array(0))
      case 'unmap': this.maps.delete(args[0] as string); return 0
      case 'netlink': return this.netlink(fd, args[1] as string, args[2] as readonly number[])
      case 'sendfile': return sys.sendfile(fd, number(1), args[2] === null ? undefined : { value: number(2) }, number(3))
      case 'splice': return sys.splice(fd, undefined, number(1), undefined, number(2), 0)
      case 'timerfd_create': return this.keep(sys.timerfd_create(number(0), number(1)))
      case 'timerfd_settime': return zeroUnlessErrno(sys.timerfd_settime(fd, number(1), { valueUs: number(2), intervalUs: number(3) }))
      case 'timerfd_gettime': return zeroUnlessErrno(sys.timerfd_gettime(fd))
      case 'waitpid': return zeroUnlessErrno(sys.waitpid(number(0), number(1)))
      case 'kill': return sys.kill(args[0] === 'self' ? process.pid : number(0), number(1))
      case 'select': return this.select(args)
      case 'eventfd': return this.keep(sys.eventfd(number(0), number(1)))
      case 'open': return this.keep(sys.open(args[0] as string, number(1), 0o644))
      case 'unlink': return process.state.kernel.files.unlink(args[0] as string, process.state.cwd)
      case 'sleep': await process.sleep(number(0)); return 0
      default: throw new Error(`no such call: ${call}`)
    }
  }

  private async filled(count: number, call: (buffer: Uint8Array) => Promise<number | Errno>): Promise<Answer> {
    const buffer = new Uint8Array(count)
    const got = await call(buffer)
    return typeof got === 'string' ? got : [got, text(buffer.subarray(0, Math.min(got, count)))]
  }

  private async send(fd: number, data: Data, flags: number, to: RawAddress | null): Promise<Answer> {
    const bytes = dataOf(data)
    if (to === null) return this.process.send(fd, bytes, 0, bytes.length, flags)
    const address = this.addressOn(fd, to)
    return typeof address === 'string' ? address : this.process.sendto(fd, bytes, 0, bytes.length, flags, address)
  }

  private async sendmsg(fd: number, args: Args): Promise<Answer> {
    const iov = [args[1], ...args.slice(5)].map(each => dataOf(each as Data)).map(buffer => ({ buffer, offset: 0, length: buffer.length }))
    const name = args[3] === null ? undefined : this.addressOn(fd, args[3])
    if (typeof name === 'string') return name
    const control = (args[4] as readonly Control[]).map(([level, type, body]) => ({
      level, type, data: typeof body === 'string' ? Uint8Array.from(Buffer.from(body, 'hex'))
        : new Uint8Array(Int32Array.from(body, each => this.value(each)).buffer),
    }))
    return this.process.sendmsg(fd, { name, iov, control }, this.value(args[2]))
  }

  private async recvmsg(fd: number, sizes: readonly number[], flags: number, controlLength: number): Promise<Answer> {
    const save = this.save
    const iov = sizes.map(length => ({ buffer: new Uint8Array(length), offset: 0, length }))
    const message: MessageHeader = { iov, controlLength }
    const got = await this.process.recvmsg(fd, message, flags)
    if (typeof got === 'string') return got
    const control = (message.control ?? []).map(({ level, type, data }) => {
      if (level === 1 && type === 1) {
        const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
        for (let i = 0; i + 4 <= data.length; i += 4) this.variables.set(`${save}.${i / 4}`, view.getInt32(i, true))
      }
      return [level, type, hexOf(data)]
    })
    const data = Uint8Array.from(Buffer.concat(iov.map(each => each.buffer)).subarray(0, got))
    return [got, text(data), sockaddrOf(message.name), (message.flags ?? 0) & ~0x40000000, control]
  }

  private sendmmsg(fd: number, args: Args): Answer {
    const name = args[2] === null ? undefined : this.addressOn(fd, args[2])
    if (typeof name === 'string') return name
    const messages = args.slice(3).map(each => dataOf(each as Data))
      .map(buffer => ({ header: { name, iov: [{ buffer, offset: 0, length: buffer.length }] }, length: 0 }))
    const count = this.process.sys.sendmmsg(fd, messages, this.value(args[1]))
    return typeof count === 'string' ? count : [count, messages.slice(0, count).map(each => each.length)]
  }

  private recvmmsg(fd: number, flags: number, sizes: readonly number[]): Answer {
    const messages = sizes.map(length => {
      const header: MessageHeader = { iov: [{ buffer: new Uint8Array(length), offset: 0, length }] }
      return { header, length: 0 }
    })
    const count = this.process.sys.recvmmsg(fd, messages, flags)
    if (typeof count === 'string') return count
    return [count, messages.slice(0, count).map(({ header, length }, index) =>
      [length, text(header.iov[0].buffer.slice(0, Math.min(length, sizes[index]))), (header.flags ?? 0) & ~0x40000000])]
  }

  /** Sends a request, when there is one, and reads what waits. */
  private netlink(fd: number, request: string, keep: readonly number[]): Answer {
    const { sys } = this.process
    if (request !== '') {
      const bytes = Buffer.from(request, 'hex')
      const sent = sys.send(fd, bytes, 0, bytes.length, 0)
      if (typeof sent === 'string') return sent
    }
    const room = new Uint8Array(65_536)
    const found: unknown[] = []
    for (;;) {
      const count = sys.recv(fd, room, 0, room.length, 0x40)
      if (typeof count === 'string') return count === 'EAGAIN' ? found : [...found, count]
      found.push(...netlinkMessages(Buffer.from(room.subarray(0, count)), keep))
    }
  }

  private async select(args: Args): Promise<Answer> {
    const [read, write, except] = args.slice(1, 4).map(each =>
      new Set((each as readonly unknown[]).map(member => this.value(member)).filter(fd => fd >= 0)))
    const count = await this.process.select(this.value(args[0]), { read, write, except }, this.value(args[4] ?? 0))
    if (typeof count === 'string' || args.length === 2) return count
    return [count, ...[read, write, except].map(each => [...each].sort((a, b) => a - b))]
  }

  private async poll(args: Args): Promise<Answer> {
    const timeout = args.length % 2 === 0 ? 0 : this.value(args[args.length - 1])
    const fds = Array.from({ length: args.length >> 1 }, (_, i) => ({
      fd: this.value(args[2 * i]), events: this.value(args[2 * i + 1] ?? POLLIN), revents: 0,
    }))
    const count = await this.process.poll(fds, timeout)
    return typeof count === 'string' ? count : [count, ...fds.map(each => each.revents)]
  }
}

const FIXED: Readonly<Record<number, number>> = { 16: 16, 17: 16, 20: 8, 21: 8, 24: 12, 25: 12, 28: 12, 29: 12 }

/** Type, flags, sequence number, the fixed part, and the attributes asked for. */
function netlinkMessages(data: Buffer, keep: readonly number[]): unknown[] {
  const messages: unknown[] = []
  for (let at = 0; at + 16 <= data.length;) {
    const length = data.readUInt32LE(at)
    const [kind, flags, sequence] = [data.readUInt16LE(at + 4), data.readUInt16LE(at + 6), data.readUInt32LE(at + 8)]
    const body = data.subarray(at + 16, at + length)
    at += (length + 3) & ~3
    const fixed = FIXED[kind]
    if (fixed === undefined) {
      messages.push([kind, flags, sequence, kind === 3 ? hexOf(body) : [body.readInt32LE(0), body.length]])
      continue
    }
    const found: unknown[] = []
    for (let place = fixed; place + 4 <= body.length;) {
      const size = body.readUInt16LE(place)
      const what = body.readUInt16LE(place + 2)
      if (size < 4) break
      if (keep.includes(what)) found.push([what, hexOf(body.subarray(place + 4, place + size))])
      place += (size + 3) & ~3
    }
    messages.push([kind, flags, sequence, hexOf(body.subarray(0, fixed)), found])
  }
  return messages
}
