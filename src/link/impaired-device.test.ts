import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../base/random.ts'
import { instant } from '../base/time.ts'
import { Trace } from '../base/trace.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { superSegment } from '../../test/support/super-segment.ts'
import { CHECKSUM_NONE } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { parseImpair } from './impair-spec.ts'
import { impair } from './impaired-device.ts'
import { createPipe } from './pipe.ts'
import { transmit } from './transmit.ts'

describe('an impairment queue in front of a device', () => {
  it('hits wire packets in both directions, each by its own figures', () => {
    const memory = new PacketMemory({ bytes: 1 << 22 })
    const clock = new VirtualClock()
    const trace = new Trace()
    const drops: string[] = []
    trace.listen(event => { if (event.name === 'drop') drops.push(event.reason) })
    const env = { host: 'a', trace, now: () => clock.now() }
    const [inner, far] = createPipe({ clock, medium: 'ethernet' })
    const plan = parseImpair('delay 5ms in:delay 20ms in:corrupt 100% out:loss 100%')
    if (typeof plan === 'string') throw new Error(plan)
    const seed = new SeededRandom(3)
    const device = impair(inner, plan, { clock, random: [seed.fork('out'), seed.fork('in')], env })
    const arrived: string[] = []
    const collect = (name: string) => ({
      receive: (packet: Packet) => {
        arrived.push(`${name} ${clock.now()} ${packet.length} ${packet.checksum === CHECKSUM_NONE ? 'to verify' : 'vouched for'}`)
        packet.release()
      },
      endBatch: () => { /* silent */ },
    })
    device.receiver = collect('in')
    far.receiver = collect('out')
    const make = () => superSegment(memory, {
      family: 4, protocol: 'tcp', payloadLength: 1500, gsoSize: 1000, options: 0, ethernet: true, flags: 16, seq: 1, identification: 1,
    }).packet
    expect(device.features).toEqual({ txChecksum: false, tso: false, uso: false })
    transmit(device, make(), env)
    transmit(far, make(), env) // a super-segment with an unfinished checksum comes in
    clock.advanceTo(instant(100_000))
    expect(arrived).toEqual(['in 20000 1054 to verify', 'in 20000 554 to verify'])
    expect(drops).toEqual(['impair-loss', 'impair-loss'])
    far.close()
    expect(device.carrier).toBe(false)
    expect(memory.leakReport()).toEqual([])
  })
})
