// Who may talk to whom, from which address, and what IP's errors and options do to a connection (RFC 9293 3.9).

import { describe, expect, it, vi } from 'vitest'
import {
  IP_RECVERR, IP_TOS, IP_TTL, MSG_DONTWAIT, MSG_ERRQUEUE, SIOCINQ, SOCK_STREAM, SOL_IP, SOL_SOCKET, SOL_TCP, SO_ERROR, SO_REUSEADDR,
  TCP_INFO, TCP_QUICKACK,
} from '../../src/base/posix.ts'
import { at, bytes, int } from '../support/calls.ts'
import { OURS, PEER, layIcmp, layTcp, octetPeer } from '../support/octet-peer.ts'
import type { Laid } from '../support/octet-peer.ts'

const ENOPROTOOPT = 92
const EHOSTUNREACH = 113

type Peer = ReturnType<typeof octetPeer>

function stateOf({ sys }: Peer, fd: number): number { return (sys.getsockopt(fd, SOL_TCP, TCP_INFO) as Uint8Array)[0] }

const ESTABLISHED = 1
const SYN_SENT = 2
const SYN_RECEIVED = 3
const CLOSED = 7

describe('a SYN', () => {
  it('to a broadcast or multicast address is dropped without a word [RFC 9293 MUST-57]', () => {
    const peer = octetPeer()
    peer.listen()
    for (const destination of ['198.18.0.255', '255.255.255.255', '224.0.0.1']) {
      peer.arrive({ flags: 'S', seq: 1, destination }, { flags: 'S', seq: 1, destination, port: 81 })
      expect([destination, peer.take()]).toEqual([destination, []])
    }
    peer.arrive({ flags: 'S', seq: 1 })
    expect(peer.take().map(each => each.flags)).toEqual(['SA'])
  })

  it('from an address that is nobody\'s is ignored [RFC 9293 MUST-63]', () => {
    const peer = octetPeer()
    peer.listen()
    for (const source of ['255.255.255.255', '198.18.0.255', '224.1.2.3', '127.0.0.1', '0.0.0.0', OURS]) {
      peer.arrive({ flags: 'S', seq: 1, source }, { flags: 'S', seq: 1, source, port: 81 })
      expect([source, peer.device.sent.length]).toEqual([source, 0])
    }
  })

  it('of ours never goes to one [RFC 9293 MUST-46]', () => {
    const peer = octetPeer()
    for (const destination of ['198.18.0.255', '255.255.255.255', '224.0.0.1', '239.1.2.3']) {
      const fd = peer.sys.socket(2, SOCK_STREAM, 0) as number
      expect([destination, peer.sys.connect(fd, at(destination, 80))]).toEqual([destination, 'ENETUNREACH'])
    }
    expect(peer.device.sent).toEqual([])
  })
})

