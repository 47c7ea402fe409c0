import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NEVER, instant } from '../../base/time.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { DelayQueue } from './delay-queue.ts'

describe('packets under way', () => {
  it('come out by due instant, those of a kind in their order, each exactly once', () => {
    const step = fc.record({ due: fc.integer({ min: 0, max: 50 }), overtakes: fc.boolean() })
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const memory = new PacketMemory({ bytes: 1 << 21 })
      const queue = new DelayQueue()
      steps.forEach(({ due, overtakes }, i) => {
        const packet = memory.allocate(100)
        if (packet === undefined) throw new Error('no memory')
        packet.mark = i
        if (overtakes) queue.pushOutOfOrder(packet, instant(due))
        else queue.push(packet, instant(due))
      })
      expect(queue.length).toBe(steps.length)
      const seen: number[] = []
      for (let now = 0; queue.nextAt() < NEVER; now++) {
        for (let packet = queue.shiftDue(instant(now)); packet !== undefined; packet = queue.shiftDue(instant(now))) {
          expect(packet.receivedAt).toBe(now)
          seen.push(packet.mark)
          packet.release()
        }
      }
      expect(seen.toSorted((a, b) => a - b)).toEqual(steps.map((_, i) => i))
      for (let i = 1; i < seen.length; i++) {
        const [a, b] = [steps[seen[i - 1]], steps[seen[i]]]
        expect(a.due).toBeLessThanOrEqual(b.due)
        if (a.due === b.due && a.overtakes && b.overtakes) expect(seen[i - 1]).toBeLessThan(seen[i])
      }
      expect(memory.leakReport()).toEqual([])
    }), { numRuns: 60 })
  })
})
