// `<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>`.

import type { TcpOptionText } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { parseInteger, tryInteger } from './number.ts'

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const HEX = /(?:0x)?([0-9a-fA-F]+)(?![0-9a-zA-Z_])/y

/** undefined for `<...>`. */
export function parseTcpOptions(cursor: Cursor): readonly TcpOptionText[] | undefined {
  if (!cursor.accept('<')) return []
  if (cursor.accept('...')) { cursor.expect('>'); return undefined }
  const options: TcpOptionText[] = []
  while (!cursor.accept('>')) {
    if (options.length > 0) cursor.expect(',')
    options.push(parseOption(cursor))
  }
  return options
}

function parseOption(cursor: Cursor): TcpOptionText {
  const word = cursor.need(WORD, 'a TCP option')[0]
  switch (word) {
    case 'mss': return { kind: 'mss', value: parseInteger(cursor, 'an MSS') }
    case 'wscale': return { kind: 'wscale', value: parseInteger(cursor, 'a window scale') }
    case 'sackOK': return { kind: 'sackOK' }
    case 'nop': return { kind: 'nop' }
    case 'eol': return { kind: 'eol' }
    case 'sack': return { kind: 'sack', blocks: parseBlocks(cursor) }
    case 'TS': {
      cursor.expect('val')
      const value = parseInteger(cursor, 'a timestamp')
      cursor.expect('ecr')
      return { kind: 'TS', value, echo: parseInteger(cursor, 'a timestamp') }
    }
    case 'FO': case 'FOEXP': return { kind: word, cookie: parseHex(cursor) }
    case 'md5': return { kind: 'md5', digest: parseHex(cursor) }
    case 'ECN': return parseAccEcn(cursor)
    default: return cursor.fail(`unknown TCP option \`${word}\``)
  }
}

function parseHex(cursor: Cursor): string {
  const digits = cursor.take(HEX)?.[1] ?? ''
  if (digits.length % 2 !== 0) cursor.fail('an odd number of hex digits')
  return digits.toLowerCase()
}

function parseBlocks(cursor: Cursor): [number, number][] {
  const blocks: [number, number][] = []
  for (let left = tryInteger(cursor); left !== undefined; left = tryInteger(cursor)) {
    cursor.expect(':')
    blocks.push([left, parseInteger(cursor, 'the end of a SACK block')])
  }
  return blocks
}

/** RFC 9768: `ECN e1b 1 ceb 0 e0b 1`; which counter comes first says which of the two options it is. */
function parseAccEcn(cursor: Cursor): TcpOptionText {
  const values: { name: string, value: number }[] = []
  for (let match = cursor.take(/e0b|ceb|e1b/y); match !== undefined; match = cursor.take(/e0b|ceb|e1b/y)) {
    values.push({ name: match[0], value: parseInteger(cursor, 'a counter') })
  }
  const order = values[0]?.name === 'e1b' ? 1 : 0
  const names = order === 1 ? ['e1b', 'ceb', 'e0b'] : ['e0b', 'ceb', 'e1b']
  if (values.some((each, index) => each.name !== names[index])) cursor.fail('AccECN counters out of order')
  return { kind: 'accecn', order, counters: values.map(each => each.value) }
}
