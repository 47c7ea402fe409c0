import { describe, expect, it } from 'vitest'
import { Catcher, cidr, ip, pattern, TestNet } from '../../test/support/ip-host.ts'
import type { TestHost } from '../../test/support/ip-host.ts'
import { decodeIcmpv4, Icmpv4View } from '../wire/icmpv4.ts'
import { decodeIpv4, Ipv4View } from '../wire/ipv4.ts'

function pair(sysctls: Record<string, number> = {}) {
  const net = new TestNet()
  const a = net.host('a', sysctls)
  const b = net.host('b', sysctls)
  const [left, right] = net.join(a, b)
  a.ip.addAddress(left, cidr('192.168.1.1/24'))
  b.ip.addAddress(right, cidr('192.168.1.2/24'))
  a.ip.addAddress(left, cidr('fd00::1/64'))
  b.ip.addAddress(right, cidr('fd00::2/64'))
  return { net, a, b, left, right }
}

/** Echo replies and other messages nobody here needs arrive at whoever plays the ping socket. */
function ping(host: TestHost, flowTo: string, size: number): string | undefined {
  const isV4 = !flowTo.includes(':')
  const message = new Uint8Array(8 + size)
  message[0] = isV4 ? 8 : 128
  message.set(pattern(size), 8)
  const flow = host.flow(flowTo, { protocol: isV4 ? 1 : 58 })
  expect(host.ip.resolve(flow)).toBeUndefined()
  let sum = 0
  for (let i = 0; i < message.length; i += 2) sum += (message[i] << 8) | (message[i + 1] ?? 0)
  if (!isV4) {
    const words = [flow.source, flow.destination].flatMap(each => [each.w0, each.w1, each.w2, each.w3])
    sum += words.reduce((total, word) => total + (word >>> 16) + (word & 0xffff), 0) + 58 + message.length
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536)
  message[2] = (~sum >> 8) & 0xff
  message[3] = ~sum & 0xff
  return host.send(flow, message)
}

