import { describe, expect, it } from 'vitest'
import {
  AF_INET, AF_INET6, IPV6_ADD_MEMBERSHIP, IPV6_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_MTU_DISCOVER, IP_MULTICAST_IF,
  IP_MULTICAST_LOOP, IP_MULTICAST_TTL, IP_PKTINFO, IP_RECVTOS, IP_RECVTTL, IP_TOS, SOCK_DGRAM, SOL_IP, SOL_IPV6, SOL_SOCKET, SOL_UDP,
  SO_BROADCAST, UDP_SEGMENT,
} from '../../src/base/posix.ts'
import type { Host } from '../../src/kernel/host.ts'
import type { MessageHeader } from '../../src/kernel/syscalls.ts'
import { World } from '../../src/sim/world.ts'
import type { CableSpec } from '../../src/sim/cable-options.ts'
import { at, bytes } from '../support/calls.ts'

function network(spec: CableSpec = {}) {
  const world = new World({ hashes: false })
  const [left, right] = [world.host('left'), world.host('right')]
  const addresses = [['10.0.0.1/24', 'fd00::1/64'], ['10.0.0.2/24', 'fd00::2/64']] as const
  const cable = world.cable(left, right, { delay: 1, wireExact: true, addresses, ...spec })
  const open = (host: Host, port: number, family: number = AF_INET) => {
    const { sys } = host.spawn()
    const fd = sys.socket(family, SOCK_DGRAM, 0) as number
    if (port !== 0) expect(sys.bind(fd, at(family === AF_INET ? '0.0.0.0' : '::', port))).toBe(0)
    const buffer = new Uint8Array(70_000)
    return {
      sys, fd, buffer,
      send: (data: Uint8Array | string, address: string, to: number) => {
        const raw = typeof data === 'string' ? bytes(data) : data
        return sys.sendto(fd, raw, 0, raw.length, 0, at(address, to))
      },
      recv: () => {
        const n = sys.recv(fd, buffer, 0, buffer.length, 0)
        return typeof n === 'number' ? (n < 100 ? String.fromCharCode(...buffer.subarray(0, n)) : n) : n
      },
      set: (level: number, name: number, value: Uint8Array | number) => sys.setsockopt(fd, level, name, value),
    }
  }
  return { world, left, right, cable, open }
}

