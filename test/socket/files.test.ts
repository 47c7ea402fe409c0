import { describe, expect, it } from 'vitest'
import {
  AF_INET, AF_INET6, AF_KEY, AF_PACKET, AF_UNIX, EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLRDHUP, EPOLL_CTL_ADD,
  EPOLL_CTL_DEL, EPOLL_CTL_MOD, FD_CLOEXEC, FIONBIO, F_DUPFD, F_GETFD, F_GETFL, F_SETFD, F_SETFL, IPPROTO_TCP, IPPROTO_UDP, MSG_WAITALL,
  O_NONBLOCK, O_RDWR, POLLNVAL, SHUT_RDWR, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET,
  SO_DOMAIN, SO_ERROR, SO_LINGER, SO_PROTOCOL, SO_RCVBUF, SO_RCVTIMEO, SO_SNDBUF, SO_TYPE,
} from '../../src/base/posix.ts'
import type { EpollEvent } from '../../src/kernel/syscalls.ts'
import { lone } from '../support/pair.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, each => each.charCodeAt(0))

function setup() {
  const world = lone()
  const process = world.host.spawn('p')
  const { sys } = process
  return { ...world, process, sys, pair: () => sys.socketpair(AF_UNIX, SOCK_STREAM, 0) as readonly [number, number] }
}