describe('two hosts on a cable', () => {
  it('resolve each other by ARP and exchange datagrams (rows B5, C3)', () => {
    const { net, a, b, left, right } = pair()
    expect(a.send(a.flow('192.168.1.2'), pattern(100))).toBeUndefined()
    expect(a.ip.neighbours.find(left, ip('192.168.1.2'))?.state).toBe('incomplete')
    net.run(10)
    expect(b.udp.received).toEqual([{ from: '192.168.1.1', to: '192.168.1.2', bytes: pattern(100), kind: 0, hopLimit: 64 }])
    expect(b.udp.batches).toBeGreaterThan(0)
    expect(a.ip.neighbours.find(left, ip('192.168.1.2'))?.state).toBe('reachable')
    expect(b.ip.neighbours.find(right, ip('192.168.1.1'))?.state).toBe('stale')
    expect(net.memory.leakReport()).toEqual([])
  })

  it('resolve each other by neighbour discovery (row C9)', () => {
    const { net, a, b, left } = pair()
    a.send(a.flow('fd00::2'), pattern(100))
    net.run(10)
    expect(b.udp.received).toEqual([{ from: 'fd00::1', to: 'fd00::2', bytes: pattern(100), kind: 0, hopLimit: 64 }])
    expect(a.ip.neighbours.find(left, ip('fd00::2'))?.state).toBe('reachable')
    expect(net.memory.leakReport()).toEqual([])
  })

  it.each([['192.168.1.2', 56], ['192.168.1.2', 8000], ['fd00::2', 56], ['fd00::2', 8000]])('answer ping to %s with %i bytes (row C7)', (to, size) => {
    const { net, a, b } = pair()
    const replies = new Catcher(to.includes(':') ? 58 : 1)
    a.ip.register(replies)
    expect(ping(a, to, size)).toBeUndefined()
    net.run(100)
    expect(b.drops).toEqual([])
    expect(replies.received.length).toBe(1)
    expect(replies.received[0].bytes.subarray(8)).toEqual(pattern(size))
    expect(net.memory.leakReport()).toEqual([])
  })

  it('tell the transport EHOSTUNREACH when nobody answers ARP for three seconds (row B5)', () => {
    const { net, a } = pair()
    const flow = a.flow('192.168.1.77')
    a.send(flow, pattern(20))
    net.run(2900)
    expect(a.udp.errors).toEqual([])
    net.run(200)
    expect(a.udp.errors).toEqual([{ errno: 'EHOSTUNREACH', type: 3, code: 1, mtu: 0, remote: '192.168.1.77', fatal: false }])
    expect(a.drops).toEqual(['neighbour-failed'])
    // The next packet asks again.
    a.send(flow, pattern(20))
    expect(a.ip.neighbours.list().find(each => each.address.toString() === '192.168.1.77')?.state).toBe('incomplete')
    net.run(4000)
    expect(net.memory.leakReport()).toEqual([])
  })

  it('keep at most unres_qlen packets while resolving, the newest (RFC 1122 2.3.2.2)', () => {
    const { net, a, b } = pair({ 'net.ipv4.neigh.default.unres_qlen': 3 })
    for (let i = 0; i < 5; i++) a.send(a.flow('192.168.1.2'), Uint8Array.of(i, 0, 0, 0, 0, 0, 0, 0))
    net.run(10)
    expect(b.udp.received.map(each => each.bytes[0])).toEqual([2, 3, 4])
    expect(a.drops).toEqual(['neighbour-queue-full', 'neighbour-queue-full'])
  })

  it('keep the neighbours they know when somebody sweeps the network (RFC 6583 3)', () => {
    const { net, a, b } = pair({ 'net.ipv4.neigh.default.gc_thresh1': 4, 'net.ipv4.neigh.default.gc_thresh3': 8 })
    a.send(a.flow('192.168.1.2'), pattern(20))
    net.run(10)
    for (let last = 100; last < 200; last++) a.send(a.flow(`192.168.1.${last}`), pattern(20))
    expect(a.ip.neighbours.list().length).toBe(8)
    expect(a.drops.filter(each => each === 'neighbour-table-full').length).toBe(100 - 7)
    a.send(a.flow('192.168.1.2'), pattern(20))
    net.run(10)
    expect(b.udp.received.length).toBe(2)
    // Nobody answered: there is room again.
    net.run(3200)
    a.send(a.flow('192.168.1.99'), pattern(20))
    expect(a.ip.neighbours.list().map(each => each.address.toString())).toContain('192.168.1.99')
    net.run(4000)
    expect(net.memory.leakReport()).toEqual([])
  })

  it('age a neighbour: reachable, stale, delay, probe, reachable again (RFC 4861 7.3)', () => {
    const { net, a, left } = pair()
    const states: string[] = []
    a.namespace.trace.listen(event => { if (event.name === 'neighbour' && event.address === '192.168.1.2') states.push(event.to) })
    a.send(a.flow('192.168.1.2'), pattern(20))
    net.run(60_000)
    expect(states).toEqual(['incomplete', 'reachable', 'stale'])
    a.send(a.flow('192.168.1.2'), pattern(20))
    net.run(6000)
    expect(states.slice(3)).toEqual(['delay', 'probe', 'reachable'])
    // Forward progress from above saves the probe.
    net.run(60_000)
    const flow = a.flow('192.168.1.2')
    a.send(flow, pattern(20))
    net.run(1000)
    a.ip.confirmNeighbour(flow)
    net.run(5000)
    expect(states.slice(6)).toEqual(['stale', 'delay', 'reachable'])
    expect(a.ip.neighbours.find(left, ip('192.168.1.2'))?.state).toBe('reachable')
  })

  it('fall quiet: nothing is armed once neighbours are stale', () => {
    const { net, a } = pair()
    a.send(a.flow('192.168.1.2'), pattern(20))
    net.run(120_000)
    expect(a.namespace.timers.armedCount).toBe(0)
    expect(net.clock.pending).toBe(0)
  })

  it('use static entries for ever', () => {
    const { net, a, b, left, right } = pair()
    if (right.address !== undefined) a.ip.neighbours.add(left, ip('192.168.1.2'), right.address)
    a.send(a.flow('192.168.1.2'), pattern(20))
    net.run(100_000)
    expect(b.udp.received.length).toBe(1)
    expect(a.ip.neighbours.find(left, ip('192.168.1.2'))?.state).toBe('permanent')
  })
})

