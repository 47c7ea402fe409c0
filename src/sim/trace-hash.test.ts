import { describe, expect, it } from 'vitest'
import type { DropReason } from '../base/drop-reason.ts'
import { TraceHash } from './trace-hash.ts'

interface Told { at: number, host: string, device: string, direction: 'in' | 'out', bytes: Uint8Array, drop: DropReason | undefined }

const FRAME: Told = { at: 5_000_000_000, host: 'pc', device: 'eth0', direction: 'out', bytes: Uint8Array.of(1, 2, 3), drop: undefined }

function hashOf(...frames: Told[]): string {
  const hash = new TraceHash()
  for (const each of frames) {
    hash.frame(each.at, each.host, each.device, each.direction, each.bytes, 0, each.bytes.length, each.drop, each.bytes.length)
  }
  return hash.digest()
}

describe('the trace hash', () => {
  it('is the same for the same frames', () => {
    expect(hashOf(FRAME, FRAME)).toBe(hashOf(FRAME, { ...FRAME, bytes: Uint8Array.of(1, 2, 3) }))
    expect(hashOf(FRAME)).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each<[string, Partial<Told>]>([
    ['one bit', { bytes: Uint8Array.of(1, 2, 2) }],
    ['time', { at: FRAME.at + 1 }],
    ['a drop', { drop: 'impair-loss' }],
    ['the host', { host: 'web' }],
    ['the device', { device: 'eth1' }],
    ['the direction', { direction: 'in' }],
    ['a missing byte', { bytes: Uint8Array.of(1, 2) }],
  ])('changes with %s', (_, change) => { expect(hashOf(FRAME, { ...FRAME, ...change })).not.toBe(hashOf(FRAME, FRAME)) })

  it('changes with the order of frames', () => {
    const other = { ...FRAME, at: FRAME.at + 1 }
    expect(hashOf(FRAME, other)).not.toBe(hashOf(other, FRAME))
  })
})
