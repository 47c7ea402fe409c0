import { describe, expect, it } from 'vitest'
import { IpAddress } from '../../src/base/address/ip.ts'
import {
  AF_INET, AF_UNIX, F_GETOWN, F_SETFL, F_SETOWN, F_SETSIG, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_OOB, MSG_WAITFORONE, O_ASYNC, O_NONBLOCK,
  POLLIN, SOCK_DGRAM, SOCK_STREAM,
} from '../../src/base/posix.ts'
import {
  EFD_SEMAPHORE, TFD_TIMER_ABSTIME,
  SA_RESTART, SIGCHLD, SIGIO, SIGKILL, SIGPIPE, SIGTERM, SIGURG, SIGUSR1, WNOHANG, exitStatus, exitedNormally,
  termSignal, SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK,
} from '../../src/base/signal.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { lone } from '../support/pair.ts'

const HERE: SocketAddress = { family: 'AF_INET', address: IpAddress.LOOPBACK4, port: 8000 }
const A = Uint8Array.of(65)

function setup(brokenPipeEnds: boolean = false) {
  const world = lone()
  const process = world.host.spawn('parent', { brokenPipeEnds })
  const pair = (): readonly [number, number] => process.sys.socketpair(AF_UNIX, SOCK_STREAM, 0) as readonly [number, number]
  return { ...world, process, sys: process.sys, pair }
}

describe('fork and waitpid (G3)', () => {
  it('gives the child its own table of the same open files; the stream ends at the last close', async () => {
    const { run, process, sys, pair } = setup()
    const [a, b] = pair()
    const result = await run(async () => {
      const pid = process.fork(async child => {
        expect(child.sys.getppid()).toBe(process.pid)
        child.sys.close(b)
        await child.sleep(5)
        child.sys.send(a, A, 0, 1, 0)
        return 7
      })
      sys.close(a)
      const buffer = new Uint8Array(10)
      const first = await process.recv(b, buffer, 0, 10, 0)
      const end = await process.recv(b, buffer, 0, 10, 0)
      return [pid, first, end, await process.waitpid(-1)]
    })
    expect(result[0]).toBe(process.pid + 1)
    expect(result.slice(1, 3)).toEqual([1, 0])
    const [pid, status] = result[3] as readonly [number, number]
    expect([pid, exitedNormally(status), exitStatus(status)]).toEqual([result[0], true, 7])
    expect(sys.waitpid(-1)).toBe('ECHILD')
  })

  it('sends SIGCHLD, keeps the status until it is taken, and WNOHANG does not wait', async () => {
    const { run, process, sys } = setup()
    const told: number[] = []
    sys.sigaction(SIGCHLD, { handler: signal => told.push(signal) })
    const pid = process.fork(async child => { await child.sleep(10) }) as number
    expect(sys.waitpid(-1, WNOHANG)).toEqual([0, 0])
    await run(() => process.sleep(20).then(() => process.sleep(20)))
    expect(told).toEqual([SIGCHLD])
    expect(sys.kill(pid, 0)).toBe(0)
    expect(sys.waitpid(pid, WNOHANG)).toEqual([pid, 0])
    expect(sys.kill(pid, 0)).toBe('ESRCH')
  })

  it('leaves orphans to init, and keeps no status where SIGCHLD is ignored', async () => {
    const { run, process, sys, host } = setup()
    let parentOfOrphan = 0
    process.fork(child => {
      child.fork(async grandchild => {
        await grandchild.sleep(1)
        parentOfOrphan = grandchild.sys.getppid()
      })
      return 0
    })
    sys.sigaction(SIGCHLD, { handler: 'SIG_IGN' })
    expect(await run(() => process.waitpid(-1))).toBe('ECHILD')
    await run(() => process.sleep(10))
    expect(parentOfOrphan).toBe(1)
    expect([...host.processes].map(each => each.pid)).toEqual([process.pid])
  })
})