describe('a packet to this host itself', () => {
  it.each(['127.0.0.1', '127.99.1.2', '192.168.1.1', '::1', 'fd00::1', '0.0.0.0', '::'])('%s comes back through lo (behaviour 46)', to => {
    const { net, a } = pair()
    const flow = a.flow(to)
    expect(a.send(flow, pattern(3000))).toBeUndefined()
    expect(flow.route?.device.name).toBe('lo')
    expect(a.udp.received).toEqual([])
    net.run(1)
    expect(a.udp.received.map(each => each.bytes.length)).toEqual([3000])
    expect(net.memory.leakReport()).toEqual([])
  })
})

describe('what has no way', () => {
  it('is refused with the errno of Linux (row C4)', () => {
    const { a } = pair()
    expect(a.send(a.flow('8.8.8.8'), pattern(8))).toBe('ENETUNREACH')
    expect(a.send(a.flow('2001:db8::1'), pattern(8))).toBe('ENETUNREACH')
    a.ip.addRoute({ destination: cidr('10.0.0.0/8'), type: 'unreachable' })
    a.ip.addRoute({ destination: cidr('10.1.0.0/16'), type: 'prohibit' })
    expect(a.ip.resolve(a.flow('10.2.3.4'))).toBe('EHOSTUNREACH')
    expect(a.ip.resolve(a.flow('10.1.3.4'))).toBe('EACCES')
    expect(a.ip.addRoute({ destination: cidr('0.0.0.0/0'), gateway: ip('172.16.0.1') })).toBe('ENETUNREACH')
    expect(a.ip.addRoute({ destination: cidr('0.0.0.0/0'), gateway: ip('192.168.1.254') })).toBe(0)
    expect(a.ip.addRoute({ destination: cidr('0.0.0.0/0'), gateway: ip('192.168.1.254') })).toBe('EEXIST')
    const flow = a.flow('8.8.8.8')
    expect(a.ip.resolve(flow)).toBeUndefined()
    expect([flow.route?.gateway?.toString(), flow.source.toString()]).toEqual(['192.168.1.254', '192.168.1.1'])
  })

  it('too big with DF forbidden to cut: EMSGSIZE; else cut and put together (row C2)', () => {
    const { net, a, b } = pair()
    expect(a.send(a.flow('192.168.1.2', { mtuDiscover: 'do' }), pattern(1481))).toBe('EMSGSIZE')
    expect(a.send(a.flow('192.168.1.2', { mtuDiscover: 'do' }), pattern(1480))).toBeUndefined()
    expect(a.send(a.flow('192.168.1.2'), pattern(65_515))).toBeUndefined()
    expect(a.send(a.flow('192.168.1.2'), pattern(65_516))).toBe('EMSGSIZE')
    expect(a.send(a.flow('fd00::2'), pattern(20_000))).toBeUndefined()
    net.run(10)
    expect(b.udp.received.map(each => each.bytes.length)).toEqual([1480, 65_515, 20_000])
    expect(b.udp.received[1].bytes).toEqual(pattern(65_515))
    expect(net.memory.leakReport()).toEqual([])
  })
})

function line(sysctls: Record<string, number> = {}, mtu = 1500) {
  const net = new TestNet()
  const a = net.host('a')
  const router = net.host('r', { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1, ...sysctls })
  const b = net.host('b')
  const [a0, r0] = net.join(a, router)
  const [r1, b0] = net.join(router, b, { mtu })
  a.ip.addAddress(a0, cidr('10.0.1.1/24'))
  router.ip.addAddress(r0, cidr('10.0.1.254/24'))
  router.ip.addAddress(r1, cidr('10.0.2.254/24'))
  b.ip.addAddress(b0, cidr('10.0.2.1/24'))
  a.ip.addRoute({ destination: cidr('0.0.0.0/0'), gateway: ip('10.0.1.254') })
  b.ip.addRoute({ destination: cidr('0.0.0.0/0'), gateway: ip('10.0.2.254') })
  a.ip.addAddress(a0, cidr('fd01::1/64'))
  router.ip.addAddress(r0, cidr('fd01::fe/64'))
  router.ip.addAddress(r1, cidr('fd02::fe/64'))
  b.ip.addAddress(b0, cidr('fd02::1/64'))
  a.ip.addRoute({ destination: cidr('::/0'), gateway: ip('fd01::fe') })
  b.ip.addRoute({ destination: cidr('::/0'), gateway: ip('fd02::fe') })
  return { net, a, router, b, b0 }
}

