import { describe, expect, it } from 'vitest'
import { IpAddress, parseIp } from '../../src/base/address/ip.ts'
import { MacAddress } from '../../src/base/address/mac.ts'
import {
  AF_INET, AF_INET6, FIONREAD, IP_RECVERR, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_MORE, MSG_PEEK, MSG_TRUNC, POLLERR, POLLIN, POLLOUT, SHUT_RD,
  SHUT_WR, SOCK_DGRAM, SOL_IP, SOL_SOCKET, SO_BROADCAST, SO_RCVBUF, SO_REUSEADDR, SO_REUSEPORT,
} from '../../src/base/posix.ts'
import type { MessageHeader } from '../../src/kernel/syscalls.ts'
import { createPipe } from '../../src/link/pipe.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { lone } from '../support/pair.ts'

function at(text: string, port: number): SocketAddress {
  const address = parseIp(text) ?? IpAddress.ANY4
  return address.family === 4 ? { family: 'AF_INET', address, port } : { family: 'AF_INET6', address, port, flowinfo: 0, scopeId: 0 }
}
const bytes = (text: string): Uint8Array => Uint8Array.from(text, each => each.charCodeAt(0))
const text = (buffer: Uint8Array, count: number): string => String.fromCharCode(...buffer.subarray(0, count))

function setup() {
  const world = lone()
  const { sys } = world.host.spawn()
  const process = world.host.spawn()
  const buffer = new Uint8Array(70_000)
  const socket = (family: number = AF_INET): number => sys.socket(family, SOCK_DGRAM, 0) as number
  const recv = (fd: number, flags: number = 0, length: number = buffer.length) => {
    const count = sys.recv(fd, buffer, 0, length, flags)
    return typeof count === 'number' ? text(buffer, Math.min(count, length)) : count
  }
  const send = (fd: number, data: string, to?: SocketAddress, flags: number = 0) => sys.sendto(fd, bytes(data), 0, data.length, flags, to)
  const poll = (fd: number): number => {
    const each = { fd, events: 0xffff, revents: 0 }
    sys.poll([each])
    return each.revents & (POLLIN | POLLOUT | POLLERR)
  }
  return { ...world, sys, process, buffer, socket, recv, send, poll }
}

