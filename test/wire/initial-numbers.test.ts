// Initial sequence numbers (RFC 9293 3.4.1, RFC 6528): a clock, and a secret of each host over each four-tuple.

import { expect, it } from 'vitest'
import { octetPeer } from '../support/octet-peer.ts'
import { seededSource } from '../../src/base/random.ts'
import { createHost } from '../../src/kernel/host.ts'
import { lone } from '../support/pair.ts'

/** The number our SYN-ACK begins with; the request is reset again. */
function answered(peer: ReturnType<typeof octetPeer>, peerPort: number, source = '198.18.0.2', port = 80): number {
  peer.arrive({ flags: 'S', seq: 5, peerPort, source, port })
  const [{ seq }] = peer.take()
  peer.arrive({ flags: 'R', seq: 6, peerPort, source, port })
  return seq
}

it('of one four-tuple grow by one every four microseconds [RFC 9293 MUST-8]', async () => {
  const peer = octetPeer()
  peer.listen()
  const first = answered(peer, 40000)
  expect(answered(peer, 40000) - first | 0).toBe(0)
  await peer.settle(1000)
  expect(answered(peer, 40000) - first | 0).toBe(250_000)
  await peer.settle(9000)
  expect(answered(peer, 40000) - first | 0).toBe(2_500_000)
})

it('change with each of both addresses and ports, by more than the clock [RFC 9293 SHLD-1]', () => {
  const peer = octetPeer({}, ['198.18.0.1/24', '198.18.0.9/24'])
  peer.listen(80)
  peer.listen(81)
  const numbers = [
    answered(peer, 40000), answered(peer, 40001), answered(peer, 40000, '198.18.0.3'), answered(peer, 40000, '198.18.0.2', 81),
  ]
  peer.arrive({ flags: 'S', seq: 5, destination: '198.18.0.9' })
  numbers.push(peer.take()[0].seq)
  for (const [i, one] of numbers.entries()) {
    for (const other of numbers.slice(i + 1)) expect(Math.abs(one - other | 0)).toBeGreaterThan(1_000_000)
  }
})

it('differ from host to host: what one says tells nothing of another [RFC 9293 MUST-9]', () => {
  const { stage, memory, trace } = lone()
  const secrets = ['one', 'two', 'three'].map(seed => {
    const host = createHost({ name: 'same', clock: stage.clock, random: seededSource(seed), memory, trace })
    return host.tcp.env.secret.join()
  })
  expect(new Set(secrets).size).toBe(3)
  // And the same question to hosts of different chance is answered differently.
  const numbers = [1, 2].map(seed => {
    const peer = octetPeer({}, undefined, seed)
    peer.listen()
    return answered(peer, 40000)
  })
  expect(Math.abs(numbers[0] - numbers[1] | 0)).toBeGreaterThan(1_000_000)
})

it('timestamps begin at an offset of each pair of addresses and host, and go on from there [RFC 7323 7.1, RFC 7323 5.4]', async () => {
  const stampOf = (peer: ReturnType<typeof octetPeer>, source: string): number => {
    peer.arrive({ flags: 'S', seq: 5, source, options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0] })
    const [{ options }] = peer.take()
    const at = options.indexOf(8)
    peer.arrive({ flags: 'R', seq: 6, source })
    return options[at + 2] << 24 | options[at + 3] << 16 | options[at + 4] << 8 | options[at + 5]
  }
  const peer = octetPeer()
  peer.listen()
  const first = stampOf(peer, '198.18.0.2')
  expect(Math.abs(first - stampOf(peer, '198.18.0.3') | 0)).toBeGreaterThan(1_000_000)
  await peer.settle(5000)
  expect(stampOf(peer, '198.18.0.2') - first | 0).toBe(5000)
  const other = octetPeer({}, undefined, 7)
  other.listen()
  expect(Math.abs(first - stampOf(other, '198.18.0.2') | 0)).toBeGreaterThan(1_000_000)
})
