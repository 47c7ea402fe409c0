// Rows D3, F7, I3, I4: what sits between sockets and the machine: peeking with an offset, time stamps, late ports, filters.

import {
  AF_INET, AF_PACKET, AF_UNIX, IP_BIND_ADDRESS_NO_PORT, IP_MTU_DISCOVER, IP_RECVERR, MSG_ERRQUEUE, IPPROTO_IP, MSG_PEEK, MSG_TRUNC,
  SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_LOCK_FILTER, SO_PEEK_OFF, SO_RCVBUF, SO_TIMESTAMPING, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM,
  SOL_PACKET, SOL_SOCKET,
} from '../../../src/base/posix.ts'
import { bpf, inet, ints, packetAddress, scenario } from '../scenario.ts'
import type { Fd, Program, Scenario } from '../scenario.ts'
import { TCP, UDP, datagram, listener, pair } from './support.ts'

const PACKET_RX_RING = 5
const PACKET_STATISTICS = 6
const PACKET_AUXDATA = 8
const PACKET_VERSION = 10
const PACKET_RESERVE = 12
const PACKET_IGNORE_OUTGOING = 23

function peekAbout(p: Program, fd: Fd): void {
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.set(fd, SOL_SOCKET, SO_PEEK_OFF, 0)
  for (const count of [2, 3, 100, 100, 100, 100]) {
    p.recv(fd, count, MSG_PEEK)
    p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  }
  p.recv(fd, 4)
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.recv(fd, 100, MSG_PEEK)
  p.set(fd, SOL_SOCKET, SO_PEEK_OFF, 3)
  p.recv(fd, 2, MSG_PEEK | MSG_TRUNC)
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.recv(fd, 100, MSG_TRUNC)
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.set(fd, SOL_SOCKET, SO_PEEK_OFF, -1)
  p.recv(fd, 100, MSG_PEEK)
  p.recv(fd, 100)
  p.recv(fd, 100)
}