describe('UDP across a cable', () => {
  it('goes out as IP fragments and arrives whole, v4 and v6 (D7, C2)', async () => {
    const { world, left, right, open } = network()
    await world.runFor(3000)
    for (const [family, to] of [[AF_INET, '10.0.0.2'], [AF_INET6, 'fd00::2']] as const) {
      const [a, b] = [open(left, 0, family), open(right, 4000, family)]
      const data = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7)
      expect(a.send(data, to, 4000)).toBe(20_000)
      await world.runFor(100)
      expect(b.recv()).toBe(20_000)
      expect(Buffer.compare(b.buffer.subarray(0, 20_000), data)).toBe(0)
      a.sys.close(a.fd)
      b.sys.close(b.fd)
    }
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('refuses what DF forbids', async () => {
    const { world, left, open } = network()
    const a = open(left, 0)
    a.set(SOL_IP, IP_MTU_DISCOVER, 2)
    expect(a.send(new Uint8Array(1473), '10.0.0.2', 9)).toBe('EMSGSIZE')
    expect(a.send(new Uint8Array(1472), '10.0.0.2', 9)).toBe(1472)
    await world.runFor(100)
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('hears of a closed port far away (D6, C7)', async () => {
    const { world, left, open } = network()
    const a = open(left, 0)
    a.sys.connect(a.fd, at('10.0.0.2', 9))
    a.sys.send(a.fd, bytes('x'), 0, 1, 0)
    await world.runFor(100)
    expect(a.recv()).toBe('ECONNREFUSED')
    world.close()
  })

  it('cuts one send into many datagrams with UDP_SEGMENT', async () => {
    for (const wireExact of [true, false]) {
      const { world, left, right, open } = network({ wireExact })
      const [a, b] = [open(left, 0), open(right, 4000)]
      expect(a.set(SOL_UDP, UDP_SEGMENT, 10)).toBe(0)
      expect(a.send('0123456789abcdefghijXYZ', '10.0.0.2', 4000)).toBe(23)
      await world.runFor(100)
      expect([b.recv(), b.recv(), b.recv(), b.recv()]).toEqual(['0123456789', 'abcdefghij', 'XYZ', 'EAGAIN'])
      world.close()
      expect(world.memory.leakReport()).toEqual([])
    }
  })

  it('reaches everyone on the link by broadcast (D8)', async () => {
    const { world, left, right, open } = network()
    const [a, b] = [open(left, 0), open(right, 4000)]
    expect(a.send('all', '10.0.0.255', 4000)).toBe('EACCES')
    a.set(SOL_SOCKET, SO_BROADCAST, 1)
    expect([a.send('all', '10.0.0.255', 4000), a.send('every', '255.255.255.255', 4000)]).toEqual([3, 'ENETUNREACH'])
    await world.runFor(100)
    expect([b.recv(), b.recv()]).toEqual(['all', 'EAGAIN'])
    world.close()
  })

  it('reaches members of a group, and the sender when it loops (D8, C8)', async () => {
    const { world, left, right, open } = network()
    await world.runFor(3000)
    const [a, b] = [open(left, 4000), open(right, 4000)]
    const group = (local: readonly number[]) => Uint8Array.of(239, 1, 2, 3, ...local)
    expect(b.set(SOL_IP, IP_ADD_MEMBERSHIP, group([10, 0, 0, 2]))).toBe(0)
    expect(b.set(SOL_IP, IP_ADD_MEMBERSHIP, group([10, 0, 0, 2]))).toBe('EADDRINUSE')
    expect(a.set(SOL_IP, IP_ADD_MEMBERSHIP, group([10, 0, 0, 1]))).toBe(0)
    expect(a.set(SOL_IP, IP_MULTICAST_IF, Uint8Array.of(10, 0, 0, 1))).toBe(0)
    a.set(SOL_IP, IP_MULTICAST_TTL, 3)
    expect(a.send('one', '239.1.2.3', 4000)).toBe(3)
    await world.runFor(100)
    expect([a.recv(), b.recv()]).toEqual(['one', 'one'])
    a.set(SOL_IP, IP_MULTICAST_LOOP, 0)
    expect(b.set(SOL_IP, IP_DROP_MEMBERSHIP, group([10, 0, 0, 2]))).toBe(0)
    a.send('two', '239.1.2.3', 4000)
    await world.runFor(100)
    expect([a.recv(), b.recv()]).toEqual(['EAGAIN', 'EAGAIN'])
    const [c, d] = [open(left, 5000, AF_INET6), open(right, 5000, AF_INET6)]
    const group6 = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 2, 0, 0, 0)
    expect(d.set(SOL_IPV6, IPV6_ADD_MEMBERSHIP, group6)).toBe(0)
    expect(c.set(SOL_IPV6, IPV6_MULTICAST_IF, 2)).toBe(0)
    expect(c.send('six', 'ff02::1234', 5000)).toBe(3)
    await world.runFor(100)
    expect(d.recv()).toBe('six')
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('tells the TTL, TOS and interface of what arrived (F4)', async () => {
    const { world, left, right, open } = network()
    const [a, b] = [open(left, 0), open(right, 4000)]
    for (const name of [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS]) b.set(SOL_IP, name, 1)
    a.set(SOL_IP, IP_TOS, 0x20)
    a.send('x', '10.0.0.2', 4000)
    await world.runFor(100)
    const message: MessageHeader = { iov: [{ buffer: b.buffer, offset: 0, length: 10 }] }
    expect(b.sys.recvmsg(b.fd, message, 0)).toBe(1)
    expect(message.control?.map(each => [each.type, ...each.data])).toEqual([
      [IP_PKTINFO, 2, 0, 0, 0, 10, 0, 0, 2, 10, 0, 0, 2], [2, 64, 0, 0, 0], [1, 0x20],
    ])
    world.close()
  })
})
