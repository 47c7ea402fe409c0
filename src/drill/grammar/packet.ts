// `> [ip info] [ports] FLAGS seq:end(len) [ack N] [win N] [urg N] [<options>]`, UDP, UDP-Lite and ICMP.

import type { EcnMark, IcmpText, IpInfo, PacketAction, SequenceText, TcpText, UdpText } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { NotApplicable } from '../refusal.ts'
import { parseInteger } from './number.ts'
import { parseTcpOptions } from './tcp-options.ts'

const ECN = /(noecn|ect01|ect0|ect1|ce)\b/y
const FLAGS = /[SFRPUEWA.]*[0-7]?[SFRPUEWA.]*(?=\s)|-(?=\s)/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NO_INFO: IpInfo = { ecn: undefined, tos: undefined, ttl: undefined, flowLabel: undefined }

export function parsePacket(cursor: Cursor, direction: '<' | '>'): PacketAction {
  let ip = NO_INFO
  if (cursor.looksAt(/\[\s*\d/y)) return { kind: 'packet', direction, ip, transport: parseOldIcmp(cursor) }
  if (cursor.accept('[')) ip = parseIpInfo(cursor, ']')
  else if (cursor.accept('(')) ip = parseIpInfo(cursor, ')')
  return { kind: 'packet', direction, ip, transport: parseTransport(cursor) }
}

function parseTransport(cursor: Cursor): TcpText | UdpText | IcmpText {
  const ports = cursor.take(/(\d+)\s*>\s*(\d+)(?::|(?=\s))/y)
  const pair = ports === undefined ? undefined : [Number(ports[1]), Number(ports[2])] as const
  if (cursor.take(/udplite\b/y) !== undefined) return parseUdp(cursor, 'udplite', pair)
  if (cursor.take(/udp\b/y) !== undefined) return parseUdp(cursor, 'udp', pair)
  if (cursor.take(/icmp\b/y) !== undefined) return parseIcmp(cursor)
  refuseEncapsulation(cursor)
  return parseTcp(cursor, pair)
}

function refuseEncapsulation(cursor: Cursor): void {
  const other = cursor.take(/(sctp|GREv0|gre|mpls|ipv4|ipv6|psp|encap)\b/y)
  if (other !== undefined) throw new NotApplicable(`line ${cursor.line}: packets of ${other[1]}`)
}

function parseIpInfo(cursor: Cursor, close: string): IpInfo {
  let { ecn, tos, ttl, flowLabel } = NO_INFO
  do {
    const mark = cursor.take(ECN)
    if (mark !== undefined) ecn = mark[1] as EcnMark
    else if (cursor.take(/tos\b/y) !== undefined) tos = parseInteger(cursor, 'a TOS')
    else if (cursor.take(/ttl\b/y) !== undefined) ttl = parseInteger(cursor, 'a TTL')
    else if (cursor.take(/flowlabel\b/y) !== undefined) flowLabel = parseInteger(cursor, 'a flow label')
    else cursor.fail('unknown IP information')
  } while (cursor.accept(','))
  cursor.expect(close)
  return { ecn, tos, ttl, flowLabel }
}

function parseTcp(cursor: Cursor, ports: readonly [number, number] | undefined): TcpText {
  const word = cursor.take(FLAGS)?.[0] ?? ''
  if (word === '') cursor.fail('expected TCP flags')
  const flags = word === '-' ? '' : word.replace(/[0-7]/, '')
  if (new Set(flags).size !== flags.length) cursor.fail(`a flag twice in \`${word}\``)
  const digit = /[0-7]/.exec(word)?.[0]
  if (digit !== undefined && /[EWA]/.test(flags)) cursor.fail('both an AccECN count and ECN flags')
  const sequence = parseSequence(cursor)
  let ack: number | undefined
  let ackAbsolute = false
  if (cursor.take(/ack\b/y) !== undefined) {
    ack = parseInteger(cursor, 'an acknowledgement')
    ackAbsolute = cursor.accept('!')
  }
  const window = cursor.take(/win\b/y) === undefined ? undefined : parseInteger(cursor, 'a window')
  const urgent = cursor.take(/urg\b/y) === undefined ? undefined : parseInteger(cursor, 'an urgent pointer')
  const options = parseTcpOptions(cursor)
  return { kind: 'tcp', ports, flags, ace: digit === undefined ? undefined : Number(digit), sequence, ack, ackAbsolute, window, urgent, options }
}

export function parseSequence(cursor: Cursor): SequenceText {
  const leading = cursor.accept('!')
  const start = parseInteger(cursor, 'a sequence number')
  const first = cursor.accept('!') || leading
  cursor.expect(':')
  const end = parseInteger(cursor, 'the sequence number after the last byte')
  const second = cursor.accept('!') || leading
  if (first !== second) cursor.fail('both ends of a sequence range are marked with `!`, or neither')
  cursor.expect('(')
  const length = parseInteger(cursor, 'a payload length')
  cursor.expect(')')
  if (((start + length) >>> 0) !== (end >>> 0)) cursor.fail(`${start}:${end} is not ${length} bytes`)
  return { start, end, length, absolute: first }
}

function parseUdp(cursor: Cursor, kind: 'udp' | 'udplite', ports: readonly [number, number] | undefined): UdpText {
  cursor.expect('(')
  const length = parseInteger(cursor, 'a payload length')
  let coverage = 0
  if (kind === 'udplite') {
    cursor.expect(',')
    coverage = parseInteger(cursor, 'a checksum coverage')
  }
  cursor.expect(')')
  return { kind, ports, length, coverage }
}

/** The older form: `[1:1461(1460)] icmp unreachable frag_needed mtu 1200`. */
function parseOldIcmp(cursor: Cursor): IcmpText {
  cursor.expect('[')
  const sequence = parseSequence(cursor)
  cursor.expect(']')
  if (cursor.take(/icmp\b/y) === undefined) cursor.fail('expected `icmp`')
  const icmp = parseIcmp(cursor)
  if (icmp.echoed !== undefined) cursor.fail('the echoed header stands twice')
  return { ...icmp, echoed: { kind: 'tcp', sequence } }
}

function parseIcmp(cursor: Cursor): IcmpText {
  const type = cursor.need(WORD, 'an ICMP type')[0]
  const code = cursor.take(/(?!(?:mtu|id)\b)[A-Za-z_]\w*(?=\s|$)/y)?.[0]
  const mtu = cursor.take(/mtu\b/y) === undefined ? undefined : parseInteger(cursor, 'an MTU')
  const id = cursor.take(/id\b/y) === undefined ? undefined : parseInteger(cursor, 'an identifier')
  let echoed: IcmpText['echoed']
  if (cursor.accept('[')) {
    if (cursor.looksAt(/raw\b/y)) throw new NotApplicable(`line ${cursor.line}: ICMP about raw packets`)
    if (cursor.take(/udplite\b/y) !== undefined) echoed = parseUdp(cursor, 'udplite', undefined)
    else if (cursor.take(/udp\b/y) !== undefined) echoed = parseUdp(cursor, 'udp', undefined)
    else echoed = { kind: 'tcp', sequence: parseSequence(cursor) }
    cursor.expect(']')
  }
  return { kind: 'icmp', type, code, mtu, id, echoed }
}
