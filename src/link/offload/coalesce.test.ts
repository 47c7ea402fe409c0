import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../sim/virtual-clock.ts'
import { superSegment } from '../../../test/support/super-segment.ts'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { createPipe } from '../pipe.ts'
import { Coalescer } from './coalesce.ts'
import { completeChecksum } from './complete.ts'
import { locateHeaders } from './locate.ts'
import { segment } from './segment.ts'

function wirePackets(first: Packet | undefined): Packet[] {
  const all: Packet[] = []
  for (let each = first; each !== undefined;) {
    const next: Packet | undefined = each.next
    each.next = undefined
    completeChecksum(each)
    all.push(each)
    each = next
  }
  return all
}

function setUp(medium: 'ethernet' | 'ip' = 'ip') {
  const memory = new PacketMemory({ bytes: 1 << 21 })
  const [device] = createPipe({ clock: new VirtualClock(), medium })
  const out: Packet[] = []
  const coalescer = new Coalescer({ receive: packet => { out.push(packet) }, endBatch: () => { /* nothing answers */ } })
  type More = { family?: number, seq?: number, flags?: number, gsoSize?: number }
  const cut = (payloadLength: number, more: More = {}) => wirePackets(segment(
    superSegment(memory, {
      family: 4, protocol: 'tcp', payloadLength, gsoSize: 1000, options: 12, ethernet: medium === 'ethernet',
      flags: 0x18, seq: 100, identification: 5, ...more,
    }).packet))
  const give = (packets: Packet[]) => {
    for (const each of packets) coalescer.receive(each, device)
    coalescer.endBatch(device)
  }
  const drain = () => {
    const seen = out.map(each => ({ length: each.length, gsoSize: each.gsoSize, segs: each.gsoSegs, checksum: each.checksum }))
    for (const each of out.splice(0)) each.release()
    expect(memory.leakReport()).toEqual([])
    return seen
  }
  return { memory, device, coalescer, out, cut, give, drain }
}

describe('coalescing', () => {
  it('undoes segmentation byte for byte', () => {
    fc.assert(fc.property(fc.record({
      family: fc.constantFrom(4, 6), gsoSize: fc.integer({ min: 500, max: 1400 }), payloadLength: fc.integer({ min: 2000, max: 30_000 }),
      seq: fc.integer({ min: 0, max: 0xffffffff }), medium: fc.constantFrom<'ethernet' | 'ip'>('ethernet', 'ip'),
    }), ({ medium, payloadLength, ...more }) => {
      const { out, cut, give, drain } = setUp(medium)
      const before = cut(payloadLength, more)
      const bytes = before.map(each => each.bytes())
      give(before)
      expect(out).toHaveLength(1)
      expect(out[0].checksum).toBe(CHECKSUM_PARTIAL)
      const whole = out.pop()
      if (whole === undefined) return
      locateHeaders(whole, medium === 'ethernet')
      const again = wirePackets(segment(whole))
      expect(again.map(each => each.bytes())).toEqual(bytes)
      for (const each of again) each.release()
      drain()
    }), { numRuns: 40 })
  })

  it('merges nothing across a gap, a pure ACK, a FIN, or other options', () => {
    const { cut, give, drain } = setUp()
    const [a, lost, c] = cut(3000)
    lost.release()
    give([a, c])
    expect(drain().map(each => each.length)).toEqual([1052, 1052])

    const [first, second] = cut(2000)
    const [ack] = cut(0)
    give([first, ack, second])
    expect(drain().map(each => each.length)).toEqual([1052, 52, 1052])

    give(cut(2000, { flags: 0x19 }))
    expect(drain().map(each => each.length)).toEqual([1052, 1052])

    const [left, right] = cut(2000)
    right.memory.u8[right.start + 40] ^= 1
    give([left, right])
    expect(drain().map(each => each.length)).toEqual([1052, 1052])
  })

  it('leaves a damaged segment alone, so that TCP finds and counts it', () => {
    const { cut, give, drain } = setUp()
    const packets = cut(3000)
    packets[1].memory.u8[packets[1].end - 1] ^= 4
    give(packets)
    expect(drain().map(each => [each.length, each.checksum])).toEqual([[1052, CHECKSUM_NONE], [1052, CHECKSUM_NONE], [1052, CHECKSUM_NONE]])
  })

  it('ends a super-segment at PSH and at a short segment, and starts another', () => {
    const { cut, give, drain } = setUp()
    give([...cut(2500), ...cut(2000, { seq: 2600 })])
    expect(drain().map(each => [each.length, each.segs])).toEqual([[2552, 3], [2052, 2]])
  })

  it('keeps the batch of a flow under 64 KB', () => {
    const { cut, give, drain } = setUp()
    give([...cut(60_000, { flags: 0x10 }), ...cut(20_000, { seq: 60_100, flags: 0x10 })])
    const lengths = drain().map(each => each.length)
    expect(lengths.every(each => each <= 65535)).toBe(true)
    expect(lengths).toHaveLength(2)
  })
})
