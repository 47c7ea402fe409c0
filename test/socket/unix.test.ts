import { describe, expect, it } from 'vitest'
import {
  AF_UNIX, FIONREAD, MSG_PEEK, MSG_TRUNC, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, SCM_RIGHTS, SHUT_WR, SOCK_DGRAM, SOCK_SEQPACKET,
  SOCK_STREAM, SOL_SOCKET, SO_PEERCRED,
} from '../../src/base/posix.ts'
import type { MessageHeader } from '../../src/kernel/syscalls.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { lone } from '../support/pair.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, each => each.charCodeAt(0))
const path = (name: string): SocketAddress => ({ family: 'AF_UNIX', path: name, abstract: false })
const abstract = (name: string): SocketAddress => ({ family: 'AF_UNIX', path: name, abstract: true })

function setup() {
  const world = lone()
  const process = world.host.spawn('p')
  const { sys } = process
  const buffer = new Uint8Array(300_000)
  const socket = (type: number = SOCK_STREAM): number => sys.socket(AF_UNIX, type, 0) as number
  const pair = (type: number = SOCK_STREAM) => sys.socketpair(AF_UNIX, type, 0) as readonly [number, number]
  const send = (fd: number, data: string) => sys.send(fd, bytes(data), 0, data.length, 0)
  const recv = (fd: number, flags = 0, length = buffer.length) => {
    const count = sys.recv(fd, buffer, 0, length, flags)
    return typeof count === 'number' ? String.fromCharCode(...buffer.subarray(0, Math.min(length, count))) : count
  }
  const poll = (fd: number): number => {
    const each = { fd, events: POLLIN | POLLOUT | POLLRDHUP, revents: 0 }
    sys.poll([each])
    return each.revents
  }
  const fill = (fd: number, size: number): number => {
    let n = 0
    while (typeof sys.send(fd, buffer, 0, size, 0) === 'number') n++
    return n
  }
  return { ...world, process, sys, buffer, socket, pair, send, recv, poll, fill }
}

