// The checksum over packet memory as a WebAssembly module of some 300 bytes, put together here so that no toolchain and
// no file is needed: 32 bytes a turn with SIMD pairwise adds. The platforms (node, web) instantiate it on their memory;
// short sums and the tail are done in JavaScript.

import type { Checksummer } from '../base/checksum.ts'
import { createChecksummer } from '../base/checksum.ts'

/** Below this a call into WebAssembly costs more than it saves. */
const WASM_FROM_BYTES = 96
/** Lanes hold 32 bits and take at most 2 x 65535 a turn. */
const MAX_TURN_BYTES = 524288

/** `sum(offset, length)`: 32-bit lanes' halves added, over the multiple of 32 in `length`. */
export type WasmSum = (offset: number, length: number) => number

const I32 = 0x7f
const V128 = 0x7b

function leb(value: number): number[] {
  const out: number[] = []
  let rest = value
  do {
    const low = rest & 127
    rest >>>= 7
    out.push(rest === 0 ? low : low | 128)
  } while (rest !== 0)
  return out
}

function section(id: number, content: readonly number[]): number[] { return [id, ...leb(content.length), ...content] }
function name(text: string): number[] { return [text.length, ...Array.from(text, each => each.charCodeAt(0))] }

const op = {
  get: (local: number): number[] => [0x20, local],
  set: (local: number): number[] => [0x21, local],
  tee: (local: number): number[] => [0x22, local],
  constant: (...encoded: number[]): number[] => [0x41, ...encoded],
  add: [0x6a],
  and: [0x71],
  shiftRight: [0x76],
  notLess: [0x4f],
  blockLoop: [0x02, 0x40, 0x03, 0x40],
  leaveIf: [0x0d, 1],
  again: [0x0c, 0],
  end: [0x0b],
  load128: (at: number): number[] => [0xfd, 0, 0, at],
  addPairwise: [0xfd, ...leb(0x7f)], // i32x4.extadd_pairwise_i16x8_u
  addLanes: [0xfd, ...leb(0xae)], // i32x4.add
  lane: (i: number): number[] => [0xfd, 0x1b, i],
}

const OFFSET = 0
const LENGTH = 1
const FIRST = 2
const SECOND = 3
const END = 4
const LANE = 5

function body(): number[] {
  const accumulate = (into: number, at: number): number[] =>
    [...op.get(into), ...op.get(OFFSET), ...op.load128(at), ...op.addPairwise, ...op.addLanes, ...op.set(into)]
  const foldLane = (of: number, i: number): number[] => [
    ...op.get(of), ...op.lane(i), ...op.tee(LANE), ...op.constant(16), ...op.shiftRight,
    ...op.get(LANE), ...op.constant(0xff, 0xff, 3), ...op.and, ...op.add,
  ]
  const lanes = [FIRST, SECOND].flatMap(of => [0, 1, 2, 3].map(i => foldLane(of, i)))
  return [
    ...op.get(OFFSET), ...op.get(LENGTH), ...op.constant(0x60), ...op.and, ...op.add, ...op.set(END), // offset + (length & -32)
    ...op.blockLoop,
    ...op.get(OFFSET), ...op.get(END), ...op.notLess, ...op.leaveIf,
    ...accumulate(FIRST, 0), ...accumulate(SECOND, 16),
    ...op.get(OFFSET), ...op.constant(32), ...op.add, ...op.set(OFFSET), ...op.again,
    ...op.end, ...op.end,
    ...lanes[0], ...lanes.slice(1).flatMap(each => [...each, ...op.add]),
    ...op.end,
  ]
}

/** The module: imports memory `env.memory`, exports `sum`. */
export function checksumWasmBytes(): Uint8Array<ArrayBuffer> {
  const locals = [2, 2, V128, 2, I32]
  const code = [...locals, ...body()]
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 2, I32, I32, 1, I32]),
    ...section(2, [1, ...name('env'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('sum'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ])
}

/** Joins the module's sum with the plain one into a checksummer. Offsets may be odd. */
export function wasmChecksummer(buffer: ArrayBufferLike, wasmSum: WasmSum): Checksummer {
  const plain = createChecksummer(buffer)
  return {
    sum(offset: number, length: number): number {
      if (length < WASM_FROM_BYTES || length > MAX_TURN_BYTES) return plain.sum(offset, length)
      // Lanes are little-endian pairs from `offset` on, whatever its parity: the sum comes out byte-swapped.
      const bulk = length & ~31
      let sum = wasmSum(offset, bulk) >>> 0
      sum = (sum & 0xffff) + (sum >>> 16)
      sum = (sum & 0xffff) + (sum >>> 16)
      const swapped = ((sum & 0xff) << 8) | (sum >>> 8)
      const total = bulk === length ? swapped : swapped + plain.sum(offset + bulk, length - bulk)
      return (total & 0xffff) + (total >>> 16)
    },
  }
}