describe('local addresses', () => {
  const TWO = [`${OURS}/24`, '198.18.0.9/24']

  it('OPEN takes one, active and passive [RFC 9293 MUST-43]', () => {
    const peer = octetPeer({}, TWO)
    const fd = peer.sys.socket(2, SOCK_STREAM, 0) as number
    peer.sys.bind(fd, at('198.18.0.9', 0))
    peer.sys.connect(fd, at(PEER, 80))
    expect(peer.take().map(each => each.source)).toEqual(['198.18.0.9'])
    peer.listen(81, '198.18.0.9')
    peer.arrive({ flags: 'S', port: 81, destination: '198.18.0.9' }, { flags: 'S', port: 81, destination: OURS })
    expect(peer.take().map(({ flags, source }) => [flags, source])).toEqual([['SA', '198.18.0.9'], ['RA', OURS]])
  })

  it('without one IP chooses, by route [RFC 9293 MUST-44]', () => {
    const peer = octetPeer({}, [`${OURS}/24`, '198.19.0.1/24'])
    const firstSource = (destination: string): string => {
      peer.sys.connect(peer.sys.socket(2, SOCK_STREAM, 0) as number, at(destination, 80))
      return peer.take()[0].source
    }
    expect([firstSource(PEER), firstSource('198.19.0.2')]).toEqual([OURS, '198.19.0.1'])
  })

  it('a connection keeps the one it began with, whatever is added or preferred later [RFC 9293 MUST-45]', () => {
    const peer = octetPeer({}, ['198.18.0.9/24'])
    const fd = peer.sys.socket(2, SOCK_STREAM, 0) as number
    peer.sys.connect(fd, at(PEER, 80))
    const [syn] = peer.take()
    peer.host.addAddress(peer.device, `${OURS}/32`)
    peer.host.addAddress(peer.device, '198.18.0.3/24')
    const back = { port: syn.port, peerPort: 80, destination: '198.18.0.9' }
    peer.arrive({ flags: 'SA', seq: 99, ack: syn.seq + 1, ...back })
    peer.sys.send(fd, bytes('x'), 0, 1, 0)
    peer.arrive({ flags: 'PA', seq: 100, ack: syn.seq + 2, data: 'y', ...back })
    peer.sys.close(fd)
    const seen = peer.take()
    expect(seen.length).toBeGreaterThanOrEqual(3)
    expect(new Set(seen.map(each => each.source))).toEqual(new Set(['198.18.0.9']))
    // And passive: from where the SYN was sent to.
    const server = octetPeer({}, TWO)
    server.listen()
    server.arrive({ flags: 'S', destination: '198.18.0.9' })
    expect(server.take()[0].source).toBe('198.18.0.9')
  })
})

describe('a listener and connections of its port', () => {
  it('a new listener does nothing to connections that exist, nor does its end [RFC 9293 MUST-41]', () => {
    const peer = octetPeer()
    const listener = peer.listen()
    const one = peer.established({}, listener)
    const two = peer.established({ peerPort: 40001 }, listener)
    peer.sys.close(listener)
    const other = peer.listen(81)
    const arrivals = (text: string): (number | string)[] => {
      peer.arrive({ flags: 'PA', seq: 1000, ack: one.snd, data: text }, { flags: 'PA', seq: 1000, ack: two.snd, data: `${text}!`, peerPort: 40001 })
      return [one.fd, two.fd].map(fd => peer.sys.ioctl(fd, SIOCINQ, 0))
    }
    expect(arrivals('first')).toEqual([5, 6])
    peer.sys.close(other)
    expect([one.fd, two.fd].map(fd => stateOf(peer, fd))).toEqual([ESTABLISHED, ESTABLISHED])
  })

  it('a port may be listened to while a connection of it opens [RFC 9293 MUST-42]', () => {
    const peer = octetPeer()
    const opening = peer.sys.socket(2, SOCK_STREAM, 0) as number
    peer.sys.setsockopt(opening, SOL_SOCKET, SO_REUSEADDR, 1)
    peer.sys.bind(opening, at('0.0.0.0', 80))
    peer.sys.connect(opening, at(PEER, 4000))
    const [syn] = peer.take()
    const listenAgain = (): unknown => {
      const fd = peer.sys.socket(2, SOCK_STREAM, 0) as number
      peer.sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
      const answers = [peer.sys.bind(fd, at('0.0.0.0', 80)), peer.sys.listen(fd, 8)]
      peer.arrive({ flags: 'S', seq: 7, peerPort: 40009 })
      const heard = peer.take().map(each => each.flags)
      peer.sys.close(fd)
      return [...answers, ...heard]
    }
    expect(stateOf(peer, opening)).toBe(SYN_SENT)
    expect(listenAgain()).toEqual([0, 0, 'SA'])
    peer.arrive({ flags: 'S', seq: 500, peerPort: 4000 })
    peer.take()
    expect(stateOf(peer, opening)).toBe(SYN_RECEIVED)
    expect(listenAgain()).toEqual([0, 0, 'SA'])
    peer.arrive({ flags: 'A', seq: 501, ack: syn.seq + 1, peerPort: 4000 })
    expect(stateOf(peer, opening)).toBe(ESTABLISHED)
  })
})