describe('descriptors', () => {
  it('are the lowest free ones, up to the limit (G1)', () => {
    const { sys, process, pair } = setup()
    expect(pair()).toEqual([0, 1])
    expect(sys.dup(0)).toBe(2)
    expect(sys.close(1)).toBe(0)
    expect(sys.socket(AF_INET, SOCK_DGRAM, 0)).toBe(1)
    expect(sys.fcntl(0, F_DUPFD, 10)).toBe(10)
    expect(sys.dup2(0, 5)).toBe(5)
    expect(sys.dup2(99, 5)).toBe('EBADF')
    expect(sys.dup2(5, 5)).toBe(5)
    process.setFileLimit(12)
    expect([sys.dup(0), sys.dup(0)]).toEqual([3, 4])
    for (let i = 0; i < 5; i++) sys.dup(0)
    expect(sys.dup(0)).toBe('EMFILE')
    expect(sys.close(99)).toBe('EBADF')
    expect(sys.close(-1)).toBe('EBADF')
  })

  it('share an open file, whose last close ends it (G3)', () => {
    const { sys, pair } = setup()
    const [a, b] = pair()
    const copy = sys.dup(a) as number
    sys.close(a)
    expect(sys.write(copy, bytes('x'))).toBe(1)
    sys.close(copy)
    expect(sys.read(b, new Uint8Array(5))).toBe(1)
    expect(sys.read(b, new Uint8Array(5))).toBe(0)
  })

  it('keep flags where Linux keeps them', () => {
    const { sys } = setup()
    const fd = sys.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) as number
    expect(sys.fcntl(fd, F_GETFL)).toBe(O_RDWR | O_NONBLOCK)
    expect(sys.fcntl(fd, F_GETFD)).toBe(FD_CLOEXEC)
    const copy = sys.dup(fd) as number
    expect(sys.fcntl(copy, F_GETFD)).toBe(0)
    sys.fcntl(copy, F_SETFL, 0)
    expect(sys.fcntl(fd, F_GETFL)).toBe(O_RDWR)
    sys.ioctl(fd, FIONBIO, 1)
    expect(sys.fcntl(copy, F_GETFL)).toBe(O_RDWR | O_NONBLOCK)
    sys.fcntl(fd, F_SETFD, 0)
    expect(sys.fcntl(fd, F_GETFD)).toBe(0)
  })

  it('answer wrong arguments as Linux does (F1, F4)', () => {
    const { sys, host, pair } = setup()
    expect(sys.socket(99, SOCK_STREAM, 0)).toBe('EAFNOSUPPORT')
    expect(sys.socket(AF_KEY, SOCK_RAW, 2)).toBe('EAFNOSUPPORT')
    expect(sys.socket(AF_INET, 99, 0)).toBe('EINVAL')
    expect(sys.socket(AF_INET, SOCK_SEQPACKET, 0)).toBe('ESOCKTNOSUPPORT')
    expect(sys.socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP)).toBe('EPROTONOSUPPORT')
    expect(sys.socket(AF_INET, SOCK_RAW, 0)).toBe('EPROTONOSUPPORT')
    expect(typeof sys.socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP)).toBe('number')
    const user = host.spawn('user', { uid: 1000 }).sys
    expect(user.socket(AF_INET, SOCK_RAW, 1)).toBe('EPERM')
    expect(user.socket(AF_PACKET, SOCK_RAW, 0x300)).toBe('EPERM')
    expect(user.socket(AF_INET, SOCK_DGRAM, 1)).toBe('EACCES')
    const [reader] = sys.pipe() as readonly [number, number]
    expect(sys.recv(reader, new Uint8Array(1), 0, 1, 0)).toBe('ENOTSOCK')
    expect(sys.recv(77, new Uint8Array(1), 0, 1, 0)).toBe('EBADF')
    const [a] = pair()
    expect(sys.send(a, new Uint8Array(4), 0, -1, 0)).toBe('EINVAL')
    expect(sys.send(a, new Uint8Array(4), 2, 4, 0)).toBe('EFAULT')
    expect(() => sys.send(a, 'text' as unknown as Uint8Array, 0, 4, 0)).toThrow(TypeError)
    expect(sys.socketpair(AF_INET, SOCK_DGRAM, 0)).toBe('EOPNOTSUPP')
    expect(sys.shutdown(a, 7)).toBe('EINVAL')
    const polled = { fd: 77, events: 1, revents: 0 }
    expect(sys.poll([polled, { fd: -1, events: 1, revents: 9 }])).toBe(1)
    expect(polled.revents).toBe(POLLNVAL)
  })

  it('read SOL_SOCKET options back as Linux stores them (behaviours 47, 51)', () => {
    const { sys } = setup()
    const fd = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
    const get = (name: number, length = 4): number[] => [...new Int32Array((sys.getsockopt(fd, SOL_SOCKET, name,
      length) as Uint8Array).slice().buffer)]
    for (const name of [SO_RCVBUF, SO_SNDBUF]) sys.setsockopt(fd, SOL_SOCKET, name, 10_000)
    expect([get(SO_RCVBUF), get(SO_SNDBUF)]).toEqual([[20_000], [20_000]])
    for (const name of [SO_RCVBUF, SO_SNDBUF]) sys.setsockopt(fd, SOL_SOCKET, name, 1)
    expect([get(SO_RCVBUF), get(SO_SNDBUF)]).toEqual([[2304], [4608]])
    expect([get(SO_TYPE), get(SO_DOMAIN), get(SO_PROTOCOL), get(SO_ERROR)]).toEqual([[2], [2], [17], [0]])
    expect(sys.setsockopt(fd, SOL_SOCKET, SO_TYPE, 1)).toBe('ENOPROTOOPT')
    expect(sys.setsockopt(fd, SOL_SOCKET, 999, 1)).toBe('ENOPROTOOPT')
    expect(sys.getsockopt(fd, SOL_SOCKET, 999)).toBe('ENOPROTOOPT')
    expect(sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, new Uint8Array(4))).toBe('EINVAL')
    expect(sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0))).toBe(0)
    expect(get(SO_LINGER, 8)).toEqual([1, 5])
    expect(sys.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0))).toBe(0)
    expect(get(SO_RCVTIMEO, 16)).toEqual([2, 0, 16, 0])
  })
})