describe('UDP over loopback', () => {
  it('keeps boundaries and says who sent (D2, D5)', async () => {
    const { sys, socket, send, buffer, settle } = setup()
    const server = socket()
    expect(sys.bind(server, at('127.0.0.1', 53))).toBe(0)
    const client = socket()
    expect(send(client, 'abc', at('127.0.0.1', 53))).toBe(3)
    expect(send(client, 'de', at('127.0.0.1', 53))).toBe(2)
    await settle()
    const from = { address: undefined as SocketAddress | undefined }
    expect(sys.recvfrom(server, buffer, 0, 100, 0, from)).toBe(3)
    expect(from.address).toEqual({ ...sys.getsockname(client) as object, address: IpAddress.LOOPBACK4 })
    expect(sys.recvfrom(server, buffer, 0, 100, 0, from)).toBe(2)
    expect(sys.recvfrom(server, buffer, 0, 100, 0, from)).toBe('EAGAIN')
  })

  it('cuts to the buffer, tells with MSG_TRUNC, peeks, and counts empty datagrams (behaviour 53)', async () => {
    const { sys, socket, send, recv, settle, poll } = setup()
    const [a, b] = [socket(), socket()]
    sys.bind(a, at('127.0.0.1', 4000))
    send(b, 'x'.repeat(10), at('127.0.0.1', 4000))
    send(b, '', at('127.0.0.1', 4000))
    await settle()
    expect(sys.ioctl(a, FIONREAD)).toBe(10)
    expect(recv(a, MSG_PEEK, 4)).toBe('xxxx')
    const message: MessageHeader = { iov: [{ buffer: new Uint8Array(4), offset: 0, length: 4 }] }
    expect(sys.recvmsg(a, message, MSG_TRUNC)).toBe(10)
    expect(message.flags).toBe(MSG_TRUNC)
    expect(poll(a)).toBe(POLLIN | POLLOUT)
    expect(sys.ioctl(a, FIONREAD)).toBe(0)
    expect(recv(a)).toBe('')
    expect(recv(a)).toBe('EAGAIN')
  })

  it('takes 65,507 bytes and refuses 65,508 (D3)', async () => {
    const { sys, socket, send, recv, settle } = setup()
    const [a, b] = [socket(), socket()]
    sys.bind(a, at('127.0.0.1', 4000))
    expect(send(b, 'z'.repeat(65_507), at('127.0.0.1', 4000))).toBe(65_507)
    expect(send(b, 'z'.repeat(65_508), at('127.0.0.1', 4000))).toBe('EMSGSIZE')
    await settle()
    expect((recv(a)).length).toBe(65_507)
  })

  it('reports a closed port once, to a connected socket only (D6, behaviour 52)', async () => {
    const { sys, socket, send, recv, settle, poll } = setup()
    const [a, b] = [socket(), socket()]
    expect(sys.connect(a, at('127.0.0.1', 9))).toBe(0)
    expect(send(a, 'x')).toBe(1)
    expect(send(b, 'x', at('127.0.0.1', 9))).toBe(1)
    await settle()
    expect(poll(a)).toBe(POLLOUT | POLLERR)
    expect(send(a, 'x')).toBe('ECONNREFUSED')
    expect(recv(a)).toBe('EAGAIN')
    expect(recv(b)).toBe('EAGAIN')
  })

  it('queues what failed under IP_RECVERR (behaviour 56)', async () => {
    const { sys, socket, send, settle, poll } = setup()
    const a = socket()
    sys.setsockopt(a, SOL_IP, IP_RECVERR, 1)
    send(a, 'payload', at('127.0.0.1', 9))
    await settle()
    expect(poll(a) & POLLERR).toBe(POLLERR)
    const data = new Uint8Array(100)
    const message: MessageHeader = { iov: [{ buffer: data, offset: 0, length: 100 }] }
    expect(sys.recvmsg(a, message, MSG_ERRQUEUE)).toBe(7)
    expect(text(data, 7)).toBe('payload')
    expect(message.name).toEqual(at('127.0.0.1', 9))
    expect(message.control?.map(each => [each.level, each.type, each.data[0], ...each.data.subarray(4, 7)])).toEqual([[0, 11, 111, 2, 3,
      3]])
  })

  it('checks addresses as Linux does (behaviour 54)', () => {
    const { sys, socket, send } = setup()
    const a = socket()
    expect(send(a, 'x', at('127.0.0.1', 0))).toBe('EINVAL')
    expect(send(a, 'x')).toBe('EDESTADDRREQ')
    expect(sys.shutdown(a, SHUT_WR)).toBe('ENOTCONN')
    expect(sys.listen(a, 1)).toBe('EOPNOTSUPP')
    expect(sys.accept(a)).toBe('EOPNOTSUPP')
    expect(send(socket(), 'x', at('9.9.9.9', 1))).toBe('ENETUNREACH')
    expect(sys.bind(socket(), at('9.9.9.9', 1))).toBe('EADDRNOTAVAIL')
    expect(sys.bind(socket(), at('::1', 1))).toBe('EAFNOSUPPORT')
    expect(sys.bind(socket(AF_INET6), at('127.0.0.1', 1))).toBe('EINVAL')
  })

  it('dissolves with AF_UNSPEC, keeping a named port only (behaviour 55)', () => {
    const { sys, socket } = setup()
    const [a, b] = [socket(), socket()]
    sys.bind(a, at('0.0.0.0', 7777))
    sys.connect(a, at('127.0.0.1', 9))
    sys.connect(b, at('127.0.0.1', 9))
    expect(sys.getsockname(a)).toEqual(at('127.0.0.1', 7777))
    expect(sys.connect(a, { family: 'AF_UNSPEC' })).toBe(0)
    expect(sys.connect(b, { family: 'AF_UNSPEC' })).toBe(0)
    expect(sys.getpeername(a)).toBe('ENOTCONN')
    expect(sys.getsockname(a)).toEqual(at('0.0.0.0', 7777))
    expect(sys.getsockname(b)).toEqual(at('0.0.0.0', 0))
  })

  it('gathers under MSG_MORE (D7), and drops the newest when full (D4)', async () => {
    const { sys, socket, send, recv, settle, host } = setup()
    const [a, b] = [socket(), socket()]
    sys.bind(a, at('127.0.0.1', 4000))
    send(b, 'abc', at('127.0.0.1', 4000), MSG_MORE)
    send(b, 'def')
    await settle()
    expect(recv(a)).toBe('abcdef')
    sys.setsockopt(a, SOL_SOCKET, SO_RCVBUF, 1)
    for (const each of ['1', '2', '3', '4']) send(b, each, at('127.0.0.1', 4000))
    await settle()
    expect([recv(a), recv(a), recv(a), recv(a)]).toEqual(['1', '2', '3', 'EAGAIN'])
    expect(host.namespace.mib.udp.RcvbufErrors).toBe(1)
  })

  it('shares ports as Linux does (D9, behaviour 56)', async () => {
    const { sys, socket, send, recv, settle } = setup()
    const [a, b, c, d] = [socket(), socket(), socket(), socket()]
    for (const fd of [a, b]) sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    expect(sys.bind(a, at('0.0.0.0', 4000))).toBe(0)
    expect(sys.bind(b, at('0.0.0.0', 4000))).toBe(0)
    expect(sys.bind(c, at('0.0.0.0', 4000))).toBe('EADDRINUSE')
    expect(sys.bind(a, at('0.0.0.0', 4001))).toBe('EINVAL')
    send(d, 'x', at('127.0.0.1', 4000))
    await settle()
    expect([recv(a), recv(b)]).toEqual(['EAGAIN', 'x'])
    const group = [socket(), socket()]
    for (const fd of group) {
      sys.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1)
      expect(sys.bind(fd, at('0.0.0.0', 5000))).toBe(0)
    }
    for (let i = 0; i < 40; i++) send(socket(), 'y', at('127.0.0.1', 5000))
    await settle()
    const counts = group.map(fd => {
      let n = 0
      while (recv(fd) === 'y') n++
      return n
    })
    expect(counts[0] + counts[1]).toBe(40)
    expect(Math.min(...counts)).toBeGreaterThan(5)
  })

  it('speaks IPv6 and takes IPv4 in on a dual-stack socket (C9, behaviour 45)', async () => {
    const { sys, socket, send, buffer, settle } = setup()
    const server = socket(AF_INET6)
    expect(sys.bind(server, at('::', 4000))).toBe(0)
    expect(sys.bind(socket(), at('0.0.0.0', 4000))).toBe('EADDRINUSE')
    send(socket(), 'four', at('127.0.0.1', 4000))
    send(socket(AF_INET6), 'six', at('::1', 4000))
    await settle()
    const from = { address: undefined as SocketAddress | undefined }
    expect(sys.recvfrom(server, buffer, 0, 100, 0, from)).toBe(4)
    expect(from.address?.family === 'AF_INET6' && from.address.address.toMappedString()).toBe('::ffff:127.0.0.1')
    expect(sys.recvfrom(server, buffer, 0, 100, 0, from)).toBe(3)
    expect(from.address?.family === 'AF_INET6' && from.address.address.toString()).toBe('::1')
  })

  it('sleeps in recv until a datagram comes, the time-out or shutdown (F6)', async () => {
    const { process, run, host, stage } = setup()
    const { sys } = process
    const fd = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
    sys.bind(fd, at('127.0.0.1', 4000))
    const sender = host.spawn()
    const buffer = new Uint8Array(10)
    const [count] = await run(() => Promise.all([process.recv(fd, buffer, 0, 10, 0), (async () => {
      await sender.sleep(5)
      const own = sender.sys.socket(AF_INET, SOCK_DGRAM, 0) as number
      sender.sys.sendto(own, bytes('hey'), 0, 3, 0, at('127.0.0.1', 4000))
    })()]))
    expect(count).toBe(3)
    expect(await process.recv(fd, buffer, 0, 10, MSG_DONTWAIT)).toBe('EAGAIN')
    sys.setsockopt(fd, SOL_SOCKET, 20, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0xa1, 7, 0, 0, 0, 0, 0))
    const before = stage.now()
    expect(await run(() => process.recv(fd, buffer, 0, 10, 0))).toBe('EAGAIN')
    expect((stage.now() - before) / 1000).toBeCloseTo(500, -1)
    sys.connect(fd, at('127.0.0.1', 9))
    expect(sys.shutdown(fd, SHUT_RD)).toBe(0)
    expect(await run(() => process.recv(fd, buffer, 0, 10, 0))).toBe(0)
  })

  it('leaves no packet behind', async () => {
    const { sys, socket, send, settle, memory, host } = setup()
    const a = socket()
    sys.bind(a, at('127.0.0.1', 4000))
    send(socket(), 'left', at('127.0.0.1', 4000))
    await settle()
    expect(memory.inUse).toBe(1)
    host.close()
    expect(memory.leakReport()).toEqual([])
  })

  it('needs SO_BROADCAST for broadcast (D8)', () => {
    const { sys, socket, send, host, stage } = setup()
    const [device] = createPipe({ clock: stage.clock, medium: 'ethernet', addresses: [MacAddress.of(0x0200, 1), MacAddress.of(0x0200, 2)] })
    host.addDevice(device)
    expect(host.addAddress(device, '10.0.0.1/24')).toBe(0)
    const a = socket()
    expect(send(a, 'x', at('10.0.0.255', 9))).toBe('EACCES')
    sys.setsockopt(a, SOL_SOCKET, SO_BROADCAST, 1)
    expect(send(a, 'x', at('10.0.0.255', 9))).toBe(1)
  })
})
