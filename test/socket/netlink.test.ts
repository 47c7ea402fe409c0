import { describe, expect, it } from 'vitest'
import { AF_INET, AF_NETLINK, SOCK_DGRAM, SOCK_RAW, SOL_NETLINK } from '../../src/base/posix.ts'
import type { Process } from '../../src/kernel/process.ts'
import { World } from '../../src/sim/world.ts'
import { at } from '../support/calls.ts'

function pair() {
  const world = new World()
  const [a, b] = [world.host('a'), world.host('b')]
  const cable = world.cable(a, b, { addresses: ['198.18.0.1/24', '198.18.0.2/24'] })
  const process = a.spawn()
  return { world, cable, a, b, process, sys: process.sys }
}

function request(type: number, flags: number, body: readonly number[]): Uint8Array {
  return Uint8Array.of(16 + body.length, 0, 0, 0, type, 0, flags & 0xff, flags >> 8, 9, 0, 0, 0, 0, 0, 0, 0, ...body)
}

function open({ sys }: Process, ...groups: readonly number[]): number {
  const fd = sys.socket(AF_NETLINK, SOCK_RAW, 0) as number
  expect(sys.bind(fd, { family: 'AF_NETLINK', pid: 0, groups: 0 })).toBe(0)
  for (const group of groups) expect(sys.setsockopt(fd, SOL_NETLINK, 1, group)).toBe(0)
  return fd
}

/** Type and fixed part of each message that waits. */
function messages({ sys }: Process, fd: number): [number, string][] {
  const found: [number, string][] = []
  const room = new Uint8Array(8192)
  for (let count = sys.recv(fd, room, 0, room.length, 0); typeof count === 'number'; count = sys.recv(fd, room, 0, room.length, 0)) {
    const view = new DataView(room.buffer, 0, count)
    for (let place = 0; place < count; place += (view.getUint32(place, true) + 3) & ~3) {
      found.push([view.getUint16(place + 4, true), Buffer.from(room.subarray(place + 16, place + 28)).toString('hex')])
    }
  }
  return found
}

describe('the routing socket on a network (I4)', () => {
  it('tells of neighbours that answer, links that go, and what became of the routes asked for', async () => {
    const { world, cable, process, sys, b } = pair()
    const watch = open(process, 1, 3)
    const udp = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
    b.spawn()
    sys.sendto(udp, new Uint8Array(1), 0, 1, 0, at('198.18.0.2', 9))
    await world.runFor(10)
    // AF_INET, eth0: incomplete, then reachable.
    expect(messages(process, watch)).toEqual([[28, '020000000200000001000001'], [28, '020000000200000002000001']])
    cable.setCarrier(false)
    await world.runFor(10)
    const told = messages(process, watch)
    expect(told[0]).toEqual([16, '000001000200000003100000'])
    expect(told.map(([type]) => type)).toContain(29)
    const ask = open(process)
    const send = (bytes: Uint8Array): void => { expect(sys.send(ask, bytes, 0, bytes.length, 0)).toBe(bytes.length) }
    cable.setCarrier(true)
    // 198.19.0.0/16 via 198.18.0.2, then the way to 198.19.1.1.
    send(request(24, 0x605, [2, 16, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0, 8, 0, 1, 0, 198, 19, 0, 0, 8, 0, 5, 0, 198, 18, 0, 2]))
    expect(messages(process, ask)).toEqual([[2, '000000002c00000018000506']])
    send(request(26, 1, [2, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 0, 198, 19, 1, 1]))
    expect(messages(process, ask)).toEqual([[24, '02200000fe00000100020000']])
    send(request(25, 5, [2, 16, 0, 0, 254, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 0, 198, 19, 0, 0]))
    expect(messages(process, ask)[0][1].slice(0, 8)).toBe('00000000')
    // eth0 down: ENETUNREACH from then on.
    send(request(19, 5, [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]))
    expect(messages(process, ask)[0][1].slice(0, 8)).toBe('00000000')
    expect(sys.sendto(udp, new Uint8Array(1), 0, 1, 0, at('198.18.0.2', 9))).toBe('ENETUNREACH')
    world.close()
  })

  it('loses what nobody reads, and says so once', async () => {
    const { world, a, process, sys } = pair()
    const watch = open(process, 5)
    const device = a.namespace.device(2)
    if (device === undefined) throw new Error('no eth0')
    sys.setsockopt(watch, 1, 8, 2000)
    for (let i = 1; i < 20; i++) a.addAddress(device, `198.18.${i}.1/24`)
    const room = new Uint8Array(4096)
    expect(sys.recv(watch, room, 0, 4096, 0)).toBe('ENOBUFS')
    expect(messages(process, watch).length).toBeGreaterThan(2)
    const user = a.spawn('user', { uid: 1000 })
    const fd = open(user)
    const body = request(20, 0x605, [2, 24, 0, 0, 2, 0, 0, 0, 8, 0, 2, 0, 198, 18, 99, 1])
    user.sys.send(fd, body, 0, body.length, 0)
    expect(messages(user, fd)[0][1].slice(0, 8)).toBe('ffffffff')
    await world.runFor(1)
    world.close()
  })

  it('takes rules that ask for a mark, and refuses those that ask for what no rule here looks at', () => {
    const { a, process, sys } = pair()
    const ask = open(process)
    const answer = (type: number, header: readonly number[], attributes: readonly number[]): string => {
      const bytes = request(type, 0x605, [...header, 1, 0, 0, 0, 0, ...attributes])
      expect(sys.send(ask, bytes, 0, bytes.length, 0)).toBe(bytes.length)
      return messages(process, ask)[0][1].slice(0, 8)
    }
    const [plain, bySource, byService] = [[2, 0, 0, 0, 7, 0, 0], [2, 0, 8, 0, 7, 0, 0], [2, 0, 0, 4, 7, 0, 0]]
    const mark = [8, 0, 10, 0, 5, 0, 0, 0]
    expect(answer(32, plain, mark)).toBe('00000000')
    expect(a.ip.rules()).toEqual([{ family: 4, priority: 32765, mark: 5, mask: -1, table: 7 }])
    expect(answer(32, bySource, [...mark, 8, 0, 2, 0, 10, 0, 0, 0])).toBe('a1ffffff') // EOPNOTSUPP
    expect(answer(32, byService, mark)).toBe('a1ffffff')
    expect(answer(32, plain, [...mark, 8, 0, 3, 0, 108, 111, 0, 0])).toBe('a1ffffff') // what comes by lo
    expect(answer(33, bySource, [8, 0, 2, 0, 10, 0, 0, 0])).toBe('feffffff') // ENOENT
    expect(a.ip.rules()).toHaveLength(1)
    expect(answer(33, plain, mark)).toBe('00000000')
    expect(a.ip.rules()).toEqual([])
  })
})
