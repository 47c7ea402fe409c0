// A queue that marks instead of dropping (docs/impair.md, `mark`): DCTCP keeps it at the threshold, and nothing is lost.

import { describe, expect, it } from 'vitest'
import { AF_INET, SOCK_STREAM, SOL_TCP, TCP_CC_INFO, TCP_CONGESTION } from '../../src/base/posix.ts'
import { pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import { readTcpInfo } from '../../src/service/tcp-info.ts'
import { at, bytes } from '../support/calls.ts'

const CHUNK = 65_536
const SECONDS = 6
const RATE = 20e6
/** 20 ms of it are 33 frames. */
const PRODUCT = 33
const THRESHOLD = 9

async function flow(algorithm: string, mark: number) {
  const world = new World({ seed: 1, hashes: false })
  const drops: string[] = []
  world.trace.listen(event => { if (event.name === 'drop' && event.reason.startsWith('impair')) drops.push(event.reason) })
  const { a, b } = pair(world, { delay: '10ms', rate: RATE, limit: 200, mark })
  for (const host of [a, b]) host.namespace.sysctl.set('net.ipv4.tcp_ecn', '1')
  const [sender, receiver] = [a.spawn('source'), b.spawn('sink')]
  const listener = receiver.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  receiver.sys.bind(listener, at('0.0.0.0', 80))
  receiver.sys.listen(listener, 1)
  let received = 0
  const serve = async (): Promise<void> => {
    const fd = await receiver.accept(listener) as number
    const buffer = new Uint8Array(CHUNK)
    for (let got = await receiver.read(fd, buffer); typeof got === 'number' && got > 0; got = await receiver.read(fd, buffer)) received += got
  }
  void serve()
  const fd = sender.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  sender.sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, bytes(algorithm))
  const feed = async (): Promise<void> => {
    if (await sender.connect(fd, at('10.0.0.2', 80)) !== 0) return
    while (typeof await sender.write(fd, new Uint8Array(CHUNK)) === 'number');
  }
  void feed()
  await world.runFor(SECONDS * 1000)
  const info = readTcpInfo(sender.sys, fd)
  const own = sender.sys.getsockopt(fd, SOL_TCP, TCP_CC_INFO, 16)
  world.close()
  if (typeof info === 'string' || typeof own === 'string') throw new Error('TCP_INFO')
  expect(world.memory.leakReport()).toEqual([])
  return { use: received * 8 / SECONDS / RATE, cwnd: info.cwndSegs, retransmits: info.totalRetransmits, drops, own }
}

describe('a queue that marks', () => {
  it('holds DCTCP to the product and the threshold, without a loss (A4, E10)', async () => {
    const { use, cwnd, retransmits, drops, own } = await flow('dctcp', THRESHOLD)
    expect({ retransmits, drops }).toEqual({ retransmits: 0, drops: [] })
    expect(use).toBeGreaterThan(0.9)
    expect(cwnd).toBeGreaterThan(PRODUCT)
    expect(cwnd).toBeLessThan(PRODUCT + 2 * THRESHOLD)
    const alpha = new DataView(own.buffer, own.byteOffset).getUint32(4, true) / 1024
    expect(alpha).toBeGreaterThan(0.1)
    expect(alpha).toBeLessThan(0.5)
  })

  it('without marks the window grows as far as the queue bears', async () => {
    const { cwnd, own } = await flow('reno', 0)
    expect(own).toHaveLength(0)
    expect(cwnd).toBeGreaterThan(PRODUCT + 2 * THRESHOLD)
  })

  it('halves Reno by RFC 3168 without a loss', async () => {
    const { cwnd, retransmits, drops } = await flow('reno', THRESHOLD)
    expect({ retransmits, drops }).toEqual({ retransmits: 0, drops: [] })
    expect(cwnd).toBeLessThan(PRODUCT + 2 * THRESHOLD)
  })
})
