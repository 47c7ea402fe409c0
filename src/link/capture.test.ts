import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../base/random.ts'
import { instant } from '../base/time.ts'
import { Trace } from '../base/trace.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { superSegment } from '../../test/support/super-segment.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { readCapture } from '../wire/pcap.ts'
import { describeTree, dissect } from '../wire/print/tree.ts'
import { Cable } from './cable.ts'
import { Capture } from './capture.ts'
import { parseImpair } from './impair-spec.ts'
import { transmit } from './transmit.ts'

function setUp(impair: string) {
  const memory = new PacketMemory({ bytes: 1 << 22 })
  const clock = new VirtualClock()
  const trace = new Trace()
  const seed = new SeededRandom(3)
  const plan = parseImpair(impair)
  if (typeof plan === 'string') throw new Error(plan)
  const env = (host: string) => ({ host, trace, now: () => clock.now() })
  const { a, b } = new Cable({
    clock, random: [seed.fork('there'), seed.fork('back')], impair: [plan.out, plan.in],
    ends: [{ name: 'eth0', address: undefined, env: env('pc') }, { name: 'eth0', address: undefined, env: env('web') }],
  })
  const parts: Uint8Array[] = []
  const capture = new Capture({ sink: bytes => { parts.push(bytes) }, now: () => clock.now() })
  capture.attach(a, 'pc')
  capture.attach(b, 'web')
  const send = (payloadLength: number) => transmit(a, superSegment(memory, {
    family: 4, protocol: 'tcp', payloadLength, gsoSize: 1000, options: 12, ethernet: true, flags: 0x18, seq: 1, identification: 1,
  }).packet, a.env)
  const file = () => {
    const read = readCapture(Uint8Array.from(parts.flatMap(each => [...each])))
    if (typeof read === 'string') throw new Error(read)
    return read
  }
  return { memory, clock, trace, capture, send, file, a, b }
}

describe('a capture', () => {
  it('shows super-segments as the packets a wire would carry, with finished checksums, and leaves the packet alone', () => {
    const { send, file, capture, memory, clock } = setUp('delay 1ms')
    send(2500)
    clock.advanceTo(instant(500))
    expect(memory.inUse).toBe(1) // the super-segment itself, under way
    clock.advanceTo(instant(5000))
    capture.close()
    const { interfaces, packets } = file()
    expect(interfaces.map(each => each.name)).toEqual(['pc:eth0', 'web:eth0'])
    expect(packets.map(each => [each.interfaceId, each.atUs, each.direction, each.bytes.length])).toEqual([
      [0, 0, 'out', 1066], [0, 0, 'out', 1066], [0, 0, 'out', 566],
    ])
    for (const each of packets) {
      const tree = describeTree(dissect(each.bytes, 'ethernet')).join('\n')
      expect(tree).toMatch(/checksum: 0x[0-9a-f]+ \(correct\)[^]*checksum: 0x[0-9a-f]+ \(correct\)/)
    }
    expect(memory.leakReport()).toEqual([])
  })

  it('says of a lost frame why it was lost, and shows it once', () => {
    const { send, file, capture, trace, a } = setUp('loss 100%')
    capture.observe(trace)
    send(1500)
    a.up = false
    send(10)
    capture.close()
    expect(file().packets.map(each => [each.bytes.length, each.comment])).toEqual([
      [1066, 'dropped: impair-loss'], [566, 'dropped: impair-loss'], [76, 'dropped: device-down'],
    ])
  })
})