describe('signals (G7)', () => {
  it('SIGPIPE ends a process that has the default, unless MSG_NOSIGNAL; EPIPE either way', async () => {
    const { run, process, pair, sys } = setup(true)
    const [a, b] = pair()
    sys.close(b)
    expect(sys.send(a, A, 0, 1, MSG_NOSIGNAL)).toBe('EPIPE')
    const pid = process.fork(async child => {
      await child.send(a, A, 0, 1, 0)
      throw new Error('not reached')
    })
    const status = (await run(() => process.waitpid(-1)) as readonly [number, number])[1]
    expect([pid, termSignal(status)]).toEqual([process.pid + 1, SIGPIPE])
    const caught: number[] = []
    sys.sigaction(SIGPIPE, { handler: signal => caught.push(signal) })
    expect(sys.write(a, A)).toBe('EPIPE')
    const [reader, writer] = sys.pipe() as readonly [number, number]
    sys.close(reader)
    expect(sys.write(writer, A)).toBe('EPIPE')
    await run(() => process.sleep(1))
    expect(caught).toEqual([SIGPIPE, SIGPIPE])
  })

  it('a caught signal ends a sleeping call with EINTR; SA_RESTART lets it sleep on, but never a poll', async () => {
    const { run, process, pair, sys } = setup()
    const [a, b] = pair()
    const order: string[] = []
    const action = (flags: number) => ({ handler: () => order.push('handler'), flags })
    const buffer = new Uint8Array(4)
    const helper = process.fork(async child => {
      for (let i = 0; i < 3; i++) {
        await child.sleep(5)
        child.sys.kill(process.pid, SIGUSR1)
      }
      await child.sleep(5)
      child.sys.send(a, A, 0, 1, 0)
    })
    const results = await run(async () => {
      sys.sigaction(SIGUSR1, action(0))
      const first = await process.recv(b, buffer, 0, 4, 0).then(each => { order.push('call'); return each })
      sys.sigaction(SIGUSR1, action(SA_RESTART))
      const polled = await process.poll([{ fd: b, events: POLLIN, revents: 0 }], -1)
      return [first, polled, await process.recv(b, buffer, 0, 4, 0)]
    })
    expect(typeof helper).toBe('number')
    expect(results).toEqual(['EINTR', 'EINTR', 1])
    expect(order).toEqual(['handler', 'call', 'handler', 'handler'])
  })

  it('kill knows groups, owners and what cannot be caught', async () => {
    const { run, process, sys, host } = setup()
    const stranger = host.spawn('stranger', { uid: 1000 })
    expect(stranger.sys.kill(process.pid, SIGTERM)).toBe('EPERM')
    expect([sys.kill(9999, 0), sys.kill(process.pid, 65), sys.sigaction(SIGKILL, { handler: 'SIG_IGN' })]).toEqual(['ESRCH', 'EINVAL', 'EINVAL'])
    const child = process.fork(each => each.sleep(1000)) as number
    expect(sys.kill(child, SIGKILL)).toBe(0)
    expect(termSignal((await run(() => process.waitpid(child)) as readonly [number, number])[1])).toBe(SIGKILL)
    process.fork(each => each.sleep(1000))
    expect(stranger.sys.kill(0, SIGTERM)).toBe(0)
    expect(stranger.hasExited).toBe(true)
    sys.sigaction(SIGTERM, { handler: 'SIG_IGN' })
    expect(sys.kill(-process.pid, SIGTERM)).toBe(0)
    expect(process.hasExited).toBe(false)
  })

  it('O_ASYNC tells the owner by SIGIO, or by the signal chosen, with the band', async () => {
    const { run, process, pair, sys, settle } = setup()
    const [a, b] = pair()
    const seen: [number, number | undefined][] = []
    sys.sigaction(SIGIO, { handler: signal => seen.push([signal, undefined]) })
    sys.sigaction(40, { handler: (signal, { band }) => seen.push([signal, (band ?? 0) & POLLIN]) })
    expect([sys.fcntl(b, F_SETOWN, 999), sys.fcntl(b, F_SETOWN, process.pid), sys.fcntl(b, F_GETOWN)]).toEqual(['ESRCH', 0, process.pid])
    sys.send(a, A, 0, 1, 0)
    await settle()
    expect(seen).toEqual([])
    sys.fcntl(b, F_SETFL, O_ASYNC | O_NONBLOCK)
    sys.send(a, A, 0, 1, 0)
    await settle()
    sys.fcntl(b, F_SETSIG, 40)
    sys.send(a, A, 0, 1, 0)
    await run(() => process.sleep(1))
    expect(seen).toEqual([[SIGIO, undefined], [40, POLLIN]])
  })

  it('urgent data sends SIGURG to the owner [RFC 9293 MUST-32]', async () => {
    const { run, process, sys } = setup()
    const listener = sys.socket(AF_INET, SOCK_STREAM, 0) as number
    sys.bind(listener, HERE)
    sys.listen(listener, 5)
    let urgent = 0
    sys.sigaction(SIGURG, { handler: () => { urgent++ } })
    await run(async () => {
      const client = sys.socket(AF_INET, SOCK_STREAM, 0) as number
      await process.connect(client, HERE)
      const served = await process.accept(listener) as number
      sys.fcntl(served, F_SETOWN, process.pid)
      sys.send(client, A, 0, 1, 0)
      await process.sleep(1)
      expect(urgent).toBe(0)
      sys.send(client, A, 0, 1, MSG_OOB)
      await process.sleep(1)
    })
    expect(urgent).toBe(1)
  })
})