describe('IP\'s header', () => {
  it('takes time to live and service field from the application, unchanged, and follows when they change [RFC 9293 MUST-48, MUST-49, SHLD-21, SHLD-22]', () => {
    const peer = octetPeer()
    const { fd } = peer.established()
    const sent = (): [number, number] => {
      peer.sys.send(fd, bytes('x'), 0, 1, 0)
      const [{ ttl, tos }] = peer.take()
      return [ttl, tos]
    }
    peer.sys.setsockopt(fd, 6, 1, 1)
    expect(sent()).toEqual([64, 0])
    peer.sys.setsockopt(fd, SOL_IP, IP_TTL, 7)
    peer.sys.setsockopt(fd, SOL_IP, IP_TOS, 0xb8)
    expect(sent()).toEqual([7, 0xb8])
    peer.sys.setsockopt(fd, SOL_IP, IP_TOS, 0x28)
    expect(sent()).toEqual([7, 0x28])
    const client = peer.sys.socket(2, SOCK_STREAM, 0) as number
    peer.sys.setsockopt(client, SOL_IP, IP_TTL, 3)
    peer.sys.setsockopt(client, SOL_IP, IP_TOS, 0x60)
    peer.sys.connect(client, at(PEER, 80))
    expect(peer.take().map(({ ttl, tos }) => [ttl, tos])).toEqual([[3, 0x60]])
  })

  it('may carry options that mean nothing to us [RFC 9293 MUST-50]', () => {
    const kinds: Laid['ipOptions'][] = [[1, 1, 1, 0], [130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [94, 4, 1, 2], [7, 7, 4, 0, 0, 0, 0, 0]]
    for (const ipOptions of kinds) {
      const peer = octetPeer()
      const { fd, snd, rcv } = peer.established({ ipOptions })
      peer.arrive({ flags: 'PA', seq: rcv, ack: snd, data: 'ok', ipOptions })
      expect(peer.sys.ioctl(fd, SIOCINQ, 0)).toBe(2)
    }
  })
})

/** Two connections with a segment each in flight, and that segment. */
function twoInFlight(sysctls: Readonly<Record<string, string>> = {}) {
  const peer = octetPeer(sysctls)
  const listener = peer.listen()
  const ends = [40000, 40001].map(peerPort => {
    const { fd, snd } = peer.established({ peerPort }, listener)
    peer.sys.send(fd, new Uint8Array(1000), 0, 1000, 0)
    return { fd, snd, sent: peer.take()[0].octets }
  })
  return { peer, one: ends[0], two: ends[1] }
}

/** Unreachable 0, 1 and 5, time exceeded, parameter problem. */
const SOFT = [[3, 0], [3, 1], [3, 5], [11, 0], [11, 1], [12, 0]] as const
const HARD = [[3, 2], [3, 3]] as const

describe('ICMP errors', () => {
  it('reach the connection they are about, and no other [RFC 9293 MUST-54]', () => {
    const { peer, one, two } = twoInFlight()
    for (const { fd } of [one, two]) peer.sys.setsockopt(fd, SOL_IP, IP_RECVERR, 1)
    peer.deliver(layIcmp(3, 1, two.sent))
    const errorOf = (fd: number): number => int(peer.sys.getsockopt(fd, SOL_SOCKET, SO_ERROR))
    expect([errorOf(one.fd), errorOf(two.fd)]).toEqual([0, EHOSTUNREACH])
    // About an octet that is not in flight: nobody's.
    const stale = Uint8Array.from(one.sent)
    stale[24] ^= 0x40
    peer.deliver(layIcmp(3, 1, stale))
    expect(errorOf(one.fd)).toBe(0)
  })

  it('that are soft do not end a connection [RFC 9293 MUST-56]', () => {
    for (const [type, code] of SOFT) {
      const { peer, one } = twoInFlight()
      peer.deliver(layIcmp(type, code, one.sent))
      expect([type, code, stateOf(peer, one.fd)]).toEqual([type, code, ESTABLISHED])
      peer.arrive({ flags: 'PA', seq: 1000, ack: one.snd + 1000, data: 'still here' })
      expect(peer.sys.ioctl(one.fd, SIOCINQ, 0)).toBe(10)
    }
  })

  it('that are soft end an opening one as on Linux, or do not, as tcp_icmp_by_rfc says [RFC 9293 MUST-56]', () => {
    for (const [byRfc, state] of [['0', CLOSED], ['1', SYN_SENT]] as const) {
      const peer = octetPeer({ 'net.sockeye.tcp_icmp_by_rfc': byRfc })
      const fd = peer.sys.socket(2, SOCK_STREAM, 0) as number
      peer.sys.connect(fd, at(PEER, 80))
      peer.deliver(layIcmp(3, 1, peer.take()[0].octets))
      expect([byRfc, stateOf(peer, fd)]).toEqual([byRfc, state])
    }
  })

  it('that are hard end a connection with tcp_icmp_by_rfc; without, as on Linux, only an opening one [RFC 9293 SHLD-26]', () => {
    for (const [type, code] of HARD) {
      for (const [byRfc, state] of [['0', ESTABLISHED], ['1', CLOSED]] as const) {
        const { peer, one, two } = twoInFlight({ 'net.sockeye.tcp_icmp_by_rfc': byRfc })
        peer.deliver(layIcmp(type, code, one.sent))
        expect([byRfc, stateOf(peer, one.fd), stateOf(peer, two.fd)]).toEqual([byRfc, state, ESTABLISHED])
        const opening = peer.sys.socket(2, SOCK_STREAM, 0) as number
        peer.sys.connect(opening, at(PEER, 80))
        peer.deliver(layIcmp(type, code, peer.take()[0].octets))
        expect(stateOf(peer, opening)).toBe(CLOSED)
      }
    }
    const { peer, one } = twoInFlight({ 'net.sockeye.tcp_icmp_by_rfc': '1' })
    peer.deliver(layIcmp(3, 2, one.sent))
    expect(int(peer.sys.getsockopt(one.fd, SOL_SOCKET, SO_ERROR))).toBe(ENOPROTOOPT)
  })

  it('are told by SO_ERROR once, and to calls only with IP_RECVERR [RFC 9293 MUST-47, SHLD-20, SHLD-25]', () => {
    for (const [wanted, called] of [[0, 'EAGAIN'], [1, 'EHOSTUNREACH']] as const) {
      const { peer, one } = twoInFlight()
      peer.sys.setsockopt(one.fd, SOL_IP, IP_RECVERR, wanted)
      peer.deliver(layIcmp(3, 1, one.sent))
      const told = int(peer.sys.getsockopt(one.fd, SOL_SOCKET, SO_ERROR))
      expect([wanted, told, int(peer.sys.getsockopt(one.fd, SOL_SOCKET, SO_ERROR))]).toEqual([wanted, EHOSTUNREACH, 0])
      peer.deliver(layIcmp(3, 1, one.sent))
      expect(peer.sys.recv(one.fd, new Uint8Array(9), 0, 9, MSG_DONTWAIT)).toBe(called)
      expect(peer.sys.recv(one.fd, new Uint8Array(9), 0, 9, MSG_ERRQUEUE)).toBe('EAGAIN')
      expect(stateOf(peer, one.fd)).toBe(ESTABLISHED)
    }
  })

  it('of a connection that dies of silence are its reason [RFC 9293 SHLD-25]', async () => {
    const { peer, one } = twoInFlight({ 'net.ipv4.tcp_retries2': '3' })
    peer.deliver(layIcmp(3, 1, one.sent))
    await peer.settle(60_000)
    expect(int(peer.sys.getsockopt(one.fd, SOL_SOCKET, SO_ERROR))).toBe(EHOSTUNREACH)
  })

  it('Source Quench is dropped without a word [RFC 9293 MUST-55]', () => {
    const { peer, one } = twoInFlight()
    const windowOf = (): number => new DataView((peer.sys.getsockopt(one.fd, SOL_TCP, TCP_INFO) as Uint8Array).buffer).getUint32(80, true)
    const before = windowOf()
    peer.deliver(layIcmp(4, 0, one.sent))
    expect([windowOf(), stateOf(peer, one.fd), peer.device.sent.length]).toEqual([before, ESTABLISHED, 0])
    expect(peer.host.namespace.mib.icmp.InSrcQuenchs).toBe(1)
  })
})

it('a batch of segments draws one acknowledgement, after all were processed [RFC 9293 MUST-58, MUST-59]', () => {
  const peer = octetPeer()
  const { snd, rcv } = peer.established({ options: [2, 4, 1000 >> 8, 1000 & 255] })
  const data = 'x'.repeat(1000)
  const laid = [0, 1, 2, 3, 4, 5].map(i => layTcp({ flags: 'PA', seq: rcv + 1000 * i, ack: snd, data }))
  peer.deliver(...laid)
  expect(peer.take().map(each => each.ack)).toEqual([rcv + 6000])
})

it('past R1, more than three retransmissions, IP is asked for another way [RFC 9293 MUST-20, SHLD-10]', async () => {
  const { peer, one } = twoInFlight()
  const asked = vi.spyOn(peer.host.ip, 'resolve')
  const askedAfter: boolean[] = []
  for (let retransmissions = 1; retransmissions <= 6; retransmissions++) {
    asked.mockClear()
    while (peer.take().filter(each => each.seq === one.snd).length === 0) await peer.settle(10)
    askedAfter.push(asked.mock.calls.length > 0)
  }
  expect(askedAfter.slice(0, 3)).toEqual([false, false, false])
  expect(askedAfter.slice(3)).toContain(true)
})

it('no acknowledgement waits half a second, however slowly data trickles in [RFC 9293 MUST-40, RFC 5681 4.2b]', async () => {
  const peer = octetPeer()
  const listener = peer.listen()
  peer.arrive({ flags: 'S', seq: 999 })
  const [{ seq }] = peer.take()
  // A long round trip, and replies of ours: the stack has every reason to be patient.
  await peer.settle(900)
  peer.arrive({ flags: 'A', seq: 1000, ack: seq + 1 })
  const fd = peer.sys.accept(listener) as number
  peer.sys.setsockopt(fd, SOL_TCP, TCP_QUICKACK, 0)
  let next = 1000
  let acknowledged = 1000
  const arrivedAt = new Map<number, number>()
  let longest = 0
  const listen = async (forMs: number): Promise<void> => {
    for (let ms = 0; ms < forMs; ms += 5) {
      await peer.settle(5)
      for (const { ack } of peer.take()) {
        if (ack === acknowledged) continue
        longest = Math.max(longest, peer.stage.clock.now() - (arrivedAt.get(acknowledged) ?? Infinity))
        acknowledged = ack
      }
    }
  }
  // Past the quick acknowledgements of the beginning; then each expiry doubles the wait, up to its limit.
  for (const gap of [0, ...new Array<number>(30).fill(700), 40, 80, 160, 320]) {
    await listen(gap)
    arrivedAt.set(next, peer.stage.clock.now())
    peer.arrive({ flags: 'PA', seq: next, ack: seq + 1, data: '0123456789' })
    next += 10
  }
  await listen(1000)
  expect(acknowledged).toBe(next)
  expect(longest).toBeGreaterThan(30_000)
  expect(longest).toBeLessThan(500_000)
})
