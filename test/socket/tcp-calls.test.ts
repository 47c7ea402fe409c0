import { describe, expect, it } from 'vitest'
import {
  AF_INET6, IPPROTO_TCP, IPV6_V6ONLY, IP_TOS, IP_TTL, MSG_OOB, MSG_PEEK, MSG_TRUNC, SHUT_RD, SHUT_WR, SIOCINQ, SOCK_DGRAM, SOL_IP,
  SOL_IPV6, SOL_SOCKET, SOL_TCP, SO_ACCEPTCONN, SO_ERROR, SO_LINGER, SO_RCVLOWAT, SO_REUSEADDR, SO_REUSEPORT, TCP_CC_INFO,
  TCP_CONGESTION, TCP_DEFER_ACCEPT, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_LINGER2, TCP_MAXSEG, TCP_SYNCNT, TCP_USER_TIMEOUT,
} from '../../src/base/posix.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { at, bytes, machine, mask, portOf } from '../support/calls.ts'

const LINGER_NOW = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)
const ECONNREFUSED = 111

describe('TCP calls answer as Linux 6.18 (behaviours 33-46)', () => {
  it('33: a refused non-blocking connect', async () => {
    const { process, sys, socket, listener, settle, option } = machine()
    const [closed, name] = listener()
    sys.close(closed)
    const fd = socket()
    expect(sys.connect(fd, name)).toBe('EINPROGRESS')
    await settle()
    expect(mask(process, fd)).toBe('IN|OUT|ERR|HUP|RDHUP')
    expect([option(fd, SOL_SOCKET, SO_ERROR), option(fd, SOL_SOCKET, SO_ERROR)]).toEqual([ECONNREFUSED, 0])
  })

  it('34: a fresh socket polls OUT|HUP; EINPROGRESS, 0 once, EISCONN; a refused one can be used again', async () => {
    const { process, run, sys, socket, listener, settle } = machine()
    expect(mask(process, socket())).toBe('OUT|HUP')
    const [, name] = listener()
    const fd = socket()
    expect([sys.connect(fd, name), sys.connect(fd, name)]).toEqual(['EINPROGRESS', 'EALREADY'])
    await settle()
    expect([sys.connect(fd, name), sys.connect(fd, name)]).toEqual([0, 'EISCONN'])
    const [server, client] = [socket(), socket()]
    sys.bind(server, at('127.0.0.1', 4000))
    expect(await run(() => process.connect(client, at('127.0.0.1', 4000)))).toBe('ECONNREFUSED')
    sys.listen(server, 1)
    expect(await run(() => process.connect(client, at('127.0.0.1', 4000)))).toBe(0)
  })

  it('35: close with unread data resets, shutdown does not', async () => {
    const { sys, connected, send, recv, settle } = machine()
    const [c, a] = await connected()
    send(c, 'x'.repeat(10))
    await settle()
    sys.close(a)
    await settle()
    expect([recv(c), recv(c)]).toEqual(['ECONNRESET', "''"])
    const [d, b] = await connected()
    send(d, 'x')
    await settle()
    sys.shutdown(b, SHUT_WR)
    await settle()
    expect(recv(d)).toBe("''")
  })

  it('36: writing to a peer that closed', async () => {
    const { sys, connected, send, recv, settle } = machine()
    const [c, a] = await connected()
    sys.close(c)
    await settle()
    expect(send(a, '1')).toBe(1)
    await settle()
    expect([send(a, '1'), recv(a), recv(a)]).toEqual(['EPIPE', "''", "''"])
  })

  it('37: shutdown(RD) ends reading only while nothing comes', async () => {
    const { sys, connected, send, recv, settle } = machine()
    const [c, a] = await connected()
    sys.shutdown(a, SHUT_RD)
    expect(recv(a)).toBe("''")
    send(c, 'late')
    await settle()
    expect([recv(a), recv(a)]).toEqual(["'late'", "''"])
  })

  it('38: calls in the wrong state', async () => {
    const { sys, socket, listener, connected } = machine()
    const [c] = await connected()
    const [l] = listener()
    expect(sys.shutdown(socket(), SHUT_WR)).toBe('ENOTCONN')
    expect(sys.listen(c, 1)).toBe('EINVAL')
    expect(sys.connect(l, at('127.0.0.1', 9))).toBe('EISCONN')
    expect(sys.accept(socket())).toBe('EINVAL')
    const unbound = socket()
    expect(sys.listen(unbound, 1)).toBe(0)
    expect(portOf(sys.getsockname(unbound))).toBeGreaterThan(0)
  })

  it('39: backlog B lets B + 1 complete; closing or shutting the listener', async () => {
    const { process, run, sys, socket, listener, settle, recv, option } = machine()
    const [l, name] = listener(1)
    const clients: number[] = []
    for (let i = 0; i < 5; i++) {
      const fd = socket()
      clients.push(fd)
      sys.connect(fd, name)
      // Linux's loopback carries a handshake through before the next connect begins.
      await settle(1)
    }
    expect(clients.map(fd => mask(process, fd, 4))).toEqual(['OUT', 'OUT', '', '', ''])
    sys.close(l)
    await settle()
    expect(recv(clients[0])).toBe('ECONNRESET')
    const [m] = listener()
    const [result] = await run(() => Promise.all([process.accept(m), process.sleep(1).then(() => sys.shutdown(m, SHUT_RD))]))
    expect(result).toBe('EINVAL')
    expect(option(m, SOL_SOCKET, SOL_TCP, SO_ACCEPTCONN)).toBe(0)
  })

  it('40: a connection reset before accept is still accepted', async () => {
    const { sys, socket, listener, settle, recv, option } = machine()
    const [l, name] = listener()
    const fd = socket()
    sys.connect(fd, name)
    await settle()
    option(fd, SOL_SOCKET, SO_LINGER, LINGER_NOW)
    sys.close(fd)
    await settle()
    expect(recv(sys.accept(l) as number)).toBe('ECONNRESET')
  })

  it('41: AF_UNSPEC resets; connecting to oneself works', async () => {
    const { sys, socket, connected, settle, send, recv } = machine()
    const [c, a] = await connected()
    expect(sys.connect(c, { family: 'AF_UNSPEC' })).toBe(0)
    await settle()
    expect([sys.getpeername(c), recv(a)]).toEqual(['ENOTCONN', 'ECONNRESET'])
    const own = socket()
    sys.bind(own, at('127.0.0.1', 0))
    sys.connect(own, sys.getsockname(own) as SocketAddress)
    await settle()
    send(own, 'me')
    await settle()
    expect(recv(own)).toBe("'me'")
  })

  it('42: poll after FIN, both FINs, RST', async () => {
    const { process, sys, connected, settle, option } = machine()
    const [c, a] = await connected()
    sys.shutdown(c, SHUT_WR)
    await settle()
    expect(mask(process, a)).toBe('IN|OUT|RDHUP')
    sys.shutdown(a, SHUT_WR)
    await settle()
    expect(mask(process, a)).toBe('IN|OUT|HUP|RDHUP')
    const [d, b] = await connected()
    option(b, SOL_SOCKET, SO_LINGER, LINGER_NOW)
    sys.close(b)
    await settle()
    expect(mask(process, d)).toBe('IN|OUT|ERR|HUP|RDHUP')
  })

  it('43: urgent data, MSG_PEEK, MSG_TRUNC, SO_RCVLOWAT', async () => {
    const { process, sys, connected, settle, send, recv, option } = machine()
    const [c, a] = await connected()
    send(c, 'ab')
    send(c, 'U', MSG_OOB)
    send(c, 'cd')
    await settle()
    expect(mask(process, a, 2)).toBe('PRI')
    expect([recv(a), recv(a, 1, MSG_OOB), recv(a)]).toEqual(["'ab'", "'U'", "'cd'"])
    send(c, 'abcdef')
    await settle()
    expect([recv(a, 3, MSG_PEEK), sys.ioctl(a, SIOCINQ)]).toEqual(["'abc'", 6])
    expect([sys.recv(a, new Uint8Array(4), 0, 4, MSG_TRUNC), sys.ioctl(a, SIOCINQ)]).toEqual([4, 2])
    recv(a)
    option(a, SOL_SOCKET, SO_RCVLOWAT, 5)
    send(c, 'abc')
    await settle()
    expect(mask(process, a, 1)).toBe('')
    send(c, 'de')
    await settle()
    expect(mask(process, a, 1)).toBe('IN')
    expect(bytes('x')).toHaveLength(1)
  })

  it('44: ports in TIME-WAIT, and listeners side by side', async () => {
    const { sys, socket, listener, settle, option } = machine()
    const [l, name] = listener()
    option(l, SOL_SOCKET, SO_REUSEADDR, 1)
    const c = socket()
    sys.connect(c, name)
    await settle()
    const a = sys.accept(l) as number
    sys.close(a)
    await settle()
    sys.close(c)
    sys.close(l)
    await settle()
    expect(sys.bind(socket(), name)).toBe('EADDRINUSE')
    const again = socket()
    option(again, SOL_SOCKET, SO_REUSEADDR, 1)
    expect(sys.bind(again, name)).toBe(0)
    const two = (...options: number[]) => {
      const [x, y] = [socket(), socket()]
      for (const fd of [x, y]) for (const each of options) option(fd, SOL_SOCKET, each, 1)
      sys.bind(x, at('127.0.0.1', 0))
      sys.listen(x, 1)
      const bound = sys.bind(y, sys.getsockname(x) as SocketAddress)
      return [bound, bound === 0 ? sys.listen(y, 1) : '-']
    }
    expect([two(), two(SO_REUSEADDR), two(SO_REUSEPORT)]).toEqual([['EADDRINUSE', '-'], ['EADDRINUSE', '-'], [0, 0]])
    const [x, y] = [socket(), socket()]
    for (const fd of [x, y]) option(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    sys.bind(x, at('127.0.0.1', 0))
    expect(sys.bind(y, sys.getsockname(x) as SocketAddress)).toBe(0)
    expect([sys.listen(x, 1), sys.listen(y, 1)]).toEqual([0, 'EADDRINUSE'])
  })

  it('45: IPv6 wildcards and mapped peers', async () => {
    const { sys, socket, settle, option } = machine()
    const a = socket(AF_INET6)
    sys.bind(a, at('::', 0))
    expect(sys.bind(socket(), at('0.0.0.0', portOf(sys.getsockname(a))))).toBe('EADDRINUSE')
    const c = socket(AF_INET6)
    expect(option(c, SOL_IPV6, IPV6_V6ONLY, 1)).toBe(0)
    sys.bind(c, at('::', 0))
    expect(sys.bind(socket(), at('0.0.0.0', portOf(sys.getsockname(c))))).toBe(0)
    expect(option(c, SOL_IPV6, IPV6_V6ONLY, 0)).toBe('EINVAL')
    sys.listen(a, 1)
    const client = socket()
    sys.connect(client, at('127.0.0.1', portOf(sys.getsockname(a))))
    await settle()
    const peer = { address: undefined as SocketAddress | undefined }
    sys.accept(a, peer)
    expect(peer.address?.family === 'AF_INET6' && peer.address.address.toMappedString()).toBe('::ffff:127.0.0.1')
  })

  it('46: bind twice, foreign addresses, all of 127/8', () => {
    const { sys, socket } = machine()
    const fd = socket()
    sys.bind(fd, at('127.0.0.1', 0))
    expect(sys.bind(fd, at('127.0.0.1', 0))).toBe('EINVAL')
    expect(sys.bind(socket(), at('203.0.113.9', 0))).toBe('EADDRNOTAVAIL')
    expect(sys.bind(socket(), at('127.1.2.3', 0))).toBe(0)
  })

  it('48-50: TCP and IP options with Linux\'s ranges', () => {
    const { socket, option, sys } = machine()
    const fd = socket()
    const set = (name: number, ...values: number[]) => values.map(each => option(fd, IPPROTO_TCP, name, each))
    expect(option(fd, IPPROTO_TCP, TCP_MAXSEG)).toBe(536)
    expect(set(TCP_MAXSEG, 10, 75_000, 88, 32_767, 32_768)).toEqual(['EINVAL', 'EINVAL', 0, 0, 'EINVAL'])
    expect([TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT].map(each => option(fd, IPPROTO_TCP, each))).toEqual([7200, 75, 9, 6])
    expect([...set(TCP_KEEPIDLE, 0, 32_768), ...set(TCP_KEEPCNT, 128, 127)]).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 0])
    expect([...set(TCP_SYNCNT, 0, 128), ...set(TCP_USER_TIMEOUT, -1)]).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
    const linger2 = [-5, 1000, 0].map(each => {
      option(fd, IPPROTO_TCP, TCP_LINGER2, each)
      return option(fd, IPPROTO_TCP, TCP_LINGER2)
    })
    expect([option(socket(), IPPROTO_TCP, TCP_LINGER2), ...linger2]).toEqual([60, -1, 120, 60])
    expect([0, 1, 3, 5].map(each => {
      option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, each)
      return option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT)
    })).toEqual([0, 1, 3, 7])
    expect(option(fd, IPPROTO_TCP, TCP_CONGESTION, bytes('nosuchcc'))).toBe('ENOENT')
    expect((sys.getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, 32) as Uint8Array).length).toBe(16)
    expect([option(fd, SOL_IP, IP_TTL), option(fd, SOL_IP, IP_TTL, 0), option(fd, SOL_IP, IP_TTL, 256), option(fd, SOL_IP, IP_TTL, -1)])
      .toEqual([64, 'EINVAL', 'EINVAL', 0])
    const udp = socket(2, SOCK_DGRAM)
    option(fd, SOL_IP, IP_TOS, 0xff)
    option(udp, SOL_IP, IP_TOS, 0xff)
    expect([option(fd, SOL_IP, IP_TOS), option(udp, SOL_IP, IP_TOS)]).toEqual([0xfc, 0xff])
  })

  it('TCP_CC_INFO: the bytes of the algorithm that has something to tell (E10)', async () => {
    const { sys, connected, send, settle } = machine()
    const [c] = await connected()
    const told = (name: string, length = 64): DataView => {
      expect(sys.setsockopt(c, SOL_TCP, TCP_CONGESTION, bytes(name))).toBe(0)
      const value = sys.getsockopt(c, SOL_TCP, TCP_CC_INFO, length)
      if (typeof value === 'string') throw new Error(value)
      return new DataView(value.buffer, value.byteOffset, value.length)
    }
    expect(told('cubic').byteLength).toBe(0)
    expect(told('dctcp').byteLength).toBe(16)
    const bbr = told('bbr')
    expect([bbr.byteLength, bbr.getUint32(8, true), bbr.getUint32(12, true)]).toEqual([20, 0xffffffff, Math.trunc(2.77 * 256)])
    send(c, 'x'.repeat(10))
    await settle()
    expect(told('bbr', 4).byteLength).toBe(4)
    expect(sys.setsockopt(c, SOL_TCP, TCP_CC_INFO, Uint8Array.of(1, 0, 0, 0))).toBe('ENOPROTOOPT')
  })
})
