// The header and its options, octet by octet (RFC 9293 3.1, 3.2).

import { describe, expect, it } from 'vitest'
import { SOCK_STREAM, SOL_TCP, TCP_INFO } from '../../src/base/posix.ts'
import { encodeTcpOptions, tcpOptionsLength } from '../../src/wire/tcp-options.ts'
import { at, bytes } from '../support/calls.ts'
import { OURS, PEER, octetPeer } from '../support/octet-peer.ts'
import type { Laid } from '../support/octet-peer.ts'

const NOP = 1
const EOL = 0
const MSS_1000 = [2, 4, 1000 >> 8, 1000 & 255]
const TIMESTAMP = [8, 10, 0, 0, 0, 1, 0, 0, 0, 0]
const UNKNOWN = [77, 6, 1, 2, 3, 4]

function windowOf({ sys }: ReturnType<typeof octetPeer>, fd: number): number {
  return new DataView((sys.getsockopt(fd, SOL_TCP, TCP_INFO) as Uint8Array).buffer).getUint32(228, true)
}

/** What segment size the stack believes the peer to have, from the largest it sends. */
function sizeAfter(options: readonly number[]): number {
  const peer = octetPeer({ 'net.ipv4.tcp_timestamps': '0' })
  const { fd } = peer.established({ options })
  peer.sys.send(fd, new Uint8Array(5000), 0, 5000, 0)
  return Math.max(...peer.take().map(each => each.data.length))
}

describe('checksum', () => {
  it('of everything sent is right: SYN-ACK, ACK, data, FIN, reset, and what a stranger draws [RFC 9293 MUST-2]', () => {
    const peer = octetPeer()
    const { fd, snd, rcv } = peer.established({ options: [...MSS_1000, 1, 1, ...TIMESTAMP] })
    peer.sys.send(fd, bytes('odd'), 0, 3, 0)
    peer.arrive({ flags: 'PA', seq: rcv, ack: snd, data: 'hello' })
    peer.sys.shutdown(fd, 1)
    peer.arrive({ flags: 'A', seq: 1, port: 4711 })
    const seen = peer.take()
    expect(seen.length).toBeGreaterThanOrEqual(3)
    expect(seen.map(each => each.sumIsRight)).not.toContain(false)
    const client = peer.sys.socket(2, SOCK_STREAM, 0) as number
    peer.sys.connect(client, at(PEER, 80))
    expect(peer.take().map(each => [each.flags, each.sumIsRight])).toEqual([['S', true]])
  })

  it('that is wrong makes a segment vanish, data or SYN [RFC 9293 MUST-3]', () => {
    const peer = octetPeer()
    const listener = peer.listen()
    peer.arrive({ flags: 'S', seq: 999, wrongBy: 1 })
    expect(peer.take()).toEqual([])
    const { fd, snd, rcv } = peer.established({}, listener)
    const buffer = new Uint8Array(10)
    peer.arrive({ flags: 'PA', seq: rcv, ack: snd, data: 'spoilt', wrongBy: 256 })
    expect([peer.take(), peer.sys.recv(fd, buffer, 0, 10, 0)]).toEqual([[], 'EAGAIN'])
    expect(peer.host.namespace.mib.tcp.InCsumErrors).toBe(2)
    peer.arrive({ flags: 'PA', seq: rcv, ack: snd, data: 'sound' })
    expect(peer.sys.recv(fd, buffer, 0, 10, 0)).toBe(5)
  })
})

describe('window', () => {
  it('of 32768, 40000 and 65535 octets is as large as it says [RFC 9293 MUST-1]', () => {
    for (const wnd of [32768, 40000, 65535]) {
      const peer = octetPeer()
      const { fd } = peer.established({ options: MSS_1000, wnd })
      expect(new DataView((peer.sys.getsockopt(fd, SOL_TCP, TCP_INFO) as Uint8Array).buffer).getUint32(228, true)).toBe(wnd)
      peer.sys.send(fd, new Uint8Array(9000), 0, 9000, 0)
      expect(peer.take().reduce((sum, each) => sum + each.data.length, 0)).toBe(9000)
    }
  })

  it('is kept beyond sixteen bits when it is scaled [RFC 9293 REC-1]', () => {
    const peer = octetPeer()
    const { fd } = peer.established({ options: [...MSS_1000, NOP, 3, 3, 10], wnd: 60000 })
    const info = peer.sys.getsockopt(fd, SOL_TCP, TCP_INFO) as Uint8Array
    expect(new DataView(info.buffer).getUint32(228, true)).toBe(60000 * 1024)
  })
})

