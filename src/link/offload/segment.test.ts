import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL, GSO_NONE } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { completeChecksum } from './complete.ts'
import { segment } from './segment.ts'
import { checksumIsGood, superSegment } from '../../../test/support/super-segment.ts'
import type { SuperSegmentSpec } from '../../../test/support/super-segment.ts'

const spec: fc.Arbitrary<SuperSegmentSpec> = fc.record({
  family: fc.constantFrom(4, 6),
  protocol: fc.constantFrom('tcp', 'udp'),
  payloadLength: fc.integer({ min: 0, max: 20000 }),
  gsoSize: fc.integer({ min: 500, max: 1460 }),
  options: fc.constantFrom(0, 12, 20),
  ethernet: fc.boolean(),
  flags: fc.integer({ min: 0, max: 255 }),
  seq: fc.integer({ min: 0, max: 0xffffffff }),
  identification: fc.integer({ min: 0, max: 0xffff }),
})

function pieces(first: Packet | undefined): Packet[] {
  const all: Packet[] = []
  for (let each = first; each !== undefined; each = each.next) all.push(each)
  return all
}

describe('a super-segment that the device cannot cut itself', () => {
  it('is cut into packets whose payloads add up and whose lengths and checksums are right', () => {
    fc.assert(fc.property(spec, how => {
      const memory = new PacketMemory({ bytes: 1 << 20 })
      const { packet, payload } = superSegment(memory, how)
      const cut = pieces(segment(packet))
      expect(cut).toHaveLength(Math.max(1, Math.ceil(how.payloadLength / how.gsoSize)))
      const gathered: number[] = []
      for (const piece of cut) {
        const u8 = memory.u8
        const header = how.protocol === 'udp' ? 8 : (u8[piece.transportAt + 12] >>> 4) * 4
        gathered.push(...u8.subarray(piece.transportAt + header, piece.end))
        expect(piece.checksum).toBe(CHECKSUM_PARTIAL)
        expect(piece.gsoType).toBe(GSO_NONE)
        completeChecksum(piece)
        expect(piece.checksum).toBe(CHECKSUM_NONE)
        expect(checksumIsGood(piece)).toBe(true)
        const at = piece.networkAt
        if (how.family === 4) expect(u8[at + 2] << 8 | u8[at + 3]).toBe(piece.end - at)
        else expect(u8[at + 4] << 8 | u8[at + 5]).toBe(piece.end - at - 40)
        if (how.protocol === 'udp') expect(u8[piece.transportAt + 4] << 8 | u8[piece.transportAt + 5]).toBe(piece.end - piece.transportAt)
        piece.release()
      }
      expect(Uint8Array.from(gathered)).toEqual(payload)
      expect(memory.leakReport()).toEqual([])
    }), { numRuns: 50 })
  })

  it('numbers the pieces: sequence, identification; FIN and PSH on the last, CWR on the first', () => {
    const memory = new PacketMemory({ bytes: 1 << 20 })
    const { packet } = superSegment(memory, {
      family: 4, protocol: 'tcp', payloadLength: 2500, gsoSize: 1000, options: 12, ethernet: true, flags: 0x80 | 0x40 | 0x10 | 0x08 | 0x01,
      seq: 0xfffffff0, identification: 0xffff,
    })
    const u8 = memory.u8
    const seen = pieces(segment(packet)).map(each => {
      const at = each.transportAt
      const row = {
        seq: (u8[at + 4] << 24 | u8[at + 5] << 16 | u8[at + 6] << 8 | u8[at + 7]) >>> 0,
        flags: u8[at + 13], id: u8[each.networkAt + 4] << 8 | u8[each.networkAt + 5], length: each.length,
      }
      each.release()
      return row
    })
    expect(seen).toEqual([
      { seq: 0xfffffff0, flags: 0xd0, id: 0xffff, length: 14 + 20 + 32 + 1000 },
      { seq: 984, flags: 0x50, id: 0, length: 14 + 20 + 32 + 1000 },
      { seq: 1984, flags: 0x59, id: 1, length: 14 + 20 + 32 + 500 },
    ])
  })

  it('is released with all its pieces when memory runs out', () => {
    const memory = new PacketMemory({ bytes: 300_000 })
    const { packet } = superSegment(memory, {
      family: 4, protocol: 'tcp', payloadLength: 60_000, gsoSize: 536, options: 0, ethernet: true, flags: 0x10, seq: 1, identification: 1,
    })
    expect(segment(packet)).toBeUndefined()
    expect(memory.leakReport()).toEqual([])
  })
})
