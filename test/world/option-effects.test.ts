// Options whose effect loopback does not show, or that speak of time; docs/options.md cites these by title.

import { describe, expect, it } from 'vitest'
import {
  AF_INET, AF_INET6, IP_MULTICAST_IF, IPPROTO_TCP, IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP, IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_LOOP, IPV6_RECVHOPLIMIT, IP_PKTINFO, IP_TTL, POLLOUT, SOCK_DGRAM,
  SOCK_NONBLOCK, SOCK_STREAM, SOL_IP, SOL_IPV6, SOL_SOCKET, SOL_UDP, SO_BINDTOIFINDEX, SO_COOKIE, SO_DONTROUTE, SO_MARK,
  SO_NO_CHECK, SO_PRIORITY, SO_RCVMARK, SO_RCVPRIORITY, SO_TIMESTAMP, SO_TIMESTAMPING_NEW, SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMP_NEW, TCP_FASTOPEN_NO_COOKIE, TCP_NOTSENT_LOWAT, TCP_TIMESTAMP, UDP_GRO, UDP_SEGMENT,
} from '../../src/base/posix.ts'
import { parseIp } from '../../src/base/address/ip.ts'
import { Prefix } from '../../src/base/address/prefix.ts'
import type { Host } from '../../src/kernel/host.ts'
import type { MessageHeader } from '../../src/kernel/syscalls.ts'
import type { NetDevice } from '../../src/link/net-device.ts'
import { World } from '../../src/sim/world.ts'
import { at, bytes } from '../support/calls.ts'

/** SOF_TIMESTAMPING_RX_SOFTWARE and SOF_TIMESTAMPING_SOFTWARE. */
const RECEIVED_BY_SOFTWARE = 8 | 16

function network(wireExact: boolean = true) {
  const world = new World({ hashes: false })
  const [left, right] = [world.host('left'), world.host('right')]
  world.cable(left, right, { delay: 5, wireExact, addresses: [['10.0.0.1/24', 'fd00::1/64'], ['10.0.0.2/24', 'fd00::2/64']] })
  return { world, left, right }
}

function datagrams(host: Host, family: number = AF_INET, port: number = 0) {
  const { sys } = host.spawn()
  const fd = sys.socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0) as number
  if (port !== 0) sys.bind(fd, at(family === AF_INET ? '0.0.0.0' : '::', port))
  const receive = (): MessageHeader & { count: number | string } => {
    const buffer = new Uint8Array(70_000)
    const header: MessageHeader = { iov: [{ buffer, offset: 0, length: buffer.length }] }
    return { ...header, count: sys.recvmsg(fd, header, 0), ...header }
  }
  const send = (text: string | Uint8Array, address: string, to: number) => {
    const raw = typeof text === 'string' ? bytes(text) : text
    return sys.sendto(fd, raw, 0, raw.length, 0, at(address, to))
  }
  const set = (level: number, name: number, value: number | Uint8Array) => sys.setsockopt(fd, level, name, value)
  return { sys, fd, send, receive, set }
}

