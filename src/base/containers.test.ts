import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventHeap } from './event-heap.ts'
import { RangeSet } from './range-set.ts'
import { RingBuffer } from './ring-buffer.ts'
import { instant } from './time.ts'

describe('RangeSet', () => {
  const step = fc.record({ add: fc.boolean(), start: fc.nat(60), length: fc.nat(20) })

  it('agrees with a bitmap after any additions and removals', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), fc.nat(60), fc.nat(20), (steps, at, length) => {
      const set = new RangeSet()
      const bits = new Set<number>()
      for (const { add, start, length: size } of steps) {
        let fresh = 0
        for (let x = start; x < start + size; x++) {
          if (!bits.has(x)) fresh++
          if (add) bits.add(x)
          else bits.delete(x)
        }
        if (add) expect(set.add(start, start + size)).toBe(fresh)
        else set.remove(start, start + size)
      }
      expect(set.totalLength).toBe(bits.size)
      for (let i = 1; i < set.count; i++) expect(set.start(i)).toBeGreaterThan(set.end(i - 1))
      const wanted = Array.from({ length }, (_, i) => at + i)
      expect(set.covers(at, at + length)).toBe(wanted.every(x => bits.has(x)))
      const missing = wanted.find(x => !bits.has(x))
      expect(set.firstGap(at, at + length)?.start).toBe(missing)
    }))
  })
})

describe('EventHeap', () => {
  it('pops by instant, then by arming order, without the cancelled', () => {
    fc.assert(fc.property(fc.array(fc.record({ when: fc.nat(20), cancel: fc.boolean() }), { maxLength: 200 }), (events) => {
      const heap = new EventHeap()
      const popped: number[] = []
      const handles = events.map(({ when }, i) => heap.schedule(instant(when), () => popped.push(i)))
      events.forEach(({ cancel }, i) => { if (cancel) heap.cancel(handles[i]) })
      for (let fn = heap.popDue(instant(20)); fn !== undefined; fn = heap.popDue(instant(20))) fn()
      const expected = events.map((event, i) => ({ ...event, i })).filter(each => !each.cancel)
        .sort((a, b) => a.when - b.when || a.i - b.i).map(each => each.i)
      expect(popped).toEqual(expected)
      for (const handle of handles) heap.cancel(handle)
      expect(heap.size).toBe(0)
    }))
  })

  it('keeps what is not yet due, and survives a stale cancel', () => {
    const heap = new EventHeap()
    const stale = heap.schedule(instant(1), () => undefined)
    heap.popDue(instant(1))
    heap.schedule(instant(5), () => undefined)
    heap.cancel(stale)
    expect(heap.popDue(instant(4))).toBeUndefined()
    expect(heap.nextAt()).toBe(5)
  })
})

describe('RingBuffer', () => {
  it('is a queue of bytes that never exceeds its limit', () => {
    const step = fc.record({ write: fc.boolean(), count: fc.nat(3000) })
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5000 }), (steps, limit) => {
      const ring = new RingBuffer(limit)
      let model: number[] = []
      let next = 0
      for (const { write, count } of steps) {
        if (write) {
          const bytes = Uint8Array.from({ length: count }, () => next++ & 255)
          const taken = ring.write(bytes)
          expect(taken).toBe(Math.min(count, limit - model.length))
          model.push(...bytes.subarray(0, taken))
        } else {
          const into = new Uint8Array(count)
          const got = ring.read(into, 0, count)
          expect([...into.subarray(0, got)]).toEqual(model.slice(0, count))
          model = model.slice(got)
        }
        expect(ring.length).toBe(model.length)
      }
    }))
  })
})
