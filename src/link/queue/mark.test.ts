import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finish, sumBytes } from '../../base/checksum.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { markCongestion } from './mark.ts'

const IPV4_BYTES = 20

describe('marking congestion', () => {
  const memory = new PacketMemory({ bytes: 1 << 16 })
  const packetOf = (bytes: Uint8Array) => {
    const packet = memory.allocate(bytes.length)
    if (packet === undefined) throw new Error('no packet memory')
    packet.putBytes(bytes)
    return packet
  }

  it('leaves an IPv4 header whose checksum is right, and every other byte as it was', () => {
    const headers = fc.uint8Array({ minLength: IPV4_BYTES, maxLength: IPV4_BYTES })
    fc.assert(fc.property(headers, fc.integer({ min: 0, max: 3 }), (header, ecn) => {
      header[0] = 0x45
      header[1] = header[1] & 0xfc | ecn
      header.fill(0, 10, 12)
      const sum = finish(sumBytes(header, 0, IPV4_BYTES))
      header.set([sum >>> 8, sum & 0xff], 10)
      const packet = packetOf(header)
      expect(markCongestion(packet, false)).toBe(ecn !== 0)
      const after = memory.u8.slice(packet.start, packet.end)
      packet.release()
      expect(after[1] & 3).toBe(ecn === 0 ? 0 : 3)
      expect(finish(sumBytes(after, 0, IPV4_BYTES))).toBe(0)
      after[1] = header[1]
      after.set(header.subarray(10, 12), 10)
      expect(after).toEqual(header)
    }))
  })

  it.each([[0, false], [1, true], [2, true], [3, true]])('finds the traffic class of IPv6: ECN field %d', (ecn, isMarked) => {
    const header = new Uint8Array(40)
    header.set([0x6a, 0x8f | ecn << 4], 0)
    const packet = packetOf(header)
    expect(markCongestion(packet, false)).toBe(isMarked)
    expect([...memory.u8.slice(packet.start, packet.start + 2)]).toEqual([0x6a, isMarked ? 0xbf : 0x8f])
    packet.release()
  })

  it('leaves alone what is not IP, and what is too short', () => {
    const arp = new Uint8Array(42).fill(3)
    for (const bytes of [arp, Uint8Array.of(0x45, 1), Uint8Array.of(0x60, 0xff)]) {
      const packet = packetOf(bytes)
      expect(markCongestion(packet, bytes === arp)).toBe(false)
      expect(memory.u8.slice(packet.start, packet.end)).toEqual(bytes)
      packet.release()
    }
    expect(memory.leakReport()).toEqual([])
  })
})