describe('what options do', () => {
  it.each([
    ['SO_TIMESTAMP', SO_TIMESTAMP, 1, 16], ['SO_TIMESTAMPNS', SO_TIMESTAMPNS, 1, 16], ['SO_TIMESTAMP_NEW', SO_TIMESTAMP_NEW, 1, 16],
    ['SO_TIMESTAMPNS_NEW', SO_TIMESTAMPNS_NEW, 1, 16], ['SO_TIMESTAMPING_NEW', SO_TIMESTAMPING_NEW, RECEIVED_BY_SOFTWARE, 48],
  ])('%s tells when a datagram came, under its own number', async (_name, option, value, size) => {
    const { world, left, right } = network()
    const [from, to] = [datagrams(left), datagrams(right, AF_INET, 4000)]
    expect(to.set(SOL_SOCKET, option, value)).toBe(0)
    await world.runFor(2500)
    from.send('x', '10.0.0.2', 4000)
    await world.runFor(100)
    const { control = [] } = to.receive()
    expect(control.map(each => [each.level, each.type, each.data.length])).toEqual([[SOL_SOCKET, option, size]])
    const seconds = new DataView(control[0].data.buffer, control[0].data.byteOffset).getInt32(0, true)
    expect(seconds).toBe(Math.floor(world.now() / 1_000_000))
    world.close()
  })

  it('SO_MARK sends by the cable that a rule names, and no cable carries the mark or the priority', async () => {
    const world = new World({ hashes: false })
    const [left, right] = [world.host('left'), world.host('right')]
    world.cable(left, right, { delay: 5, addresses: [['10.0.0.1/24'], ['10.0.0.2/24']] })
    world.cable(left, right, { delay: 5, addresses: [['10.0.1.1/24'], ['10.0.1.2/24']] })
    const second = left.namespace.deviceNamed('eth1')
    const destination = Prefix.parse('10.9.0.1/32')
    if (destination === undefined || second === undefined) throw new Error('no second cable')
    right.addAddress(right.namespace.devices.find(each => each?.medium === 'loopback') as NetDevice, '10.9.0.1/32')
    left.ip.addRoute({ destination, gateway: parseIp('10.0.0.2') })
    left.ip.addRoute({ destination, gateway: parseIp('10.0.1.2'), table: 7 })
    left.ip.addRule({ family: 4, priority: 100, mark: 5, mask: -1, table: 7 })
    const [from, to] = [datagrams(left), datagrams(right, AF_INET, 4000)]
    for (const option of [IP_PKTINFO, IP_TTL]) to.set(SOL_IP, option, 1)
    to.set(SOL_SOCKET, SO_RCVMARK, 1)
    to.set(SOL_SOCKET, SO_RCVPRIORITY, 1)
    const heardOn: unknown[] = []
    for (const mark of [0, 5, 4]) {
      from.set(SOL_SOCKET, SO_MARK, mark)
      from.set(SOL_SOCKET, SO_PRIORITY, 6)
      from.send('x', '10.9.0.1', 4000)
      await world.runFor(100)
      const { control = [] } = to.receive()
      const told = (level: number, type: number) => control.find(each => each.level === level && each.type === type)?.data[0]
      heardOn.push([told(SOL_IP, IP_PKTINFO), told(SOL_SOCKET, SO_MARK), told(SOL_SOCKET, SO_PRIORITY)])
    }
    const [first, other] = ['eth0', 'eth1'].map(name => right.namespace.deviceNamed(name)?.index)
    expect(heardOn).toEqual([[first, 0, 0], [other, 0, 0], [first, 0, 0]])
    expect(left.ip.removeRule({ family: 4, priority: 100 })).toBe(0)
    from.set(SOL_SOCKET, SO_MARK, 5)
    from.send('x', '10.9.0.1', 4000)
    await world.runFor(100)
    expect(to.receive().control?.find(each => each.type === IP_PKTINFO)?.data[0]).toBe(first)
    world.close()
  })

  it('IP_MULTICAST_IF chooses for groups alone: the socket is bound to no device, and its next peer is reached by the route', async () => {
    const world = new World({ hashes: false })
    const [left, right] = [world.host('left'), world.host('right')]
    world.cable(left, right, { delay: 5, addresses: [['10.0.0.1/24'], ['10.0.0.2/24']] })
    world.cable(left, right, { delay: 5, addresses: [['10.0.1.1/24'], ['10.0.1.2/24']] })
    const [from, to] = [datagrams(left), datagrams(right, AF_INET, 4000)]
    const { sys, fd } = from
    expect(from.set(SOL_IP, IP_MULTICAST_IF, Uint8Array.of(10, 0, 1, 1))).toBe(0)
    expect(sys.connect(fd, at('239.1.1.1', 4000))).toBe(0)
    expect(sys.send(fd, bytes('to all'), 0, 6, 0)).toBe(6)
    expect(sys.getsockname(fd)).toMatchObject({ address: parseIp('10.0.1.1') })
    expect(sys.getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX)).toEqual(Uint8Array.of(0, 0, 0, 0))
    expect(sys.connect(fd, { family: 'AF_UNSPEC' })).toBe(0)
    expect(sys.connect(fd, at('10.0.0.2', 4000))).toBe(0)
    expect(sys.getsockname(fd)).toMatchObject({ address: parseIp('10.0.0.1') })
    expect(sys.send(fd, bytes('to one'), 0, 6, 0)).toBe(6)
    await world.runFor(100)
    expect(to.receive().count).toBe(6)
    world.close()
  })

  it('SO_DONTROUTE reaches the link and nothing behind a gateway', async () => {
    const { world, left, right } = network()
    left.ip.addRoute({ destination: Prefix.parse('0.0.0.0/0') as Prefix, gateway: parseIp('10.0.0.2') })
    const [from, to] = [datagrams(left), datagrams(right, AF_INET, 4000)]
    expect(from.set(SOL_SOCKET, SO_DONTROUTE, 1)).toBe(0)
    expect(from.send('x', '192.0.2.1', 4000)).toBe('ENETUNREACH')
    expect(from.send('x', '10.0.0.2', 4000)).toBe(1)
    await world.runFor(100)
    expect(to.receive().count).toBe(1)
    from.set(SOL_SOCKET, SO_DONTROUTE, 0)
    expect(from.send('x', '192.0.2.1', 4000)).toBe(1)
    world.close()
  })

  it('SO_NO_CHECK leaves the UDP checksum out', async () => {
    const { world, left, right } = network()
    const seen: number[] = []
    const [from, to] = [datagrams(left), datagrams(right, AF_INET, 4000)]
    const raw = right.spawn().sys
    const tap = raw.socket(AF_INET, 3 | SOCK_NONBLOCK, 17) as number
    for (const on of [0, 1]) {
      from.set(SOL_SOCKET, SO_NO_CHECK, on)
      from.send('x', '10.0.0.2', 4000)
      await world.runFor(100)
      const packet = new Uint8Array(100)
      expect(raw.recv(tap, packet, 0, 100, 0)).toBe(29)
      seen.push(packet[26] << 8 | packet[27])
      expect(to.receive().count).toBe(1)
    }
    expect(seen[0]).not.toBe(0)
    expect(seen[1]).toBe(0)
    world.close()
  })

  it('SO_COOKIE names a socket for its life', () => {
    const { world, left } = network()
    const [a, b] = [datagrams(left), datagrams(left)]
    const cookie = a.sys.getsockopt(a.fd, SOL_SOCKET, SO_COOKIE, 8)
    expect(a.sys.getsockopt(a.fd, SOL_SOCKET, SO_COOKIE, 8)).toEqual(cookie)
    expect(b.sys.getsockopt(b.fd, SOL_SOCKET, SO_COOKIE, 8)).not.toEqual(cookie)
    world.close()
  })

  it('IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP and IPV6_MULTICAST_ALL', async () => {
    const { world, left, right } = network()
    await world.runFor(3000)
    const [a, b, stranger] = [datagrams(left, AF_INET6, 5000), datagrams(right, AF_INET6, 5000), datagrams(right, AF_INET6, 5001)]
    const group = Uint8Array.of(0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 2, 0, 0, 0)
    for (const each of [a, b]) expect(each.set(SOL_IPV6, IPV6_ADD_MEMBERSHIP, group)).toBe(0)
    a.set(SOL_IPV6, IPV6_MULTICAST_IF, 2)
    a.set(SOL_IPV6, IPV6_MULTICAST_HOPS, 9)
    b.set(SOL_IPV6, IPV6_RECVHOPLIMIT, 1)
    const heard = async (port: number): Promise<(number | string)[]> => {
      expect(a.send('x', 'ff0e::1234', port)).toBe(1)
      await world.runFor(100)
      return [a, stranger].map(each => each.receive().count)
    }
    expect(await heard(5000)).toEqual([1, 'EAGAIN'])
    expect([...b.receive().control?.[0].data ?? []]).toEqual([9, 0, 0, 0])
    a.set(SOL_IPV6, IPV6_MULTICAST_LOOP, 0)
    expect(await heard(5000)).toEqual(['EAGAIN', 'EAGAIN'])
    expect(await heard(5001)).toEqual(['EAGAIN', 1])
    stranger.set(SOL_IPV6, IPV6_MULTICAST_ALL, 0)
    expect(await heard(5001)).toEqual(['EAGAIN', 'EAGAIN'])
    expect(b.receive().count).toBe(1)
    expect(b.set(SOL_IPV6, IPV6_DROP_MEMBERSHIP, group)).toBe(0)
    world.close()
  })

  it('UDP_GRO hands over what UDP_SEGMENT cut as one', async () => {
    const { world, left, right } = network(false)
    const [from, to] = [datagrams(left), datagrams(right, AF_INET, 4000)]
    from.set(SOL_UDP, UDP_SEGMENT, 1000)
    for (const [on, first] of [[0, 1000], [1, 3000]] as const) {
      to.set(SOL_UDP, UDP_GRO, on)
      from.send(new Uint8Array(3000), '10.0.0.2', 4000)
      await world.runFor(100)
      expect(to.receive().count).toBe(first)
      while (to.receive().count !== 'EAGAIN');
    }
    world.close()
  })
})

