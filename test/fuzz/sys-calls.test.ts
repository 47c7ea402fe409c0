import { describe, expect, it } from 'vitest'
import { IpAddress } from '../../src/base/address/ip.ts'
import { SeededRandom } from '../../src/base/random.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import type { Process } from '../../src/kernel/process.ts'
import { at } from '../support/calls.ts'
import { lone } from '../support/pair.ts'

const CALLS = Number(process.env.FUZZ_CALLS ?? 30_000)
/** A million calls take their time. */
const LIMIT_MS = 60_000 + CALLS * 4

function fuzz(process: Process, random: SeededRandom): unknown {
  const { sys } = process
  const pick = <T>(...from: readonly T[]): T => from[random.below(from.length)]
  const fd = (): number => pick(random.below(12), random.below(12), random.below(12), -1, 99)
  const number = (): number => pick(0, 1, 2, 3, -1, 7, 41, 65_536, 0x7fffffff, -0x80000000, random.next32())
  const buffer = new Uint8Array(pick(0, 1, 16, 3000, 70_000))
  const length = (): number => pick(buffer.length, 0, 1, -1, buffer.length + 1, random.below(buffer.length + 1))
  const address = (): SocketAddress => pick<SocketAddress>(at('127.0.0.1', random.below(5) + 4000), at('0.0.0.0', pick(0, 4000)), at('::1', 4001),
    at('::', pick(0, 4002)), at('9.9.9.9', 9), at('224.0.0.1', 4000), at('255.255.255.255', 1), { family: 'AF_UNSPEC' },
    { family: 'AF_UNIX', path: pick('/tmp/a', 'b', '', undefined), abstract: random.below(2) === 0 },
    { family: 'AF_PACKET', protocol: 0x800, interfaceIndex: pick(0, 1, 9), hardwareType: 1, packetType: 0, address: undefined },
    { family: 'AF_INET', address: IpAddress.LOOPBACK6, port: 4000 })
  const flags = (): number => pick(0, 0, 0x40, 1, 2, 0x20, 0x2000, 0x8000, 0x100, random.next32())
  const option = (): [number, number] => [pick(0, 1, 6, 17, 41, 255, 263, 99), random.below(110)]
  const iov = () => [{ buffer, offset: 0, length: length() }]
  const control = () => [{ level: pick(0, 1, 17, 41), type: pick(1, 2, 8, 103), data: new Uint8Array(random.below(24)) }]
  const programs = (): Uint8Array => Uint8Array.from({ length: 8 * random.below(6) },
    (_, at) => at % 8 === 0 ? pick(6, 0x20, 0x28, 0x30, 0x15, 0x61, 7)
      : at % 8 === 1 ? 0 : pick(0, 0, 1, 2, random.below(256)))
  const requests = (): Uint8Array => {
    const bytes = Uint8Array.from({ length: 48 }, () => pick(0, 0, 1, 2, 8, random.below(256)))
    bytes.set([pick(28, 32, 44, 16, 48), 0, 0, 0, 16 + random.below(16), 0, pick(1, 5), pick(0, 3, 6)])
    return bytes
  }
  return [
    () => sys.socket(pick(1, 2, 10, 17, 16, 99), pick(1, 2, 3, 5, 9, 1 | 0o4000, 77), pick(0, 0, 0, 1, 6, 17, 58, 255, 999)),
    () => sys.socketpair(pick(1, 2), pick(1, 2, 5), 0),
    () => sys.pipe(pick(0, 0o4000, 3)),
    () => sys.epoll_create(),
    () => sys.bind(fd(), address()),
    () => sys.connect(fd(), address()),
    () => sys.listen(fd(), number()),
    () => sys.accept(fd(), { address: undefined }, pick(0, 0o4000, 5)),
    () => sys.sendto(fd(), buffer, 0, length(), flags(), pick(undefined, address())),
    () => sys.send(fd(), buffer, 0, buffer.length, 0),
    () => sys.recvfrom(fd(), buffer, 0, length(), flags(), { address: undefined }),
    () => sys.recv(fd(), buffer, 0, buffer.length, 0),
    () => sys.read(fd(), buffer),
    () => sys.write(fd(), buffer),
    () => sys.shutdown(fd(), pick(0, 1, 2, 3)),
    () => sys.close(fd()),
    () => sys.dup(fd()),
    () => sys.dup2(fd(), pick(fd(), 5)),
    () => sys.fcntl(fd(), random.below(12), number()),
    () => sys.ioctl(fd(), pick(0x541b, 0x5411, 0x5421, 0x8905, number()), number()),
    () => sys.getsockname(fd()),
    () => sys.getpeername(fd()),
    () => sys.getsockopt(fd(), ...option(), pick(4, 0, 1, 8, 12, 16, 256, -1)),
    () => sys.setsockopt(fd(), ...option(), pick<Uint8Array | number>(number(), new Uint8Array(random.below(40)))),
    () => sys.poll([{ fd: fd(), events: number(), revents: 0 }]),
    () => sys.epoll_wait(fd(), [], pick(1, 10, 0)),
    () => sys.epoll_ctl(fd(), pick(1, 2, 3, 9), fd(), pick(undefined, { events: number(), data: 1 })),
    () => sys.sendmsg(fd(), { iov: [{ buffer, offset: 0, length: length() }], control: control() }, flags()),
    () => sys.recvmsg(fd(), { iov: [...iov(), ...iov()], controlLength: pick(0, 20, 100) }, flags()),
    () => sys.setsockopt(fd(), 1, 26, programs()),
    () => sys.setsockopt(fd(), 263, pick(1, 2, 5, 8, 10, 12, 23),
      new Uint8Array(Int32Array.from([pick(1, 4096), pick(1, 0), pick(0, 2048), 2]).buffer)),
    () => sys.mmap(fd(), pick(0, 4096, 8192, number())),
    () => sys.send(fd(), requests(), 0, 28 + random.below(20), 0),
    () => sys.bind(fd(), { family: 'AF_NETLINK', pid: pick(0, 7), groups: number() }),
    () => sys.sigprocmask(pick(0, 1, 2, 3), [pick(1, 10, 13, 64, 65, 0)]),
  ][random.below(35)]()
}

describe('system calls with nonsense', () => {
  it.each([1, 2, 3])('neither throw, nor hang, nor leak (seed %i)', async seed => {
    const { host, settle, memory } = lone(seed)
    const random = new SeededRandom(seed)
    host.setSysctl('net.ipv4.ping_group_range', '0 100')
    let process = host.spawn('fuzzed')
    for (let i = 0; i < CALLS; i++) {
      fuzz(process, random)
      if (i % 50 === 0) await settle(5)
      if (i % 500 === 499) {
        process.exit(0)
        process = host.spawn('fuzzed', { uid: i % 1000 === 999 ? 0 : 1000 })
      }
    }
    host.close()
    await settle(1000)
    expect(memory.leakReport()).toEqual([])
  }, LIMIT_MS)
})
