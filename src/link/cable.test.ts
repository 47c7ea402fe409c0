import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../base/random.ts'
import { instant } from '../base/time.ts'
import { Trace } from '../base/trace.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { checksumIsGood, superSegment } from '../../test/support/super-segment.ts'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { Cable } from './cable.ts'
import type { CableOptions } from './cable.ts'
import { parseImpair } from './impair-spec.ts'
import { transmit } from './transmit.ts'

function plug(impair: string, options: Partial<CableOptions> = {}) {
  const memory = new PacketMemory({ bytes: 1 << 25 })
  const clock = new VirtualClock()
  const trace = new Trace()
  const seed = new SeededRandom(7)
  const drops: string[] = []
  trace.listen(event => { if (event.name === 'drop') drops.push(`${event.host} ${event.reason}`) })
  const env = (host: string) => ({ host, trace, now: () => clock.now() })
  const plan = parseImpair(impair === '' ? 'delay 0' : impair)
  if (typeof plan === 'string') throw new Error(plan)
  const cable = new Cable({
    clock, random: [seed.fork('there'), seed.fork('back')], impair: [plan.out, plan.in],
    ends: [{ name: 'eth0', address: undefined, env: env('a') }, { name: 'eth0', address: undefined, env: env('b') }],
    medium: 'ip', ...options,
  })
  const arrived: { at: number, bytes: Uint8Array, checksum: number, isGood: boolean }[] = []
  cable.b.receiver = {
    receive: (packet: Packet) => {
      packet.networkAt = packet.start + (cable.b.medium === 'ethernet' ? 14 : 0)
      packet.transportAt = packet.networkAt + 20
      arrived.push({ at: clock.now(), bytes: packet.bytes(), checksum: packet.checksum, isGood: checksumIsGood(packet) })
      packet.release()
    },
    endBatch: () => { /* nobody answers */ },
  }
  const send = (payloadLength: number, id = 1, gsoSize = 1460) => {
    const { packet } = superSegment(memory, {
      family: 4, protocol: 'tcp', payloadLength, gsoSize, options: 0, ethernet: options.medium === 'ethernet', flags: 0x10, seq: id, identification: id,
    })
    return transmit(cable.a, packet, cable.a.env)
  }
  return { memory, clock, cable, arrived, drops, send, run: (until = 10_000_000) => { clock.advanceTo(instant(until)) } }
}

const shape = (each: { at: number, bytes: Uint8Array, checksum: number }) => [each.at, each.bytes.length, each.checksum]

describe('a cable', () => {
  it('that only delays passes super-segments as they are, and several in one instant', () => {
    const { arrived, send, run, memory } = plug('delay 20ms')
    send(3000)
    send(10)
    run()
    expect(arrived.map(shape)).toEqual([[20_000, 3040, CHECKSUM_PARTIAL], [20_000, 50, CHECKSUM_PARTIAL]])
    expect(memory.leakReport()).toEqual([])
  })

  it('with a rate cuts super-segments and spaces packets by their length', () => {
    const { arrived, send, run } = plug('rate 12mbit')
    send(2920)
    run()
    expect(arrived.map(shape)).toEqual([[1000, 1500, CHECKSUM_NONE], [2000, 1500, CHECKSUM_NONE]])
  })

  it('loses, duplicates and reorders at the asked share, the same way for the same seed', () => {
    const play = () => {
      const { arrived, send, run, drops, memory } = plug('delay 10ms loss 10% duplicate 5% reorder 3%')
      for (let id = 0; id < 3000; id++) send(100, id)
      run()
      expect(memory.leakReport()).toEqual([])
      const early = arrived.filter(each => each.at === 0).length
      return { count: arrived.length, lost: drops.length, early, ids: arrived.map(each => each.bytes[7]).join() }
    }
    const first = play()
    expect(first.lost).toBeGreaterThan(240)
    expect(first.lost).toBeLessThan(360)
    expect(first.count).toBeGreaterThan(3000 - first.lost)
    expect(first.early).toBeGreaterThan(50)
    expect(play()).toEqual(first)
  })

  it('flips exactly one bit of the IP payload; without an FCS the checksum must find it', () => {
    const { arrived, send, run } = plug('corrupt 100%', { medium: 'ethernet', frameCheckSequence: false })
    const clean = plug('', { medium: 'ethernet', wireExact: true })
    for (let id = 0; id < 50; id++) {
      send(200, id)
      clean.send(200, id)
    }
    run()
    clean.run()
    expect(arrived).toHaveLength(50)
    arrived.forEach((each, i) => {
      expect(each.isGood).toBe(false)
      let flipped = 0
      each.bytes.forEach((byte, at) => {
        const changed = byte ^ clean.arrived[i].bytes[at]
        if (changed !== 0) expect(at).toBeGreaterThanOrEqual(34)
        for (let bits = changed; bits !== 0; bits &= bits - 1) flipped++
      })
      expect(flipped).toBe(1)
    })
  })

  it('with an FCS drops damaged frames at the far end and counts them', () => {
    const { arrived, send, run, cable, drops, memory } = plug('corrupt 100%', { medium: 'ethernet' })
    send(200)
    run()
    expect(arrived).toHaveLength(0)
    expect(cable.b.counters.rxErrors).toBe(1)
    expect(drops).toEqual(['b frame-check-sequence'])
    expect(memory.leakReport()).toEqual([])
  })

  it('pads short Ethernet frames to 60 bytes of zeros', () => {
    const { arrived, send, run } = plug('', { medium: 'ethernet' })
    send(0)
    run()
    expect(arrived[0].bytes).toHaveLength(60)
    expect([...arrived[0].bytes.subarray(54)]).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('has a limit on what may wait, and tells why it dropped', () => {
    const { arrived, send, run, drops } = plug('rate 1mbit limit 3')
    for (let id = 0; id < 10; id++) send(100, id)
    run()
    expect(arrived).toHaveLength(3)
    expect(drops).toEqual(Array.from({ length: 7 }, () => 'a impair-queue-full'))
  })

  it('can be simplex, half duplex, cut, or unplugged', () => {
    const simplex = plug('', { duplex: 'simplex' })
    const { packet } = superSegment(simplex.memory, {
      family: 4, protocol: 'tcp', payloadLength: 5, gsoSize: 1000, options: 0, ethernet: false, flags: 16, seq: 1, identification: 1,
    })
    transmit(simplex.cable.b, packet, simplex.cable.b.env)
    expect(simplex.drops).toEqual(['b link-direction'])

    const half = plug('rate 8mbit', { duplex: 'half' })
    const back = superSegment(half.memory, {
      family: 4, protocol: 'tcp', payloadLength: 960, gsoSize: 1000, options: 0, ethernet: false, flags: 16, seq: 1, identification: 1,
    }).packet
    transmit(half.cable.b, back, half.cable.b.env)
    half.send(960)
    half.run()
    expect(half.arrived[0].at).toBe(2000)

    const cut = plug('')
    cut.cable.partitioned = true
    expect(cut.send(10)).toBeUndefined()
    expect(cut.drops).toEqual(['a link-partitioned'])
    cut.cable.setCarrier(false)
    expect(cut.send(10)).toBe('device-down')
    for (const each of [simplex, half, cut]) expect(each.memory.leakReport()).toEqual([])
  })

  it('releases what is under way when it is closed', () => {
    const { send, cable, memory, clock } = plug('delay 10ms jitter 5ms')
    for (let id = 0; id < 20; id++) send(100, id)
    expect(cable.inFlight).toBe(20)
    cable.close()
    expect(memory.leakReport()).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