describe('waiting for many things (G4, G5)', () => {
  it('one connection wakes one of the accepting processes; with the herd, all of them', async () => {
    for (const isHerd of [false, true]) {
      const { run, process, sys, host, trace } = setup()
      host.thunderingHerd = isHerd
      const listener = sys.socket(AF_INET, SOCK_STREAM, 0) as number
      sys.bind(listener, HERE)
      sys.listen(listener, 64)
      for (let i = 0; i < 8; i++) process.fork(async child => { await child.accept(listener) })
      let wakes = 0
      await run(async () => {
        await process.sleep(1)
        trace.listen(event => { if (event.name === 'wake' && event.call === 'accept') wakes++ })
        await process.connect(sys.socket(AF_INET, SOCK_STREAM, 0) as number, HERE)
        await process.sleep(1)
      })
      expect(wakes).toBe(isHerd ? 8 : 1)
    }
  })

  it('select cuts its sets down, and knows bad descriptors', async () => {
    const { run, process, sys, pair } = setup()
    const [a, b] = pair()
    const [read, write] = [new Set([a, b]), new Set([a])]
    expect([sys.select(b + 1, { read, write }), [...read], [...write]]).toEqual([1, [], [a]])
    expect([sys.select(50, { read: new Set([40]) }), sys.select(-1, {})]).toEqual(['EBADF', 'EINVAL'])
    process.fork(async child => {
      await child.sleep(3)
      child.sys.send(a, A, 0, 1, 0)
    })
    const waiting = new Set([b])
    expect(await run(() => process.select(b + 1, { read: waiting }, -1))).toBe(1)
    expect([...waiting]).toEqual([b])
    expect(await run(() => process.select(a + 1, { read: new Set([a]) }, 5))).toBe(0)
  })

  it('eventfd counts, timerfd expires, both can be polled', async () => {
    const { run, process, sys } = setup()
    const eight = new Uint8Array(8)
    const count = (): bigint => new DataView(eight.buffer).getBigUint64(0, true)
    const event = sys.eventfd(3, O_NONBLOCK) as number
    expect([sys.read(event, eight), count(), sys.read(event, eight), sys.read(event, eight, 0, 4)]).toEqual([8, 3n, 'EAGAIN', 'EINVAL'])
    const semaphore = sys.eventfd(2, EFD_SEMAPHORE) as number
    expect([sys.read(semaphore, eight), count(), sys.read(semaphore, eight), sys.read(semaphore, eight)]).toEqual([8, 1n, 8, 'EAGAIN'])
    const timer = sys.timerfd_create(1) as number
    expect(sys.timerfd_settime(timer, 0, { valueUs: 10_000, intervalUs: 5000 })).toEqual({ valueUs: 0, intervalUs: 0 })
    expect(await run(() => process.read(timer, eight))).toBe(8)
    expect(count()).toBe(1n)
    await run(() => process.sleep(16))
    expect([sys.read(timer, eight), count(), sys.timerfd_gettime(timer)]).toEqual([8, 3n, { valueUs: 4000, intervalUs: 5000 }])
    // One that was to begin before it was set has missed some.
    sys.timerfd_settime(timer, TFD_TIMER_ABSTIME, { valueUs: 1000, intervalUs: 5000 })
    expect([await run(() => process.read(timer, eight)), count()]).toEqual([8, 6n])
    expect([sys.timerfd_settime(event, 0, { valueUs: 1, intervalUs: 0 }), sys.timerfd_create(99)]).toEqual(['EINVAL', 'EINVAL'])
  })

  it('sendmmsg and recvmmsg move several messages; MSG_WAITFORONE sleeps for the first only', async () => {
    const { run, process, sys, settle } = setup()
    const [server, client] = [sys.socket(AF_INET, SOCK_DGRAM, 0) as number, sys.socket(AF_INET, SOCK_DGRAM, 0) as number]
    sys.bind(server, HERE)
    const message = (length: number) => ({ header: { iov: [{ buffer: new Uint8Array(length), offset: 0, length }] }, length: 0 })
    sys.connect(client, HERE)
    expect(sys.sendmmsg(client, [message(1), message(2), message(3)], 0)).toBe(3)
    await settle()
    const got = [message(9), message(9), message(9), message(9)]
    expect(await run(() => process.recvmmsg(server, got, MSG_WAITFORONE))).toBe(3)
    expect(got.map(each => each.length)).toEqual([1, 2, 3, 0])
    expect(sys.recvmmsg(server, got, MSG_DONTWAIT)).toBe('EAGAIN')
  })

  it('relative paths begin at the working directory (H1)', () => {
    const { sys, host } = setup()
    const fd = sys.socket(AF_UNIX, SOCK_STREAM, 0) as number
    expect([sys.chdir('/nowhere'), sys.chdir('tmp/../tmp'), sys.getcwd()]).toEqual(['ENOENT', 0, '/tmp'])
    expect(sys.bind(fd, { family: 'AF_UNIX', path: 'here', abstract: false })).toBe(0)
    expect(sys.getsockname(fd)).toEqual({ family: 'AF_UNIX', path: 'here', abstract: false })
    expect(typeof host.files.lookup('/tmp/here', '/')).toBe('object')
  })
})