describe('what options of TCP do', () => {
  async function connected() {
    const { world, left, right } = network()
    const [client, server] = [left.spawn(), right.spawn()]
    const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
    server.sys.bind(listener, at('10.0.0.2', 80))
    server.sys.listen(listener, 8)
    const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
    expect(await world.runUntilDone(client.connect(fd, at('10.0.0.2', 80)))).toBe(0)
    return { world, client, fd }
  }

  it('TCP_NOTSENT_LOWAT: with more than that unsent a socket is not writable', async () => {
    const { world, client, fd } = await connected()
    const writable = (): number => {
      const asked = { fd, events: POLLOUT, revents: 0 }
      client.sys.poll([asked])
      return asked.revents
    }
    client.sys.send(fd, new Uint8Array(30_000), 0, 30_000, 0x40)
    expect(writable()).toBe(POLLOUT)
    client.sys.setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4096)
    expect(writable()).toBe(0)
    await world.runFor(1000)
    expect(writable()).toBe(POLLOUT)
    world.close()
  })

  it('TCP_TIMESTAMP goes up by one in a millisecond', async () => {
    const { world, client, fd } = await connected()
    const read = (): number => Buffer.from(client.sys.getsockopt(fd, IPPROTO_TCP, TCP_TIMESTAMP) as Uint8Array).readInt32LE(0)
    const before = read()
    await world.runFor(250)
    expect((read() - before) | 0).toBe(250)
    world.close()
  })

  it('TCP_FASTOPEN_NO_COOKIE on both sides: data rides on the first SYN', async () => {
    const { world, left, right } = network()
    const [client, server] = [left.spawn(), right.spawn()]
    for (const host of [left, right]) host.setSysctl('net.ipv4.tcp_fastopen', '3')
    const listener = server.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) as number
    server.sys.bind(listener, at('10.0.0.2', 80))
    server.sys.setsockopt(listener, IPPROTO_TCP, 23, 5)
    server.sys.setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1)
    server.sys.listen(listener, 8)
    const fd = client.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) as number
    client.sys.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1)
    await world.runFor(1000)
    expect(client.sys.sendto(fd, bytes('early'), 0, 5, 0x20000000, at('10.0.0.2', 80))).toBe(5)
    // ARP there and back, and the SYN: less than a handshake takes.
    await world.runFor(17)
    const child = server.sys.accept(listener, undefined, SOCK_NONBLOCK)
    expect(child).toBeTypeOf('number')
    expect(server.sys.recv(child as number, new Uint8Array(10), 0, 10, 0)).toBe(5)
    world.close()
  })
})