describe('a router between two networks (row C5)', () => {
  it.each(['10.0.2.1', 'fd02::1'])('forwards to %s and takes one from the hop count', to => {
    const { net, a, b } = line()
    a.send(a.flow(to), pattern(1000))
    net.run(10)
    expect(b.udp.received.map(each => [each.bytes.length, each.hopLimit])).toEqual([[1000, 63]])
    expect(net.memory.leakReport()).toEqual([])
  })

  it('answers an exhausted hop count with time exceeded', () => {
    const { net, a, router } = line()
    a.send(a.flow('10.0.2.1', { hopLimit: 1 }), pattern(64))
    a.send(a.flow('fd02::1', { hopLimit: 1 }), pattern(64))
    net.run(10)
    expect(a.udp.errors).toEqual([
      { errno: 'EHOSTUNREACH', type: 11, code: 0, mtu: 0, remote: '10.0.2.1', fatal: false },
      { errno: 'EHOSTUNREACH', type: 3, code: 0, mtu: 0, remote: 'fd02::1', fatal: false },
    ])
    expect(router.drops).toEqual(['ip-ttl-exceeded', 'ip-ttl-exceeded'])
  })

  it('answers what has no route, and whose host does not answer', () => {
    const { net, a } = line()
    a.send(a.flow('10.9.9.9'), pattern(64))
    a.send(a.flow('10.0.2.99'), pattern(64))
    a.send(a.flow('fd09::1'), pattern(64))
    net.run(5000)
    expect(a.udp.errors.map(each => [each.errno, each.code, each.remote])).toEqual([
      ['ENETUNREACH', 0, '10.9.9.9'], ['ENETUNREACH', 0, 'fd09::1'], ['EHOSTUNREACH', 1, '10.0.2.99'],
    ])
  })

  it.each([['10.0.2.1', 20], ['fd02::1', 40]])('teaches the path MTU to %s (rows C2, C9; RFC 1191, RFC 8201)', (to, header) => {
    const { net, a, b } = line({}, 1300)
    const flow = a.flow(to, { mtuDiscover: 'do' })
    expect(a.send(flow, pattern(1400))).toBeUndefined()
    net.run(10)
    expect(a.udp.errors.map(each => [each.errno, each.mtu])).toEqual([['EMSGSIZE', 1300]])
    a.ip.updatePathMtu(ip(to), 1300)
    expect(a.ip.mtu(flow)).toBe(1300)
    expect(a.send(flow, pattern(1301 - header))).toBe('EMSGSIZE')
    expect(a.send(flow, pattern(1300 - header))).toBeUndefined()
    expect(a.send(a.flow(to), pattern(5000))).toBeUndefined()
    net.run(10)
    expect(b.udp.received.map(each => each.bytes.length)).toEqual([1300 - header, 5000])
    // Forgotten after ten minutes.
    net.run(600_000)
    expect(a.ip.mtu(flow)).toBe(1500)
    expect(net.memory.leakReport()).toEqual([])
  })

  it('cuts what carries no DF', () => {
    const { net, a, b } = line({}, 576)
    a.send(a.flow('10.0.2.1', { mtuDiscover: 'dont' }), pattern(1480))
    net.run(10)
    expect(b.udp.received[0].bytes).toEqual(pattern(1480))
  })

  it('limits its errors to six at once for one host, then one a second (Linux icmp_ratelimit)', () => {
    const { net, a } = line()
    for (let i = 0; i < 20; i++) a.send(a.flow('10.9.9.9'), pattern(64))
    net.run(100)
    expect(a.udp.errors.length).toBe(6)
    net.run(1000)
    a.send(a.flow('10.9.9.9'), pattern(64))
    net.run(100)
    expect(a.udp.errors.length).toBe(7)
  })
})

