import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINKTYPE_ETHERNET, LINKTYPE_RAW, PcapngWriter, readCapture } from './pcap.ts'

function join(parts: readonly Uint8Array[]): Uint8Array { return Uint8Array.from(parts.flatMap(each => [...each])) }

describe('a pcapng file', () => {
  it('gives back what was written', () => {
    const packet = fc.record({
      interfaceId: fc.integer({ min: 0, max: 1 }), atUs: fc.integer({ min: 0, max: 2 ** 52 }), bytes: fc.uint8Array({ maxLength: 100 }),
      direction: fc.constantFrom('in' as const, 'out' as const, undefined),
      comment: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    })
    fc.assert(fc.property(fc.array(packet, { maxLength: 8 }), packets => {
      const parts: Uint8Array[] = []
      const writer = new PcapngWriter(bytes => { parts.push(bytes) })
      writer.addInterface('pc:eth0', LINKTYPE_ETHERNET)
      writer.addInterface('tün0', LINKTYPE_RAW)
      for (const { interfaceId, atUs, bytes, direction, comment } of packets) {
        const notes = { ...(direction && { direction }), ...(comment && { comment }) }
        writer.packet(interfaceId, atUs, bytes, { originalLength: bytes.length + 3, ...notes })
      }
      expect(readCapture(join(parts))).toEqual({
        interfaces: [{ name: 'pc:eth0', linkType: 1 }, { name: 'tün0', linkType: 101 }],
        packets: packets.map(each => ({ ...each, originalLength: each.bytes.length + 3 })),
      })
    }))
  })

  it('is refused with a sentence when it is cut short or something else', () => {
    const parts: Uint8Array[] = []
    const writer = new PcapngWriter(bytes => { parts.push(bytes) })
    writer.packet(writer.addInterface('a', LINKTYPE_RAW), 1, Uint8Array.of(1, 2, 3))
    const whole = join(parts)
    expect(readCapture(whole.subarray(0, whole.length - 4))).toMatch(/^capture: malformed block at byte \d+/)
    expect(readCapture(new Uint8Array(40))).toBe('capture: neither pcapng nor pcap')
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), noise => { readCapture(join([whole, noise])) }))
  })

  it('may be a classic pcap of either byte order', () => {
    const classic = (little: boolean) => {
      const view = new DataView(new ArrayBuffer(24 + 16 + 2))
      const words = [0xa1b2c3d4, 0x00020004, 0, 0, 65535, 1, 7, 5, 2, 60]
      words.forEach((word, i) => { view.setUint32(4 * i, word, little) })
      view.setUint16(40, 0xabcd)
      return new Uint8Array(view.buffer)
    }
    for (const little of [true, false]) {
      expect(readCapture(classic(little))).toEqual({
        interfaces: [{ name: '', linkType: 1 }],
        packets: [{
          interfaceId: 0, atUs: 7_000_005, bytes: Uint8Array.of(0xab, 0xcd), originalLength: 60, direction: undefined, comment: undefined,
        }],
      })
    }
  })
})
