import { describe, expect, it } from 'vitest'
import { instant } from '../base/time.ts'
import { Trace } from '../base/trace.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { checksumIsGood, superSegment } from '../../test/support/super-segment.ts'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { LoopbackDevice } from './loopback.ts'
import type { DeviceReceiver, NetDevice } from './net-device.ts'
import { createPipe } from './pipe.ts'
import { transmit } from './transmit.ts'

class Collector implements DeviceReceiver {
  readonly packets: Packet[] = []
  batches = 0
  receive(packet: Packet): void { this.packets.push(packet) }
  endBatch(): void { this.batches++ }
  release(): void { for (const each of this.packets.splice(0)) each.release() }
}

function setUp() {
  const memory = new PacketMemory({ bytes: 1 << 21 })
  const clock = new VirtualClock()
  const trace = new Trace()
  const frames: string[] = []
  trace.observe({
    frame: (at, host, device, direction, _bytes, _offset, length, drop) => { frames.push(`${at} ${host} ${device} ${direction} ${length} ${drop ?? ''}`.trim()) },
  })
  const env = { host: 'a', trace, now: () => clock.now() }
  const tcp = (payloadLength: number) => superSegment(memory, {
    family: 4, protocol: 'tcp', payloadLength, gsoSize: 1000, options: 0, ethernet: false, flags: 0x18, seq: 1, identification: 1,
  }).packet
  return { memory, clock, env, frames, tcp }
}

function listen(device: NetDevice): Collector {
  const collector = new Collector()
  device.receiver = collector
  return collector
}

describe('transmit', () => {
  it('hands super-segments and unfinished checksums to a device that takes them, as they are', () => {
    const { memory, clock, env, frames, tcp } = setUp()
    const [a, b] = createPipe({ clock })
    const arrived = listen(b)
    expect(transmit(a, tcp(2500), env)).toBeUndefined()
    expect(arrived.packets).toHaveLength(0) // never synchronously
    clock.advanceTo(clock.now())
    expect(arrived.packets.map(each => [each.length, each.checksum, each.gsoSize])).toEqual([[2540, CHECKSUM_PARTIAL, 1000]])
    expect(arrived.batches).toBe(1)
    expect(a.counters.txPackets).toBe(3)
    expect(frames).toEqual(['0 a pipe0 out 2540'])
    arrived.release()
    expect(memory.leakReport()).toEqual([])
  })

  it('cuts and completes for a wire-exact device', () => {
    const { memory, clock, env, frames, tcp } = setUp()
    const [a, b] = createPipe({ clock, wireExact: true })
    const arrived = listen(b)
    transmit(a, tcp(2500), env)
    clock.advanceTo(instant(5))
    const shapes = arrived.packets.map(each => [each.length, each.checksum])
    expect(shapes).toEqual([[1040, CHECKSUM_NONE], [1040, CHECKSUM_NONE], [540, CHECKSUM_NONE]])
    for (const each of arrived.packets) {
      each.networkAt = each.start
      each.transportAt = each.start + 20
      expect(checksumIsGood(each)).toBe(true)
    }
    expect(frames).toHaveLength(3)
    arrived.release()
    expect(memory.leakReport()).toEqual([])
  })

  it('says why a packet did not leave, and shows it to observers', () => {
    const { memory, clock, env, frames, tcp } = setUp()
    const [a, b] = createPipe({ clock })
    a.up = false
    expect(transmit(a, tcp(100), env)).toBe('device-down')
    expect(a.counters.txDropped).toBe(1)
    expect(frames).toEqual(['0 a pipe0 out 140 device-down'])
    b.mtu = 100
    b.features = a.features
    expect(transmit(b, tcp(100), env)).toBe('frame-too-long')
    expect(memory.leakReport()).toEqual([])
  })

  it('shows taps what leaves', () => {
    const { clock, env, tcp } = setUp()
    const lo = new LoopbackDevice(clock)
    const arrived = listen(lo)
    const seen: number[] = []
    lo.addTap({ frameIn: () => { seen.push(-1) }, frameOut: packet => { seen.push(packet.length) } })
    transmit(lo, tcp(10), env)
    clock.advanceTo(clock.now())
    expect(seen).toEqual([50])
    expect(arrived.packets[0].deviceIndex).toBe(lo.index)
    arrived.release()
  })
})