describe('options of others', () => {
  it('End-of-list, No-operation and MSS are understood [RFC 9293 MUST-4, MUST-14]', () => {
    expect(sizeAfter([NOP, NOP, NOP, NOP, ...MSS_1000])).toBe(1000)
    // What stands behind End-of-list is no option.
    expect(sizeAfter([EOL, 0, 0, 0, ...MSS_1000])).toBe(536)
    expect(sizeAfter([...MSS_1000, EOL, 2, 4, 5])).toBe(1000)
  })

  it('are found wherever they begin [RFC 9293 MUST-64]', () => {
    for (const before of [0, 1, 2, 3]) {
      const after = 4 - before
      expect(sizeAfter([...new Array<number>(before).fill(NOP), ...MSS_1000, ...new Array<number>(after).fill(NOP)])).toBe(1000)
    }
  })

  it('unknown ones are stepped over [RFC 9293 MUST-6]', () => {
    expect(sizeAfter([...UNKNOWN, NOP, NOP, ...MSS_1000])).toBe(1000)
    expect(sizeAfter([253, 2, ...UNKNOWN, ...MSS_1000])).toBe(1000)
  })

  it('of an impossible length do no harm [RFC 9293 MUST-7]', () => {
    const lengths = [[77, 0, 1, 1], [77, 1, 1, 1], [77, 9, 1, 1], [2, 40, 5, 5], [NOP, NOP, NOP, 77],
      [2, 2, NOP, NOP], [2, 3, 0, NOP], [8, 4, 1, 1]]
    for (const bad of lengths) {
      const peer = octetPeer()
      const { fd, snd, rcv } = peer.established({ options: bad })
      peer.arrive({ flags: 'PA', seq: rcv, ack: snd, data: 'ok', options: bad })
      expect([bad, peer.sys.recv(fd, new Uint8Array(9), 0, 9, 0)]).toEqual([bad, 2])
    }
  })

  it('that would reach beyond the header are not read from the data [RFC 9293 MUST-7]', () => {
    const peer = octetPeer({ 'net.ipv4.tcp_timestamps': '0' })
    const { fd } = peer.established({ options: [NOP, NOP, 2, 4], data: '\x01\x00' })
    peer.sys.send(fd, new Uint8Array(2000), 0, 2000, 0)
    expect(Math.max(...peer.take().map(each => each.data.length))).toBe(536)
  })

  it('are taken in any segment: a timestamp, and an unknown option, with data and with FIN [RFC 9293 MUST-5]', async () => {
    const peer = octetPeer()
    const { fd, snd } = peer.established({ options: [NOP, NOP, ...TIMESTAMP] })
    const later = (value: number): number[] => [NOP, NOP, 8, 10, 0, 0, 0, value, 0, 0, 0, 0]
    peer.arrive({ flags: 'PA', seq: 1000, ack: snd, data: 'data', options: later(5) })
    peer.arrive({ flags: 'FA', seq: 1004, ack: snd, options: [...UNKNOWN, NOP, NOP, ...later(9)] })
    await peer.settle(300)
    const answer = peer.take().at(-1)
    expect([answer?.ack, answer?.options.slice(8)]).toEqual([1005, [0, 0, 0, 9]])
    expect(peer.sys.recv(fd, new Uint8Array(9), 0, 9, 0)).toBe(4)
  })

  it('an MSS that comes after the handshake changes nothing [RFC 9293 MUST-65]', () => {
    const peer = octetPeer({ 'net.ipv4.tcp_timestamps': '0' })
    const { fd, snd, rcv } = peer.established({ options: MSS_1000 })
    peer.arrive({ flags: 'A', seq: rcv, ack: snd, options: [2, 4, 0, 200] })
    peer.sys.send(fd, new Uint8Array(3000), 0, 3000, 0)
    const seen = peer.take()
    expect(Math.max(...seen.map(each => each.data.length))).toBe(1000)
    // And ours: MSS (kind 2) in no segment without SYN.
    expect(seen.map(each => each.options)).toEqual(seen.map(() => []))
  })
})

