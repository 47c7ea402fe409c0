import { describe, expect, it } from 'vitest'
import { IpAddress } from '../../src/base/address/ip.ts'
import {
  AF_INET, AF_UNIX, IP_LOCAL_PORT_RANGE, MSG_DONTWAIT, MSG_PEEK, SOCK_DGRAM, SOCK_STREAM, SOL_IP, SOL_SOCKET, SO_PEEK_OFF,
} from '../../src/base/posix.ts'
import { lone } from '../support/pair.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, each => each.charCodeAt(0))

describe('SO_PEEK_OFF (F7)', () => {
  it('peeks on from where the last peek ended; reads pull the place back', () => {
    const { sys } = lone().host.spawn()
    const [a, b] = sys.socketpair(AF_UNIX, SOCK_STREAM, 0) as readonly [number, number]
    const buffer = new Uint8Array(10)
    const recv = (length: number, flags: number): unknown => {
      const count = sys.recv(b, buffer, 0, length, flags | MSG_DONTWAIT)
      return typeof count === 'number' ? String.fromCharCode(...buffer.subarray(0, count)) : count
    }
    expect(sys.setsockopt(b, SOL_SOCKET, SO_PEEK_OFF, 0)).toBe(0)
    sys.send(a, bytes('abcdef'), 0, 6, 0)
    expect([recv(2, MSG_PEEK), recv(2, MSG_PEEK), recv(9, MSG_PEEK), recv(9, MSG_PEEK)]).toEqual(['ab', 'cd', 'ef', 'EAGAIN'])
    expect([recv(4, 0), [...sys.getsockopt(b, SOL_SOCKET, SO_PEEK_OFF) as Uint8Array]]).toEqual(['abcd', [2, 0, 0, 0]])
    sys.send(a, bytes('g'), 0, 1, 0)
    expect([recv(9, MSG_PEEK), recv(9, 0), sys.setsockopt(b, SOL_SOCKET, SO_PEEK_OFF, -1)]).toEqual(['g', 'efg', 0])
    sys.send(a, bytes('hi'), 0, 2, 0)
    expect([recv(9, MSG_PEEK), recv(9, MSG_PEEK)]).toEqual(['hi', 'hi'])
  })
})

describe('IP_LOCAL_PORT_RANGE (A4, F7)', () => {
  it('narrows the choice within the range of the host', () => {
    const { sys } = lone().host.spawn()
    const ports = Array.from({ length: 5 }, () => {
      const fd = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
      expect(sys.setsockopt(fd, SOL_IP, IP_LOCAL_PORT_RANGE, 40_000 | 40_003 << 16)).toBe(0)
      const result = sys.bind(fd, { family: 'AF_INET', address: IpAddress.ANY4, port: 0 })
      const name = sys.getsockname(fd)
      return result === 0 && typeof name !== 'string' && name.family === 'AF_INET' ? name.port : result
    })
    expect(ports.slice(0, 4).sort()).toEqual([40_000, 40_001, 40_002, 40_003])
    expect(ports[4]).toBe('EADDRINUSE')
  })
})