describe('the signal mask (sigprocmask)', () => {
  it('holds signals up, each kind once, until they are let through; a child inherits the mask, not what waits', async () => {
    const { run, process, sys, settle } = setup()
    const came: string[] = []
    const handler = (signal: number, { senderPid }: { senderPid?: number }): void => { came.push(`${signal} from ${senderPid}`) }
    for (const signal of [SIGUSR1, SIGTERM]) sys.sigaction(signal, { handler })
    expect(sys.sigprocmask(SIG_BLOCK, [SIGTERM, SIGUSR1, SIGKILL])).toEqual([])
    expect(sys.sigprocmask(SIG_BLOCK)).toEqual([SIGUSR1, SIGTERM])
    for (const signal of [SIGTERM, SIGUSR1, SIGUSR1]) expect(sys.kill(process.pid, signal)).toBe(0)
    const child = await run(async () => {
      process.fork(each => {
        came.push(`child ${each.sys.sigprocmask(SIG_BLOCK)} ${each.sys.sigpending()}`)
      })
      return process.waitpid(-1)
    })
    expect(child).toEqual([expect.any(Number), 0])
    expect(sys.sigpending()).toEqual([SIGUSR1, SIGTERM])
    expect(sys.sigprocmask(SIG_UNBLOCK, [SIGUSR1])).toEqual([SIGUSR1, SIGTERM])
    sys.sigaction(SIGTERM, { handler: 'SIG_IGN' })
    expect(sys.sigprocmask(SIG_SETMASK, [])).toEqual([SIGTERM])
    await settle()
    expect(came).toEqual([`child ${SIGUSR1},${SIGTERM} `, `${SIGUSR1} from ${process.pid}`])
    expect(sys.sigprocmask(7, [])).toBe('EINVAL')
    expect(sys.sigprocmask(SIG_BLOCK, [65])).toBe('EINVAL')
  })

  it('lets a sleeping call sleep on', async () => {
    const { run, process, sys, pair } = setup()
    const [a, b] = pair()
    sys.sigaction(SIGUSR1, { handler: () => { /* comes later */ } })
    sys.sigprocmask(SIG_BLOCK, [SIGUSR1])
    const count = await run(async () => {
      const reading = process.recv(b, new Uint8Array(4), 0, 4, 0)
      sys.kill(process.pid, SIGUSR1)
      await process.sleep(5)
      sys.send(a, A, 0, 1, 0)
      return reading
    })
    expect(count).toBe(1)
  })
})
