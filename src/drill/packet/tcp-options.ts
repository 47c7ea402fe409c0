// TCP options between the script's words and bytes. Order and exact bytes count, so comparison is of bytes.

import { fromHex, getU16, getU32Unsigned, setU32, toHex } from '../../base/bytes.ts'
import type { TcpOptionText } from '../ast.ts'
import { ScriptError } from '../refusal.ts'

const EXPERIMENT_FASTOPEN = 0xf989

export function encodeOptions(options: readonly TcpOptionText[]): Uint8Array {
  const parts = options.map(encodeOne)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length % 4 !== 0) throw new ScriptError(`TCP options of ${length} bytes are not padded to a multiple of 4`)
  if (length > 40) throw new ScriptError(`TCP options of ${length} bytes, 40 fit`)
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) { bytes.set(part, at); at += part.length }
  return bytes
}

function encodeOne(option: TcpOptionText): Uint8Array {
  switch (option.kind) {
    case 'eol': return Uint8Array.of(0)
    case 'nop': return Uint8Array.of(1)
    case 'mss': return Uint8Array.of(2, 4, option.value >>> 8, option.value & 0xff)
    case 'wscale': return Uint8Array.of(3, 3, option.value)
    case 'sackOK': return Uint8Array.of(4, 2)
    case 'sack': return words(5, option.blocks.flat())
    case 'TS': return words(8, [option.value, option.echo])
    case 'FO': return withHex(34, option.cookie)
    case 'FOEXP': return withHex(254, `f989${option.cookie}`)
    case 'md5': return withHex(19, option.digest)
    case 'accecn': return withHex(option.order === 0 ? 172 : 174, option.counters.map(each => (each & 0xffffff).toString(16).padStart(6, '0')).join(''))
  }
}

function words(kind: number, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 + 4 * values.length)
  bytes[0] = kind
  bytes[1] = bytes.length
  values.forEach((value, index) => { setU32(bytes, 2 + 4 * index, value) })
  return bytes
}

function withHex(kind: number, hex: string): Uint8Array {
  const body = fromHex(hex) ?? new Uint8Array(0)
  const bytes = new Uint8Array(2 + body.length)
  bytes[0] = kind
  bytes[1] = bytes.length
  bytes.set(body, 2)
  return bytes
}

/** The options a segment carries, in the script's words; undefined when the bytes do not parse. */
export function decodeOptions(bytes: Uint8Array): TcpOptionText[] | undefined {
  const options: TcpOptionText[] = []
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]
    if (kind === 0 || kind === 1) {
      options.push({ kind: kind === 0 ? 'eol' : 'nop' })
      at++
      continue
    }
    const length = at + 1 < bytes.length ? bytes[at + 1] : 0
    if (length < 2 || at + length > bytes.length) return undefined
    const option = decodeOne(kind, bytes.subarray(at, at + length))
    if (option === undefined) return undefined
    options.push(option)
    at += length
  }
  return options
}

function decodeOne(kind: number, bytes: Uint8Array): TcpOptionText | undefined {
  const length = bytes.length
  switch (kind) {
    case 2: return length === 4 ? { kind: 'mss', value: getU16(bytes, 2) } : undefined
    case 3: return length === 3 ? { kind: 'wscale', value: bytes[2] } : undefined
    case 4: return length === 2 ? { kind: 'sackOK' } : undefined
    case 5: {
      if ((length - 2) % 8 !== 0) return undefined
      const blocks: [number, number][] = []
      for (let at = 2; at < length; at += 8) blocks.push([getU32Unsigned(bytes, at), getU32Unsigned(bytes, at + 4)])
      return { kind: 'sack', blocks }
    }
    case 8: return length === 10 ? { kind: 'TS', value: getU32Unsigned(bytes, 2), echo: getU32Unsigned(bytes, 6) } : undefined
    case 19: return { kind: 'md5', digest: toHex(bytes.subarray(2)) }
    case 34: return { kind: 'FO', cookie: toHex(bytes.subarray(2)) }
    case 172: case 174: {
      const counters: number[] = []
      for (let at = 2; at + 3 <= length; at += 3) counters.push((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2])
      return { kind: 'accecn', order: kind === 172 ? 0 : 1, counters }
    }
    case 254: return length >= 4 && getU16(bytes, 2) === EXPERIMENT_FASTOPEN ? { kind: 'FOEXP', cookie: toHex(bytes.subarray(4)) } : undefined
    default: return undefined
  }
}

export function describeOptions(options: readonly TcpOptionText[]): string { return `<${options.map(describeOne).join(',')}>` }

function describeOne(option: TcpOptionText): string {
  switch (option.kind) {
    case 'mss': case 'wscale': return `${option.kind} ${option.value}`
    case 'sack': return `sack ${option.blocks.map(([left, right]) => `${left}:${right}`).join(' ')}`
    case 'TS': return `TS val ${option.value} ecr ${option.echo}`
    case 'FO': case 'FOEXP': return option.cookie === '' ? option.kind : `${option.kind} ${option.cookie}`
    case 'md5': return `md5 ${option.digest}`
    case 'accecn': {
      const names = option.order === 1 ? ['e1b', 'ceb', 'e0b'] : ['e0b', 'ceb', 'e1b']
      return ['ECN', ...option.counters.map((each, index) => `${names[index] ?? '?'} ${each}`)].join(' ')
    }
    default: return option.kind
  }
}