describe('errors this host sends', () => {
  const udp = (source: string, destination: string) => {
    const net = new TestNet()
    const host = net.host('h')
    const device = host.record()
    host.ip.addAddress(device, cidr('192.0.2.1/24'))
    const packet = new Uint8Array(28)
    const view = new Ipv4View().wrapBytes(packet)
    packet.set([0x45, 0, 0, 28, 0, 7, 0, 0, 64, 99])
    ip(source).writeTo(packet, 12)
    ip(destination).writeTo(packet, 16)
    view.refreshChecksum()
    host.inject(device, packet)
    return { host, device, packet, net }
  }

  it('quote the packet: protocol unreachable (RFC 1122 3.2.2.1)', () => {
    const { device, packet, net, host } = udp('192.0.2.9', '192.0.2.1')
    const [sent] = device.take()
    const header = decodeIpv4(new Ipv4View().wrapBytes(sent))
    expect([header.source.toString(), header.destination.toString(), header.trafficClass]).toEqual(['192.0.2.1', '192.0.2.9', 0xc0])
    const message = decodeIcmpv4(new Icmpv4View().wrapBytes(sent, 20))
    expect([message.type, message.code, message.body]).toEqual([3, 2, packet])
    expect(host.drops).toEqual(['ip-unknown-protocol'])
    expect(net.memory.leakReport()).toEqual([])
  })

  it.each(['192.0.2.255', '255.255.255.255', '224.0.0.1'])('are never sent about %s (RFC 1122 3.2.2)', destination => {
    expect(udp('192.0.2.9', destination).device.take()).toEqual([])
  })

  it.each([['127.0.0.1', 'ip-bad-source'], ['224.1.1.1', 'ip-bad-source'], ['255.255.255.255', 'ip-bad-source'], ['192.0.2.255', 'ip-bad-source'],
    ['192.0.2.1', 'ip-bad-source'], ['0.0.0.0', 'ip-bad-source']])('nor to %s, which is no sender (RFC 1122 3.2.1.3)', (source, reason) => {
    const { host, device } = udp(source, '192.0.2.1')
    expect([device.take(), host.drops]).toEqual([[], [reason]])
  })

  it('127/8 from a wire is refused (RFC 1122 3.2.1.3 (g))', () => {
    expect(udp('192.0.2.9', '127.0.0.1').host.drops).toEqual(['ip-bad-destination'])
  })
})

describe('multicast and broadcast', () => {
  it('reach members on the wire and on this host, nobody else (rows C8, D8)', () => {
    const { net, a, b, left, right } = pair()
    expect(b.ip.joinGroup(right.index, ip('239.1.2.3'))).toBeUndefined()
    expect(a.ip.joinGroup(left.index, ip('239.1.2.3'))).toBeUndefined()
    a.send(a.flow('239.1.2.3', { deviceIndex: left.index }), pattern(10))
    net.run(1)
    expect(b.udp.received.map(each => [each.to, each.kind, each.hopLimit])).toEqual([['239.1.2.3', 2, 1]])
    expect(a.udp.received.length).toBe(1)
    expect(b.ip.leaveGroup(right.index, ip('239.1.2.3'))).toBeUndefined()
    expect(b.ip.leaveGroup(right.index, ip('239.1.2.3'))).toBe('EADDRNOTAVAIL')
    a.send(a.flow('239.1.2.3', { deviceIndex: left.index, multicastLoop: false }), pattern(10))
    a.send(a.flow('192.168.1.255'), pattern(11))
    a.send(a.flow('255.255.255.255', { deviceIndex: left.index }), pattern(12))
    a.send(a.flow('ff02::1', { deviceIndex: left.index }), pattern(13))
    net.run(1)
    expect(b.udp.received.slice(1).map(each => [each.bytes.length, each.kind])).toEqual([[11, 1], [12, 1], [13, 2]])
    expect(a.udp.received.slice(1).map(each => each.bytes.length)).toEqual([11, 12, 13])
    expect(net.memory.leakReport()).toEqual([])
  })
})
