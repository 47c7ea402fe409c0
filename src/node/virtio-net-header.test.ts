import { describe, expect, it } from 'vitest'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL, CHECKSUM_UNNECESSARY, GSO_NONE, GSO_TCP4, GSO_TCP6, GSO_UDP } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { pushVirtioNetHeader, takeVirtioNetHeader, VIRTIO_NET_HEADER_BYTES } from './virtio-net-header.ts'

const FRAME = { eth: 14, ip: 20, tcp: 32 } as const

function frame(payload: number): Packet {
  const packet = new PacketMemory({ bytes: 1 << 20 }).allocate(FRAME.eth + FRAME.ip + FRAME.tcp + payload)
  if (packet === undefined) throw new Error('no memory')
  const at = packet.put(FRAME.eth + FRAME.ip + FRAME.tcp + payload)
  packet.u8[at + FRAME.eth + FRAME.ip + 12] = FRAME.tcp / 4 << 4
  return packet
}

function marks(packet: Packet): object {
  const { checksum, gsoType, gsoSize, gsoSegs } = packet
  const [checksumStart, checksumAt] = [packet.checksumStart - packet.start, packet.checksumAt - packet.start]
  return { checksum, gsoType, gsoSize, gsoSegs, checksumStart, checksumAt }
}

describe('virtio-net header', () => {
  it('carries a super-segment there and back', () => {
    for (const gsoType of [GSO_TCP4, GSO_TCP6] as const) {
      const packet = frame(4000)
      packet.checksum = CHECKSUM_PARTIAL
      packet.checksumStart = packet.start + FRAME.eth + FRAME.ip
      packet.checksumAt = packet.checksumStart + 16
      packet.gsoType = gsoType
      packet.gsoSize = 1448
      packet.gsoSegs = 3
      const before = marks(packet)
      pushVirtioNetHeader(packet)
      expect(Array.from(packet.bytes().subarray(0, VIRTIO_NET_HEADER_BYTES))).toEqual(
        [1, gsoType === GSO_TCP4 ? 1 : 4, 66, 0, 1448 & 255, 1448 >> 8, 34, 0, 16, 0, 0, 0])
      packet.pull(VIRTIO_NET_HEADER_BYTES)
      packet.checksum = CHECKSUM_NONE
      packet.gsoType = GSO_NONE
      packet.gsoSegs = 0
      expect(takeVirtioNetHeader(packet)).toBe(true)
      expect(marks(packet)).toEqual(before)
    }
  })

  it('tells the kernel of CWR, which only the first piece may carry', () => {
    const packet = frame(4000)
    packet.checksum = CHECKSUM_PARTIAL
    packet.checksumStart = packet.start + FRAME.eth + FRAME.ip
    packet.checksumAt = packet.checksumStart + 16
    packet.u8[packet.checksumStart + 13] = 0x90
    packet.gsoType = GSO_TCP4
    packet.gsoSize = 1448
    pushVirtioNetHeader(packet)
    expect(packet.bytes()[1]).toBe(0x81)
  })

  it('knows UDP super-segments by their eight header bytes', () => {
    const packet = frame(4000)
    packet.checksum = CHECKSUM_PARTIAL
    packet.checksumStart = packet.start + FRAME.eth + FRAME.ip
    packet.checksumAt = packet.checksumStart + 6
    packet.gsoType = GSO_UDP
    packet.gsoSize = 1000
    pushVirtioNetHeader(packet)
    expect(Array.from(packet.bytes().subarray(0, 6))).toEqual([1, 5, 42, 0, 1000 & 255, 1000 >> 8])
  })

  it('believes the device that has verified a checksum, and nobody else', () => {
    const packet = frame(100)
    packet.u8.fill(0, packet.start - VIRTIO_NET_HEADER_BYTES, packet.start)
    expect(takeVirtioNetHeader(packet)).toBe(true)
    expect(packet.checksum).toBe(CHECKSUM_NONE)
    packet.u8[packet.start - VIRTIO_NET_HEADER_BYTES] = 2
    expect(takeVirtioNetHeader(packet)).toBe(true)
    expect(packet.checksum).toBe(CHECKSUM_UNNECESSARY)
  })

  it.each([
    ['a checksum field behind the end', [1, 0, 0, 0, 0, 0, 0xff, 0xff, 16, 0]],
    ['a piece of no size', [1, 1, 66, 0, 0, 0, 34, 0, 16, 0]],
    ['an unknown kind of super-segment', [1, 9, 66, 0, 100, 0, 34, 0, 16, 0]],
    ['a super-segment without a checksum to complete', [0, 1, 66, 0, 100, 0, 34, 0, 16, 0]],
  ])('refuses %s', (_what, header) => {
    const packet = frame(100)
    packet.u8.set(header, packet.start - VIRTIO_NET_HEADER_BYTES)
    expect(takeVirtioNetHeader(packet)).toBe(false)
  })
})