describe('epoll (G6, behaviours 59 and 60)', () => {
  const setupEpoll = () => {
    const base = setup()
    const { sys, pair } = base
    const ep = sys.epoll_create() as number
    const [a, b] = pair()
    const wait = (): [number, number][] => {
      const events: EpollEvent[] = []
      const count = sys.epoll_wait(ep, events, 10)
      if (typeof count === 'string') throw new Error(count)
      return events.slice(0, count).map(each => [each.events, each.data])
    }
    const ctl = (op: number, fd: number, events = 0) => sys.epoll_ctl(ep, op, fd, { events, data: fd })
    return { ...base, ep, a, b, wait, ctl }
  }

  it('repeats levels and tells edges once', () => {
    const { sys, a, b, wait, ctl } = setupEpoll()
    ctl(EPOLL_CTL_ADD, b, EPOLLIN)
    expect(wait()).toEqual([])
    sys.write(a, bytes('x'))
    expect([wait(), wait()]).toEqual([[[EPOLLIN, b]], [[EPOLLIN, b]]])
    ctl(EPOLL_CTL_MOD, b, EPOLLIN | EPOLLET)
    expect([wait(), wait()]).toEqual([[[EPOLLIN, b]], []])
    sys.write(a, bytes('y'))
    expect([wait(), wait()]).toEqual([[[EPOLLIN, b]], []])
    ctl(EPOLL_CTL_MOD, b, EPOLLIN | EPOLLET)
    expect([wait(), wait()]).toEqual([[[EPOLLIN, b]], []])
  })

  it('disarms a one-shot until it is modified', () => {
    const { sys, a, b, wait, ctl } = setupEpoll()
    ctl(EPOLL_CTL_ADD, b, EPOLLIN | EPOLLONESHOT)
    sys.write(a, bytes('x'))
    expect([wait(), wait()]).toEqual([[[EPOLLIN, b]], []])
    sys.write(a, bytes('y'))
    expect(wait()).toEqual([])
    ctl(EPOLL_CTL_MOD, b, EPOLLIN | EPOLLONESHOT)
    expect(wait()).toEqual([[EPOLLIN, b]])
  })

  it('reports errors and hang-up unasked', () => {
    const { sys, a, b, wait, ctl } = setupEpoll()
    ctl(EPOLL_CTL_ADD, b, 0)
    sys.shutdown(a, SHUT_RDWR)
    expect(wait()).toEqual([[EPOLLHUP, b]])
    ctl(EPOLL_CTL_MOD, b, EPOLLRDHUP)
    expect(wait()).toEqual([[EPOLLHUP | EPOLLRDHUP, b]])
    expect(EPOLLERR).toBe(8)
  })

  it('refuses what Linux refuses', () => {
    const { sys, ep, a, b, ctl } = setupEpoll()
    expect(ctl(EPOLL_CTL_ADD, b, EPOLLIN)).toBe(0)
    expect(ctl(EPOLL_CTL_ADD, b, EPOLLIN)).toBe('EEXIST')
    expect(ctl(EPOLL_CTL_MOD, a, EPOLLIN)).toBe('ENOENT')
    expect(ctl(EPOLL_CTL_DEL, a)).toBe('ENOENT')
    expect(ctl(EPOLL_CTL_ADD, ep, EPOLLIN)).toBe('EINVAL')
    expect(ctl(EPOLL_CTL_ADD, 77, EPOLLIN)).toBe('EBADF')
    expect(sys.epoll_wait(ep, [], 0)).toBe('EINVAL')
    const outer = sys.epoll_create() as number
    expect(sys.epoll_ctl(outer, EPOLL_CTL_ADD, ep, { events: EPOLLIN, data: 0 })).toBe(0)
    expect(sys.epoll_ctl(ep, EPOLL_CTL_ADD, outer, { events: EPOLLIN, data: 0 })).toBe('ELOOP')
    sys.write(a, bytes('x'))
    const nested = { fd: outer, events: 1, revents: 0 }
    expect(sys.poll([nested])).toBe(1)
  })

  it('forgets a file with its last descriptor', () => {
    const { sys, a, b, wait, ctl } = setupEpoll()
    ctl(EPOLL_CTL_ADD, b, EPOLLIN)
    sys.write(a, bytes('x'))
    const copy = sys.dup(b) as number
    sys.close(b)
    expect(wait()).toEqual([[EPOLLIN, b]])
    sys.close(copy)
    expect(wait()).toEqual([])
  })

  it('visits as many entries as are ready, however many are watched', () => {
    const { sys, ep, pair, process, host } = setup() as ReturnType<typeof setup> & { ep: number }
    void ep
    const epfd = sys.epoll_create() as number
    const pairs = Array.from({ length: 500 }, () => pair())
    for (const [, reader] of pairs) sys.epoll_ctl(epfd, EPOLL_CTL_ADD, reader, { events: EPOLLIN, data: reader })
    for (const [writer] of pairs.slice(100, 110)) sys.write(writer, bytes('x'))
    const events: EpollEvent[] = []
    expect(sys.epoll_wait(epfd, events, 100)).toBe(10)
    expect((process.state.fds.get(epfd) as unknown as { visited: number }).visited).toBe(10)
    host.close()
  })

  it('lets a process sleep until something is ready, or the time is over', async () => {
    const { sys, process, run, ep, a, b, stage, ctl } = setupEpoll()
    ctl(EPOLL_CTL_ADD, b, EPOLLIN)
    const events: EpollEvent[] = []
    const before = stage.now()
    expect(await run(() => process.epoll_wait(ep, events, 10, 50))).toBe(0)
    expect(stage.now() - before).toBeGreaterThanOrEqual(50_000)
    const [count] = await run(() => Promise.all([process.epoll_wait(ep, events, 10, -1), process.sleep(1).then(() => sys.write(a, bytes('x')))]))
    expect(count).toBe(1)
    const fds = [{ fd: b, events: EPOLLIN, revents: 0 }, { fd: a, events: EPOLLOUT, revents: 0 }]
    expect(await process.poll(fds, -1)).toBe(2)
  })
})

