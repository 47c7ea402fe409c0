import { describe, expect, it } from 'vitest'
import { finish, sumBytes } from '../../src/base/checksum.ts'
import {
  AF_INET, AF_INET6, AF_PACKET, ICMP_FILTER, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_RAW, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, SOL_RAW,
} from '../../src/base/posix.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { at, bytes, machine } from '../support/calls.ts'

function echo(type: number, identifier: number, payload: string): Uint8Array {
  const message = Uint8Array.of(type, 0, 0, 0, identifier >> 8, identifier, 0, 1, ...bytes(payload))
  const checksum = finish(sumBytes(message, 0, message.length))
  message[2] = checksum >> 8
  message[3] = checksum
  return message
}

/** ETH_P_ALL as socket(2) takes it: in network order. */
const ALL_FRAMES = 0x0300

describe('raw, ping and packet sockets', () => {
  it('ping: the identifier is the port, only replies are heard (I2)', async () => {
    const { host, sys, settle, process } = machine()
    expect(sys.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)).toBe('EACCES')
    host.setSysctl('net.ipv4.ping_group_range', '0 100')
    for (const [family, protocol, to, request, reply] of [
      [AF_INET, IPPROTO_ICMP, '127.0.0.1', 8, 0], [AF_INET6, IPPROTO_ICMPV6, '::1', 128, 129],
    ] as const) {
      const fd = sys.socket(family, SOCK_DGRAM, protocol) as number
      expect(sys.sendto(fd, echo(0, 5, 'x'), 0, 9, 0, at(to, 0))).toBe('EINVAL')
      expect(sys.sendto(fd, echo(request, 5, 'hello'), 0, 13, 0, at(to, 0))).toBe(13)
      await settle()
      const buffer = new Uint8Array(100)
      const from = { address: undefined as SocketAddress | undefined }
      expect(sys.recvfrom(fd, buffer, 0, 100, 0, from)).toBe(13)
      expect(from.address).toEqual(at(to, 0))
      const name = sys.getsockname(fd) as { port: number }
      expect([buffer[0], (buffer[4] << 8) | buffer[5]]).toEqual([reply, name.port])
      expect(sys.recv(fd, buffer, 0, 100, 0)).toBe('EAGAIN')
    }
    process.exit(0)
  })

  it('raw: a copy with the header after the stack did its work; ICMP_FILTER (I1)', async () => {
    const { sys, settle, option, socket } = machine()
    const fd = sys.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) as number
    expect(sys.sendto(fd, echo(8, 77, 'abc'), 0, 11, 0, at('127.0.0.1', 0))).toBe(11)
    await settle()
    const buffer = new Uint8Array(200)
    const types: number[] = []
    for (let n = sys.recv(fd, buffer, 0, 200, 0); n === 31; n = sys.recv(fd, buffer, 0, 200, 0)) types.push(buffer[20])
    expect(types).toEqual([8, 0])
    expect(option(fd, SOL_RAW, ICMP_FILTER, ~(1 << 0))).toBe(0)
    sys.sendto(fd, echo(8, 77, 'abc'), 0, 11, 0, at('127.0.0.1', 0))
    await settle()
    expect([sys.recv(fd, buffer, 0, 200, 0), buffer[20], sys.recv(fd, buffer, 0, 200, 0)]).toEqual([31, 0, 'EAGAIN'])
    const udp = sys.socket(AF_INET, SOCK_RAW, IPPROTO_UDP) as number
    const sender = socket(AF_INET, SOCK_DGRAM)
    sys.sendto(sender, bytes('udp'), 0, 3, 0, at('127.0.0.1', 9))
    await settle()
    expect(sys.recv(udp, buffer, 0, 200, 0)).toBe(31)
    expect([buffer[0] >> 4, buffer[9]]).toEqual([4, 17])
  })

  it('raw: IP_HDRINCL supplies the header, the stack fills length and checksum (I1)', async () => {
    const { sys, settle, socket, buffer } = machine()
    const raw = sys.socket(AF_INET, SOCK_RAW, IPPROTO_RAW) as number
    const udp = socket(AF_INET, SOCK_DGRAM)
    sys.bind(udp, at('127.0.0.1', 5000))
    const packet = new Uint8Array(20 + 8 + 2)
    packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1, 0x10, 0, 0x13, 0x88, 0, 10, 0, 0, 0x68, 0x69])
    expect(sys.sendto(raw, packet, 0, packet.length, 0, at('127.0.0.1', 0))).toBe(30)
    await settle()
    const from = { address: undefined as SocketAddress | undefined }
    expect(sys.recvfrom(udp, buffer, 0, 100, 0, from)).toBe(2)
    expect(from.address).toEqual(at('127.0.0.1', 0x1000))
    expect(sys.recv(raw, buffer, 0, 100, 0)).toBe('EAGAIN')
  })

  it('packet: every frame of a device, in and out (I3)', async () => {
    const { host, sys, settle, socket, memory } = machine()
    const tap = sys.socket(AF_PACKET, SOCK_RAW, ALL_FRAMES) as number
    const cooked = sys.socket(AF_PACKET, SOCK_DGRAM, ALL_FRAMES) as number
    sys.sendto(socket(AF_INET, SOCK_DGRAM), bytes('hi'), 0, 2, 0, at('127.0.0.1', 9))
    await settle()
    const frames: (readonly [number, number, number])[] = []
    const buffer = new Uint8Array(200)
    const from = { address: undefined as SocketAddress | undefined }
    for (;;) {
      const n = sys.recvfrom(tap, buffer, 0, 200, 0, from)
      if (typeof n === 'string') break
      if (from.address?.family === 'AF_PACKET') frames.push([n, from.address.packetType, from.address.interfaceIndex])
    }
    // The datagram and its port unreachable, each seen leaving and arriving.
    expect(frames).toEqual([[44, 4, 1], [44, 0, 1], [72, 4, 1], [72, 0, 1]])
    expect(sys.recv(cooked, buffer, 0, 200, 0)).toBe(30)
    expect(buffer[0]).toBe(0x45)
    host.close()
    expect(memory.leakReport()).toEqual([])
  })
})