it('a window scale that comes after the handshake changes nothing [RFC 7323 2.2a]', () => {
  const peer = octetPeer()
  const { fd, snd, rcv } = peer.established({ options: [...MSS_1000, NOP, 3, 3, 2], wnd: 1000 })
  expect(windowOf(peer, fd)).toBe(4000)
  peer.arrive({ flags: 'PA', seq: rcv, ack: snd, wnd: 2000, data: 'x', options: [NOP, 3, 3, 9] })
  expect(windowOf(peer, fd)).toBe(8000)
  const plain = octetPeer()
  const second = plain.established({ wnd: 1000 })
  plain.arrive({ flags: 'PA', seq: second.rcv, ack: second.snd, wnd: 2000, data: 'x', options: [NOP, 3, 3, 9] })
  expect(windowOf(plain, second.fd)).toBe(2000)
})

it('timestamps that nobody agreed on are ignored, however old [RFC 7323 3.2c]', () => {
  const peer = octetPeer()
  const { fd, snd, rcv } = peer.established()
  const stamped = (value: number): number[] => [NOP, NOP, 8, 10, 0, 0, 0, value, 0, 0, 0, 0]
  peer.arrive({ flags: 'PA', seq: rcv, ack: snd, data: 'new', options: stamped(9) })
  peer.arrive({ flags: 'PA', seq: rcv + 3, ack: snd, data: 'old', options: stamped(1) })
  expect(peer.sys.recv(fd, new Uint8Array(9), 0, 9, 0)).toBe(6)
  expect(peer.take().every(each => each.options.length === 0)).toBe(true)
})

/** Walks options as any receiver must. */
function walk(options: readonly number[]): number[] {
  const kinds: number[] = []
  for (let i = 0; i < options.length;) {
    kinds.push(options[i])
    if (options[i] === EOL) {
      expect(options.slice(i).every(each => each === 0)).toBe(true)
      break
    }
    if (options[i] === NOP) {
      i++
      continue
    }
    expect(options[i + 1]).toBeGreaterThanOrEqual(2)
    expect(i + options[i + 1]).toBeLessThanOrEqual(options.length)
    i += options[i + 1]
  }
  return kinds
}

describe('options of ours', () => {
  it('all carry their length and end with the header, or in zeros [RFC 9293 MUST-68, MUST-69]', () => {
    const offers: Laid['options'][] = [[], MSS_1000, [NOP, NOP, ...TIMESTAMP], [4, 2, NOP, NOP], [...MSS_1000, 4, 2, ...TIMESTAMP, NOP, 3, 3, 7]]
    for (const options of offers) {
      const peer = octetPeer({ 'net.ipv4.tcp_fastopen': '3' })
      const { snd } = peer.established({ options: [...options ?? []] })
      // A gap, so that the ACK carries SACK blocks where they are agreed.
      peer.arrive({ flags: 'PA', seq: 1010, ack: snd, data: 'gap' })
      for (const each of peer.take()) walk(each.options)
    }
    const peer = octetPeer()
    peer.sys.connect(peer.sys.socket(2, SOCK_STREAM, 0) as number, at(PEER, 80))
    const [syn] = peer.take()
    expect(walk(syn.options)).toEqual([2, 4, 8, NOP, 3])
  })

  it('that do not fill a word are padded with zeros [RFC 9293 MUST-69]', () => {
    const options = [{ kind: 'wscale', shift: 7 }, { kind: 'sackOK' }] as const
    const into = new Uint8Array(tcpOptionsLength(options)).fill(0xff)
    encodeTcpOptions(options, into, 0)
    expect([...into]).toEqual([3, 3, 7, 4, 2, 0, 0, 0])
  })

  it('each SYN says what one packet of the link can carry: its MTU less 40 [RFC 9293 MUST-67, SHLD-5, MAY-3, MUST-14]', () => {
    for (const mtu of [1500, 1400, 576, 9000]) {
      const peer = octetPeer()
      peer.device.mtu = mtu
      peer.sys.connect(peer.sys.socket(2, SOCK_STREAM, 0) as number, at(PEER, 80))
      peer.listen()
      peer.arrive({ flags: 'S', seq: 999, destination: OURS })
      const said = peer.take().map(({ flags, options }) => [flags, options[2] << 8 | options[3]])
      expect(said).toEqual([['S', mtu - 40], ['SA', mtu - 40]])
    }
  })
})