describe('sleeping', () => {
  it('goes on after another closes the descriptor (F6)', async () => {
    const { sys, process, run, pair } = setup()
    const [a, b] = pair()
    const buffer = new Uint8Array(10)
    const results = await run(() => Promise.all([process.recv(b, buffer, 0, 10, 0), (async () => {
      await process.sleep(1)
      sys.close(b)
      await process.sleep(1)
      return sys.write(a, bytes('late'))
    })()]))
    expect(results).toEqual([4, 4])
    expect(sys.write(a, bytes('x'))).toBe('EPIPE')
  })

  it('waits for all with MSG_WAITALL, or gives the part that came (F6)', async () => {
    const { sys, process, run, pair } = setup()
    const [a, b] = pair()
    const buffer = new Uint8Array(10)
    const feed = async (): Promise<void> => {
      for (const piece of ['abc', 'def', 'gh']) {
        await process.sleep(1)
        sys.write(a, bytes(piece))
      }
      await process.sleep(1)
      sys.close(a)
    }
    const [first, second] = await run(() => Promise.all([
      process.recv(b, buffer, 0, 5, MSG_WAITALL).then(async n => [n, await process.recv(b, buffer, 5, 5, MSG_WAITALL)]),
      feed()]).then(([got]) => got as number[]))
    expect([first, second]).toEqual([5, 3])
    expect(String.fromCharCode(...buffer.subarray(0, 8))).toBe('abcdefgh')
  })

  it('ends for ever when the process exits', async () => {
    const { host, run, process } = setup()
    const child = host.spawn('child')
    const [a, b] = child.sys.socketpair(AF_UNIX, SOCK_STREAM, 0) as readonly [number, number]
    let woke = false
    void child.recv(b, new Uint8Array(1), 0, 1, 0).then(() => { woke = true })
    await run(async () => {
      await process.sleep(1)
      child.exit(0)
      await process.sleep(1)
    })
    expect([woke, a]).toEqual([false, 0])
  })
})