describe('Unix sockets', () => {
  it('carry a stream both ways, with end-of-file and EPIPE (H1, behaviour 57)', () => {
    const { sys, pair, send, recv, poll } = setup()
    const [a, b] = pair()
    expect(send(a, 'hello ')).toBe(6)
    expect(send(a, 'there')).toBe(5)
    expect(sys.ioctl(b, FIONREAD)).toBe(11)
    expect(recv(b, MSG_PEEK, 4)).toBe('hell')
    expect(recv(b)).toBe('hello there')
    expect(recv(b)).toBe('EAGAIN')
    expect(sys.shutdown(a, SHUT_WR)).toBe(0)
    expect(recv(b)).toBe('')
    expect(send(a, 'x')).toBe('EPIPE')
    expect(send(b, 'back')).toBe(4)
    expect(recv(a)).toBe('back')
    sys.close(b)
    expect(poll(a)).toBe(POLLIN | POLLOUT | POLLHUP | POLLRDHUP)
  })

  it('tell of unread data at close as a reset', () => {
    const { sys, pair, send, recv, poll } = setup()
    const [a, b] = pair()
    send(a, 'never read')
    sys.close(b)
    expect(poll(a) & POLLERR).toBe(POLLERR)
    expect(recv(a)).toBe('ECONNRESET')
    expect(recv(a)).toBe('')
    expect(send(a, 'x')).toBe('EPIPE')
  })

  it('hold as much as on Linux 6.18', () => {
    const { pair, fill, sys, buffer } = setup()
    expect(sys.send(pair()[0], buffer, 0, 300_000, 0)).toBe(219_264)
    expect(fill(pair()[0], 1)).toBe(278)
    expect(fill(pair()[0], 1000)).toBe(93)
    expect(fill(pair(SOCK_DGRAM)[0], 1)).toBe(278)
    expect(fill(pair(SOCK_DGRAM)[0], 60_000)).toBe(4)
    const [a] = pair(SOCK_DGRAM)
    expect(sys.send(a, buffer, 0, 212_961, 0)).toBe('EMSGSIZE')
    expect(sys.send(a, buffer, 0, 212_960, 0)).toBe(212_960)
  })

  it('are found by path: EADDRINUSE, ENOENT, ECONNREFUSED (behaviour 58)', () => {
    const { sys, socket } = setup()
    const [server, other] = [socket(), socket()]
    expect(sys.bind(server, path('/tmp/s'))).toBe(0)
    expect(sys.bind(other, path('/tmp/s'))).toBe('EADDRINUSE')
    expect(sys.bind(other, path('/nowhere/s'))).toBe('ENOENT')
    expect(sys.connect(other, path('/tmp/missing'))).toBe('ENOENT')
    expect(sys.connect(other, path('/tmp/s'))).toBe('ECONNREFUSED')
    expect(sys.listen(server, 1)).toBe(0)
    expect(sys.connect(other, path('/tmp/s'))).toBe(0)
    expect(sys.connect(other, path('/tmp/s'))).toBe('EISCONN')
    expect(sys.connect(socket(SOCK_DGRAM), path('/tmp/s'))).toBe('EPROTOTYPE')
    const peer = { address: undefined as SocketAddress | undefined }
    const accepted = sys.accept(server, peer) as number
    expect(peer.address).toEqual({ family: 'AF_UNIX', path: undefined, abstract: false })
    expect(sys.getsockname(accepted)).toEqual(path('/tmp/s'))
    expect(sys.getpeername(other)).toEqual(path('/tmp/s'))
    sys.close(server)
    expect(sys.connect(socket(), path('/tmp/s'))).toBe('ECONNREFUSED')
    const abstractOne = socket()
    expect(sys.bind(abstractOne, abstract('a'))).toBe(0)
    sys.close(abstractOne)
    expect(sys.bind(socket(), abstract('a'))).toBe(0)
    const auto = socket()
    expect(sys.bind(auto, { family: 'AF_UNIX', path: undefined, abstract: false })).toBe(0)
    expect(sys.getsockname(auto)).toMatchObject({ abstract: true, path: expect.stringMatching(/^[0-9a-f]{5}$/) as string })
  })

  it('let backlog + 1 connections wait, and block further ones', async () => {
    const { process, host, run, sys, socket } = setup()
    const server = socket()
    sys.bind(server, abstract('s'))
    sys.listen(server, 1)
    expect([sys.connect(socket(), abstract('s')), sys.connect(socket(), abstract('s')), sys.connect(socket(), abstract('s'))]).toEqual([0, 0, 'EAGAIN'])
    const late = host.spawn()
    const results = await run(() => Promise.all([late.connect(late.sys.socket(AF_UNIX, SOCK_STREAM, 0) as number, abstract('s')), (async () => {
      await process.sleep(10)
      return process.accept(server)
    })()]))
    expect(results[0]).toBe(0)
  })

  it('keep boundaries of datagrams and records (behaviour 57)', () => {
    const { sys, pair, socket, send, recv } = setup()
    const [a, b] = pair(SOCK_SEQPACKET)
    send(a, 'ab')
    send(a, 'cdef')
    expect(recv(b)).toBe('ab')
    const message: MessageHeader = { iov: [{ buffer: new Uint8Array(2), offset: 0, length: 2 }] }
    expect(sys.recvmsg(b, message, 0)).toBe(2)
    expect((message.flags ?? 0) & MSG_TRUNC).toBe(MSG_TRUNC)
    sys.close(a)
    expect(recv(b)).toBe('')
    const [server, client] = [socket(SOCK_DGRAM), socket(SOCK_DGRAM)]
    sys.bind(server, abstract('d'))
    expect(sys.connect(client, abstract('d'))).toBe(0)
    expect(send(client, 'one')).toBe(3)
    let sent = 1
    while (send(client, 'x') === 1) sent++
    expect(sent).toBe(11)
    expect(recv(server)).toBe('one')
    expect(send(client, 'x')).toBe(1)
    sys.close(server)
    expect(send(client, 'x')).toBe('ECONNREFUSED')
    expect(send(client, 'x')).toBe('ENOTCONN')
    expect(send(socket(), 'x')).toBe('ENOTCONN')
    expect(recv(socket())).toBe('EINVAL')
  })

  it('pass descriptors, and never read on past them (H3, behaviour 58)', () => {
    const { sys, pair, send, recv, host } = setup()
    const [a, b] = pair()
    const [reader, writer] = sys.pipe() as readonly [number, number]
    const rights = { level: SOL_SOCKET, type: SCM_RIGHTS, data: Uint8Array.of(writer, 0, 0, 0) }
    expect(sys.sendmsg(a, { iov: [{ buffer: bytes('A'), offset: 0, length: 1 }], control: [rights] }, 0)).toBe(1)
    send(a, 'B')
    sys.close(writer)
    const message: MessageHeader = { iov: [{ buffer: new Uint8Array(10), offset: 0, length: 10 }] }
    expect(sys.recvmsg(b, message, 0)).toBe(1)
    const passed = message.control?.[0].data[0] ?? -1
    expect(recv(b)).toBe('B')
    expect(sys.write(passed, bytes('via'))).toBe(3)
    expect(sys.read(reader, new Uint8Array(10))).toBe(3)
    expect(sys.read(reader, new Uint8Array(10))).toBe('EAGAIN')
    sys.close(passed)
    expect(sys.read(reader, new Uint8Array(10))).toBe(0)
    const credentials = sys.getsockopt(a, SOL_SOCKET, SO_PEERCRED, 12) as Uint8Array
    expect([...new Int32Array(credentials.slice().buffer)]).toEqual([sys.getpid(), 0, 0])
    // A message nobody reads gives its files back.
    const [c, d] = pair()
    const [r2, w2] = sys.pipe() as readonly [number, number]
    sys.sendmsg(c, { iov: [{ buffer: bytes('A'), offset: 0, length: 1 }], control: [{ ...rights, data: Uint8Array.of(w2, 0, 0, 0) }] }, 0)
    sys.close(w2)
    expect(sys.read(r2, new Uint8Array(1))).toBe('EAGAIN')
    sys.close(d)
    expect(sys.read(r2, new Uint8Array(1))).toBe(0)
    host.close()
  })

  it('make a blocking writer wait for the reader (H2, F6)', async () => {
    const { process, host, run, pair, buffer } = setup()
    const [a, b] = pair()
    let received = 0
    const sent = await run(async () => {
      const [count] = await Promise.all([process.send(a, buffer, 0, 300_000, 0), (async () => {
        while (received < 300_000) {
          const into = new Uint8Array(50_000)
          const n = await process.recv(b, into, 0, into.length, 0)
          if (typeof n === 'string') throw new Error(n)
          received += n
        }
      })()])
      return count
    })
    expect([sent, received]).toEqual([300_000, 300_000])
    host.close()
  })
})
