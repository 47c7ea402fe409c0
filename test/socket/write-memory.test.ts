import { describe, expect, it } from 'vitest'
import {
  AF_INET, EPOLLET, EPOLLOUT, EPOLL_CTL_ADD, IP_MTU_DISCOVER, MSG_DONTWAIT, POLLOUT, SIOCOUTQ, SOCK_DGRAM, SOL_IP, SOL_SOCKET, SO_MEMINFO,
  SO_SNDBUF, SO_SNDTIMEO,
} from '../../src/base/posix.ts'
import { World } from '../../src/sim/world.ts'
import { at, int, mask } from '../support/calls.ts'

/** A sender behind a link of 1 Mbit/s, its neighbour known already. */
async function slowLink(sndbuf: number) {
  const world = new World()
  const [a, b] = [world.host('a'), world.host('b')]
  world.cable(a, b, { rate: '1mbit', addresses: ['198.18.0.1/24', '198.18.0.2/24'] })
  const process = a.spawn()
  const { sys } = process
  const sink = b.spawn().sys
  sink.bind(sink.socket(AF_INET, SOCK_DGRAM, 0) as number, at('0.0.0.0', 9))
  const fd = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
  sys.connect(fd, at('198.18.0.2', 9))
  sys.send(fd, new Uint8Array(1), 0, 1, 0)
  await world.runFor(1000)
  sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, sndbuf)
  const send = (length: number) => sys.send(fd, new Uint8Array(length), 0, length, MSG_DONTWAIT)
  const fill = (length: number): number => {
    let sent = 0
    while (send(length) === length) sent++
    return sent
  }
  return { world, a, process, sys, fd, send, fill }
}

describe('SO_SNDBUF of datagram sockets (D3)', () => {
  it('is charged until the link has sent the packet, and then there is room again', async () => {
    const { world, sys, fd, send, fill, process } = await slowLink(20_000)
    expect(fill(1000)).toBe(18)
    expect(send(1000)).toBe('EAGAIN')
    expect(sys.ioctl(fd, SIOCOUTQ)).toBe(18 * (256 + 2048))
    expect(int((sys.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, 36) as Uint8Array).subarray(8))).toBe(18 * 2304)
    expect(mask(process, fd, POLLOUT)).toBe('')
    // Eight milliseconds and a half for each: one has left.
    await world.runFor(9)
    expect(sys.ioctl(fd, SIOCOUTQ)).toBe(17 * 2304)
    expect(mask(process, fd, POLLOUT)).toBe('')
    await world.runFor(85)
    expect(mask(process, fd, POLLOUT)).toBe('OUT')
    await world.runFor(1000)
    expect(sys.ioctl(fd, SIOCOUTQ)).toBe(0)
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('puts a blocking sender to sleep, an empty datagram too, and wakes epoll', async () => {
    const { world, sys, process, fd, fill } = await slowLink(5000)
    const epoll = sys.epoll_create() as number
    fill(1000)
    sys.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, { events: EPOLLOUT | EPOLLET, data: 1 })
    const events = [{ events: 0, data: 0 }]
    expect(sys.epoll_wait(epoll, events, 1)).toBe(0)
    const started = world.now()
    expect(await world.runUntilDone(process.send(fd, new Uint8Array(0), 0, 0, 0))).toBe(0)
    expect(world.now() - started).toBeGreaterThan(8000)
    await world.runFor(1000)
    expect(sys.epoll_wait(epoll, events, 1)).toBe(1)
    fill(1000)
    sys.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, new Uint8Array(new BigInt64Array([0n, 1000n]).buffer))
    expect(await world.runUntilDone(process.send(fd, new Uint8Array(10), 0, 10, 0))).toBe('EAGAIN')
    world.close()
  })

  it('refuses a datagram whose fragments would fill the buffer twice, and loopback never fills', async () => {
    const { world, sys, fd, send } = await slowLink(2304)
    sys.setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, 0)
    expect(send(4000)).toBe(4000)
    await world.runFor(1000)
    expect(send(30_000)).toBe('ENOBUFS')
    expect(sys.ioctl(fd, SIOCOUTQ)).toBe(0)
    sys.bind(sys.socket(AF_INET, SOCK_DGRAM, 0) as number, at('127.0.0.1', 9))
    const local = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
    sys.setsockopt(local, SOL_SOCKET, SO_SNDBUF, 4608)
    for (let i = 0; i < 50; i++) expect(sys.sendto(local, new Uint8Array(60_000), 0, 60_000, 0, at('127.0.0.1', 9))).toBe(60_000)
    world.close()
  })
})