export const KERNEL_SCENARIOS: readonly Scenario[] = [
  scenario('F7 SO_PEEK_OFF on UDP', p => {
    const { fd, port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    for (const data of ['abcdefgh', '', 'ijkl', 'mnopqr']) p.sendto(from, data, inet('127.0.0.1', port))
    peekAbout(p, fd)
  }),
  scenario('F7 SO_PEEK_OFF on Unix datagrams', p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
    for (const data of ['abcdefgh', '', 'ijkl', 'mnopqr']) p.send(a, data)
    peekAbout(p, b)
  }),
  scenario('F7 SO_PEEK_OFF on seqpacket and stream', p => {
    const [a, b] = p.socketpair(AF_UNIX, 5 | SOCK_NONBLOCK)
    for (const data of ['abcdefgh', 'ijkl', 'mnopqr']) p.send(a, data)
    peekAbout(p, b)
    const [c, d] = p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
    for (const data of ['abcdefgh', 'ijkl', 'mnopqr']) p.send(c, data)
    p.set(d, SOL_SOCKET, SO_PEEK_OFF, 0)
    for (const count of [2, 3, 100, 100]) p.recv(d, count, MSG_PEEK)
    p.recv(d, 4)
    p.get(d, SOL_SOCKET, SO_PEEK_OFF)
  }),
  scenario('F7 SO_PEEK_OFF on TCP', p => {
    const { client, server } = pair(p)
    p.send(client, 'abcdefghijklmnopqrstuvwxyz')
    p.set(server, SOL_SOCKET, SO_PEEK_OFF, 0)
    for (const count of [2, 3]) p.recv(server, count, MSG_PEEK)
    p.get(server, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(server, 4)
    p.get(server, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(server, 100, MSG_PEEK)
    p.recv(server, 100, MSG_PEEK)
    p.close(client)
    p.recv(server, 100, MSG_PEEK)
    p.recv(server, 100)
    p.get(server, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(server, 100)
  }),
  scenario('F7 SO_PEEK_OFF where there is none', p => {
    const raw = p.socket(AF_INET, 3, 1)
    p.set(raw, SOL_SOCKET, SO_PEEK_OFF, 0)
    p.get(raw, SOL_SOCKET, SO_PEEK_OFF)
    const ping = p.socket(AF_INET, SOCK_DGRAM, 1)
    p.set(ping, SOL_SOCKET, SO_PEEK_OFF, 5)
    p.get(ping, SOL_SOCKET, SO_PEEK_OFF)
  }),
  scenario('F7 SO_TIMESTAMPING reads back its structure', p => {
    for (const type of [UDP, TCP]) {
      const fd = p.socket(AF_INET, type)
      for (const length of [0, 3, 4, 7, 8, 100]) p.get(fd, SOL_SOCKET, SO_TIMESTAMPING, length)
      for (const value of [0x18, 0x80, 0x1000, 0x1800, 0x10000, 0x10080, 0x20000, 0x40000, 0x80000, -1]) {
        p.set(fd, SOL_SOCKET, SO_TIMESTAMPING, value)
        p.get(fd, SOL_SOCKET, SO_TIMESTAMPING, 8)
      }
      p.set(fd, SOL_SOCKET, SO_TIMESTAMPING, ints(0x18, 0))
      p.set(fd, SOL_SOCKET, SO_TIMESTAMPING, '1800')
      p.get(fd, SOL_SOCKET, SO_TIMESTAMPING, 8)
    }
  }),
  scenario('A4 IP_BIND_ADDRESS_NO_PORT', p => {
    const one = listener(p)
    const two = listener(p)
    const [a, b] = [p.socket(AF_INET, TCP), p.socket(AF_INET, TCP)]
    for (const [fd, to] of [[a, one], [b, two]] as const) {
      p.set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
      p.get(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT)
      p.bind(fd, inet('127.0.0.3', 0))
      p.call('getsockname', fd)
      p.bind(fd, inet('127.0.0.2', 0))
      p.call('getsockname', fd)
      p.connect(fd, inet('127.0.0.1', to.port))
      p.call('getsockname', fd)
      p.accept(to.fd)
    }
    const u = p.socket(AF_INET, UDP)
    p.set(u, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    p.bind(u, inet('127.0.0.2', 0))
    p.call('getsockname', u)
    p.poll(u)
    p.sendto(u, 'x', inet('127.0.0.1', one.port))
    p.call('getsockname', u)
    const l = p.socket(AF_INET, TCP)
    p.set(l, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    p.bind(l, inet('127.0.0.2', 0))
    p.listen(l)
    p.call('getsockname', l)
  }),
  scenario('I3 filters on datagrams: refused, cut, locked, taken off', p => {
    const { fd, port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    const say = (text: string): void => {
      p.sendto(from, text, inet('127.0.0.1', port))
      p.recv(fd, 100)
    }
    p.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)
    // The first byte of the data, behind the header of eight.
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([0x30, 0, 0, 8], [0x15, 0, 1, 0x61], [6, 0, 0, 0xffff], [6, 0, 0, 0]))
    say('abc')
    say('bcd')
    say('')
    p.poll(fd)
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([6, 0, 0, 11]))
    say('abcdefgh')
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([6, 0, 0, 1]))
    say('abcdefgh')
    // Length, network header, link header, packet type, interface, a word beyond the end.
    for (const k of [0xfff00009, 0xffe0000c, 0xfffff000, 0xfffff004, 0xfffff008, 4000]) {
      for (const value of [17, 8, 0x0800, 0, 1]) {
        p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([0x30, 0, 0, k], [0x15, 0, 1, value], [6, 0, 0, 0xffff], [6, 0, 0, 0]))
        say('x')
      }
    }
    p.set(fd, SOL_SOCKET, SO_LOCK_FILTER, 1)
    p.get(fd, SOL_SOCKET, SO_LOCK_FILTER)
    p.set(fd, SOL_SOCKET, SO_LOCK_FILTER, 0)
    p.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([6, 0, 0, 1]))
    p.set(from, SOL_SOCKET, SO_ATTACH_FILTER, bpf([6, 0, 0, 1]))
    p.set(from, SOL_SOCKET, SO_DETACH_FILTER, 0)
    p.set(from, SOL_SOCKET, SO_DETACH_FILTER, 0)
  }),
  scenario('I3 programs that may not run', p => {
    const { fd } = datagram(p)
    const returns = [6, 0, 0, 1] as const
    for (const program of [
      bpf(), bpf([0, 0, 0, 1]), bpf([6, 0, 0, 0]), bpf([0x16, 0, 0, 0]), bpf([0x0e, 0, 0, 0]), bpf([0xffff, 0, 0, 0], returns),
      bpf([5, 0, 0, 0], returns), bpf([5, 0, 0, 1], returns), bpf([0x15, 0, 1, 1], returns), bpf([0x15, 1, 0, 1], returns),
      bpf([0x15, 0, 0, 1], returns), bpf([0x34, 0, 0, 0], returns), bpf([0x94, 0, 0, 0], returns), bpf([0x34, 0, 0, 2], returns),
      bpf([0x64, 0, 0, 32], returns), bpf([0x64, 0, 0, 31], returns), bpf([0x60, 0, 0, 0], returns), bpf([2, 0, 0, 16], returns),
      bpf([2, 0, 0, 15], [0x60, 0, 0, 15], returns), bpf([3, 0, 0, 0], [0x61, 0, 0, 0], returns), bpf([0x61, 0, 0, 1], returns),
      bpf([0x15, 1, 0, 5], [2, 0, 0, 3], [0x60, 0, 0, 3], returns), bpf([0x15, 1, 0, 5], [6, 0, 0, 0], [0x60, 0, 0, 3], returns),
      bpf([0x20, 0, 0, 0xfffff000], returns), bpf([0x20, 0, 0, 0xfffff001], returns), bpf([0x20, 0, 0, 0xfffff03c], returns),
      bpf([0x20, 0, 0, 0xfffff040], returns), bpf([0x30, 0, 0, 0xfff00000], returns), bpf([0xb1, 0, 0, 14], returns),
      bpf([0xa1, 0, 0, 14], returns), bpf([0x40, 0, 0, 0xfffff008], returns),
      bpf([0x50, 0, 0, 3], [0x07, 0, 0, 0], [0x87, 0, 0, 0], returns),
    ]) p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, program)
  }),
  scenario('I3 filters compute', p => {
    const { fd, port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    const [loadX, load] = [[0xb1, 0, 0, 8], [0x40, 0, 0, 8]] as const
    const codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap(each => each === 8 ? [0x84] : [each << 4 | 4, each << 4 | 12])
    for (const code of codes) {
      // The answer is cut to 11 bits, so that its value shows as a length.
      p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf(loadX, load, [code, 0, 0, 7], [0x54, 0, 0, 0x7f], [0x04, 0, 0, 9], [0x16, 0, 0, 0]))
      for (const text of ['\x05\x81\x02\x03', '\xff\xff\xff\xff', '\x00\x00\x00\x00']) {
        p.sendto(from, text + 'x'.repeat(140), inet('127.0.0.1', port))
        p.recv(fd, 200)
      }
    }
  }),
  scenario('I3 filters on streams, raw sockets and Unix datagrams', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_SOCKET, SO_ATTACH_FILTER, bpf([0x80, 0, 0, 0], [0x25, 0, 1, 40], [6, 0, 0, 0], [6, 0, 0, 0xffff]))
    p.send(client, 'short')
    p.recv(server)
    p.send(client, 'x'.repeat(50))
    p.recv(server)
    p.poll(server)
    p.set(server, SOL_SOCKET, SO_DETACH_FILTER, 0)
    const listening = listener(p)
    p.set(listening.fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([6, 0, 0, 0]))
    const refused = p.socket(AF_INET, TCP)
    p.connect(refused, inet('127.0.0.1', listening.port))
    p.poll(listening.fd, refused)
    const raw = p.socket(AF_INET, 3 | SOCK_NONBLOCK, 17)
    p.set(raw, SOL_SOCKET, SO_ATTACH_FILTER, bpf([0x30, 0, 0, 0], [0x15, 0, 1, 0x45], [6, 0, 0, 24], [6, 0, 0, 0]))
    const { port } = datagram(p)
    p.sendto(p.socket(AF_INET, UDP), 'hello', inet('127.0.0.1', port))
    p.call('poll', raw, 1)
    p.call('recv', raw, 3, 0x20)
    const [a, b] = p.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
    p.set(b, SOL_SOCKET, SO_ATTACH_FILTER, bpf([0x30, 0, 0, 0], [0x15, 0, 1, 0x61], [6, 0, 0, 3], [6, 0, 0, 0]))
    for (const text of ['abcdef', 'bcdef', '', 'a']) {
      p.send(a, text)
      p.recv(b)
    }
  }),
  scenario('I3 AF_PACKET: raw and cooked, both ways of loopback, filtered, with auxiliary data', p => {
    const { port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    for (const type of [3, 2]) {
      const fd = p.socket(AF_PACKET, type | SOCK_NONBLOCK, 0x0300)
      p.set(fd, SOL_PACKET, PACKET_AUXDATA, 1)
      // UDP of 60 bytes and more; then nothing but its first bytes.
      const at = type === 3 ? 14 : 0
      p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([0x80, 0, 0, 0], [0x35, 0, 3, 60],
        [0x30, 0, 0, at], [0x15, 0, 1, 0x45], [6, 0, 0, at + 2], [6, 0, 0, 0]))
      p.sendto(from, 'x'.repeat(60), inet('127.0.0.1', port))
      p.sendto(from, 'x', inet('127.0.0.1', port))
      for (let i = 0; i < 3; i++) p.recvmsg(fd, 100)
      p.sendto(from, 'x'.repeat(60), inet('127.0.0.1', port))
      for (const flags of [MSG_PEEK | MSG_TRUNC, MSG_TRUNC, 0]) p.recv(fd, 1, flags)
      p.get(fd, SOL_PACKET, PACKET_STATISTICS, 8)
      p.get(fd, SOL_PACKET, PACKET_STATISTICS, 8)
      p.set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
      p.sendto(from, 'x'.repeat(60), inet('127.0.0.1', port))
      p.recvfrom(fd, 100)
      p.recvfrom(fd, 100)
      p.poll(fd)
      p.close(fd)
    }
  }),
  scenario('I3 AF_PACKET: one protocol hears what arrives, a small buffer drops', p => {
    const { port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    const fd = p.socket(AF_PACKET, 2 | SOCK_NONBLOCK, 0x0008)
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, bpf([6, 0, 0, 1]))
    p.set(fd, SOL_SOCKET, SO_RCVBUF, 0)
    for (let i = 0; i < 8; i++) p.sendto(from, 'x', inet('127.0.0.1', port))
    for (let i = 0; i < 6; i++) p.recvfrom(fd, 100)
    p.get(fd, SOL_PACKET, PACKET_STATISTICS, 8)
    p.bind(fd, packetAddress(0, 1))
    p.bind(fd, packetAddress(0x0608, 77))
    p.call('getsockname', fd)
  }),
  scenario('I3 AF_PACKET: memberships and rings that make no sense', p => {
    const fd = p.socket(AF_PACKET, 3 | SOCK_NONBLOCK, 0x0300)
    for (const name of [1, 2]) {
      for (const value of [ints(1, 1, 0, 0), ints(1, 1, 0, 0), ints(9, 1, 0, 0), ints(1, 7, 0, 0),
        ints(1, 1 | 9 << 16, 0, 0), ints(1, 1, 0), ints(1, 2, 0, 0)]) {
        p.set(fd, SOL_PACKET, name, value)
      }
    }
    for (const version of [0, 1, 7, -1]) {
      p.set(fd, SOL_PACKET, PACKET_VERSION, version)
      p.get(fd, SOL_PACKET, PACKET_VERSION)
    }
    for (const request of [[4096, 1, 2048, 2], [4096, 1, 2048, 2], [0, 0, 0, 0], [0, 0, 0, 1], [4096, 2, 2048, 2],
      [4096, 2, 1024, 8], [0, 0, 0, 0],
      [1000, 1, 500, 2], [4096, 1, 40, 102], [4096, 1, 2000, 2], [4096, 1, 8192, 1], [-4096, 1, 2048, 2]]) {
      p.set(fd, SOL_PACKET, PACKET_RX_RING, ints(...request))
      p.set(fd, SOL_PACKET, PACKET_VERSION, 0)
      p.set(fd, SOL_PACKET, PACKET_RESERVE, 0)
    }
    p.set(fd, SOL_PACKET, PACKET_RX_RING, ints(1, 1, 1))
    p.set(fd, SOL_PACKET, 99, 1)
    p.get(fd, SOL_PACKET, 99)
    const none = p.socket(AF_INET, UDP)
    p.call('mmap', none, 4096)
    p.set(fd, SOL_PACKET, PACKET_RX_RING, ints(0, 0, 0, 0))
    p.call('mmap', fd, 4096)
  }),
  ...[0, 1].flatMap(version => [3, 2].map(type => scenario(`I3 a ring of TPACKET_V${version + 1}, ${type === 3 ? 'raw' : 'cooked'}`, p => {
    const { port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    const fd = p.socket(AF_PACKET, type | SOCK_NONBLOCK, 0x0008)
    p.bind(fd, packetAddress(0x0800, 1))
    p.set(fd, SOL_PACKET, PACKET_VERSION, version)
    p.set(fd, SOL_PACKET, PACKET_RESERVE, 32)
    p.set(fd, SOL_PACKET, PACKET_RX_RING, ints(4096, 2, 1024, 8))
    const ring = `@${p.call('mmap', fd, 8192)}`
    p.call('mmap', fd, 4096)
    p.poll(fd)
    for (let i = 0; i < 10; i++) p.sendto(from, [i === 1 ? 1500 : i, 0x61], inet('127.0.0.1', port))
    p.poll(fd)
    p.recv(fd)
    for (const slot of [0, 1, 2, 7]) {
      // Status and lengths, not the time; the address; the frame without what is drawn by chance. The status ends in
      // TP_STATUS_TS_SOFTWARE where any program of the machine has asked for timestamps.
      const at = slot * 1024
      p.call('mapped', ring, at, 3)
      p.call('mapped', ring, at + 4, version === 0 ? 16 : 12)
      p.call('mapped', ring, at + 32, 20)
      const network = 112
      p.call('mapped', ring, at + network - 14, 14)
      p.call('mapped', ring, at + network, 4)
      p.call('mapped', ring, at + network + 28, 20)
    }
    p.get(fd, SOL_PACKET, PACKET_STATISTICS, 8)
    p.call('unmap', ring)
  }))),
  scenario('I2 a ping too long for the link: the error queue tells its MTU', p => {
    const fd = p.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 1)
    p.set(fd, IPPROTO_IP, IP_RECVERR, 1)
    p.set(fd, IPPROTO_IP, IP_MTU_DISCOVER, 2)
    const request = String.fromCharCode(8, 0, 0, 0, 0, 0, 0, 1)
    p.connect(fd, inet('127.0.0.1', 0))
    p.send(fd, request + 'x'.repeat(65_520))
    p.poll(fd)
    p.recvmsg(fd, 100, 256, MSG_ERRQUEUE)
    p.send(fd, request)
    p.poll(fd)
  }),
]
