// Expected against seen, by the rules of the notation: always version, protocol, lengths, header checksum, flags, numbers,
// urgent pointer and options in order and exact; window, TOS, TTL and flow label only where written.

import { bytesEqual } from '../../base/bytes.ts'
import type { EcnMark, IpInfo, PacketAction, TcpOptionText, TcpText, UdpText } from '../ast.ts'
import type { Settings } from '../settings.ts'
import type { Connection } from './connection.ts'
import { ACK, PSH, SYN, UDP, UDPLITE, describeFlags, flagBits } from './image.ts'
import { sameInNeutralMode } from './neutral.ts'
import { decodeOptions, describeOptions, encodeOptions } from './tcp-options.ts'
import type { SeenPacket, SeenTcp } from './seen.ts'

/** What differs, in words; undefined when nothing does. Learns ISN and timestamps from what matched. */
export function compare(action: PacketAction, seen: SeenPacket, connection: Connection, settings: Settings): string | undefined {
  const { transport } = action
  const ip = compareIp(action.ip, seen, settings)
  if (ip !== undefined) return ip
  if (transport.kind === 'tcp') return seen.tcp === undefined ? `expected TCP, saw protocol ${seen.protocol}` : compareTcp(transport, seen, seen.tcp, connection, settings)
  if (transport.kind === 'icmp') return 'outbound ICMP cannot be expected'
  return compareUdp(transport, seen)
}

function compareIp(info: IpInfo, seen: SeenPacket, settings: Settings): string | undefined {
  const version = settings.family === 'ipv6' ? 6 : 4
  if (seen.version !== version) return `expected IPv${version}, saw IPv${seen.version}`
  if (!seen.lengthRight) return 'the IP length field does not match the packet'
  if (!seen.headerSumRight) return 'the IP header checksum is wrong'
  if (info.ecn !== undefined && !ecnMatches(info.ecn, seen.trafficClass & 3)) return `expected ${info.ecn}, saw ECN bits ${seen.trafficClass & 3}`
  if (info.tos !== undefined && info.tos !== seen.trafficClass) return `expected tos ${hex(info.tos)}, saw ${hex(seen.trafficClass)}`
  if (info.ttl !== undefined && info.ttl !== seen.hopLimit) return `expected ttl ${info.ttl}, saw ${seen.hopLimit}`
  if (info.flowLabel !== undefined && info.flowLabel !== seen.flowLabel) return `expected flow label ${hex(info.flowLabel)}, saw ${hex(seen.flowLabel)}`
  return undefined
}

function hex(value: number): string { return `0x${value.toString(16)}` }

const ECN_BITS: Readonly<Record<EcnMark, readonly number[]>> = { noecn: [0], ect1: [1], ect0: [2], ce: [3], ect01: [1, 2] }

function ecnMatches(mark: EcnMark, bits: number): boolean { return ECN_BITS[mark].includes(bits) }

/** The bits an inbound mark sets. */
export function ecnBits(mark: EcnMark | undefined): number { return mark === undefined ? 0 : ECN_BITS[mark][0] }

function compareTcp(expected: TcpText, seen: SeenPacket, tcp: SeenTcp, connection: Connection, settings: Settings): string | undefined {
  const flags = flagBits(expected.flags, expected.ace)
  const syn = (flags & SYN) !== 0
  if (syn && (tcp.flags & SYN) !== 0) connection.synSeen(expected.sequence.start, tcp.seq, tcp.ack)
  const ignored = settings.mode === 'neutral' ? PSH : 0
  if ((flags | ignored) !== (tcp.flags | ignored)) return `expected flags ${describeFlags(flags)}, saw ${describeFlags(tcp.flags)}`
  const { sequence } = expected
  const seq = connection.localToWire(sequence.start, syn, sequence.absolute)
  if (tcp.seq !== seq) return `expected sequence number ${sequence.start}, saw ${connection.localToScript(tcp.seq, syn)}`
  if (seen.payload.length !== sequence.length) return `expected ${sequence.length} bytes of payload, saw ${seen.payload.length}`
  if ((flags & ACK) !== 0) {
    const ack = connection.remoteToWire(expected.ack ?? 0, syn, expected.ackAbsolute)
    if (tcp.ack !== ack) return `expected ack ${expected.ack ?? 0}, saw ${connection.remoteToScript(tcp.ack, syn)}`
  } else if (tcp.ack !== 0) return `without ACK the acknowledgement number is 0, saw ${tcp.ack}`
  if (expected.window !== undefined && settings.mode === 'exact' && tcp.window !== expected.window) return `expected win ${expected.window}, saw ${tcp.window}`
  if (tcp.urgent !== (expected.urgent ?? 0)) return `expected urg ${expected.urgent ?? 0}, saw ${tcp.urgent}`
  return compareOptions(expected.options, tcp, syn, connection, settings) ?? comparePayload(seen.payload)
}

function comparePayload(payload: Uint8Array): string | undefined {
  const at = payload.findIndex(byte => byte !== 0)
  return at < 0 ? undefined : `payload byte ${at} is ${hex(payload[at])}, not what was written`
}

function compareOptions(expected: readonly TcpOptionText[] | undefined, tcp: SeenTcp, syn: boolean, connection: Connection,
  settings: Settings): string | undefined {
  const seen = decodeOptions(tcp.options)
  const stamp = seen?.find(option => option.kind === 'TS')
  if (stamp !== undefined) connection.lastTimestamp = stamp.value
  if (expected === undefined) return undefined
  if (seen === undefined) return 'the TCP options cannot be read'
  const script = connection.mapSack(seen, value => connection.remoteToScript(value, syn))
  const fault = `expected ${describeOptions(expected)}, saw ${describeOptions(script)}`
  if (settings.mode === 'neutral') {
    if (!sameInNeutralMode(expected, script, tcp.flags)) return fault
  } else {
    const wire = connection.mapSack(expected, value => connection.remoteToWire(value, syn))
    if (!bytesEqual(encodeOptions(withSeenTimestamp(wire, seen)), tcp.options)) return fault
  }
  return learnTimestamp(expected, seen, connection, settings)
}

/** Our timestamp values are the stack's own business, and their echoes too. */
function withSeenTimestamp(expected: readonly TcpOptionText[], seen: readonly TcpOptionText[]): TcpOptionText[] {
  return expected.map((option, index) => {
    const other = seen[index]
    return option.kind === 'TS' && other?.kind === 'TS' ? other : option
  })
}

function learnTimestamp(expected: readonly TcpOptionText[], seen: readonly TcpOptionText[], connection: Connection,
  settings: Settings): string | undefined {
  const script = expected.find(option => option.kind === 'TS')
  const live = seen.find(option => option.kind === 'TS')
  if (script === undefined || live === undefined) return undefined
  if (connection.timestamps.size === 0) {
    connection.firstScriptTimestamp = script.value
    connection.firstTimestamp = live.value
  } else if (settings.timestampTickUs !== undefined) {
    const expectedUs = (script.value - connection.firstScriptTimestamp) * settings.timestampTickUs
    const seenUs = ((live.value - connection.firstTimestamp) >>> 0) * settings.timestampTickUs
    if (Math.abs(expectedUs - seenUs) > settings.toleranceUs) return `expected TS val ${script.value}, saw one ${(seenUs - expectedUs) / 1000} ms away`
  }
  connection.timestamps.set(script.value, live.value)
  return undefined
}

function compareUdp(expected: UdpText, seen: SeenPacket): string | undefined {
  const protocol = expected.kind === 'udp' ? UDP : UDPLITE
  if (seen.protocol !== protocol) return `expected ${expected.kind}, saw protocol ${seen.protocol}`
  if (seen.payload.length !== expected.length) return `expected ${expected.length} bytes of payload, saw ${seen.payload.length}`
  if (expected.kind === 'udplite' && seen.udpLength !== expected.coverage) return `expected checksum coverage ${expected.coverage}, saw ${seen.udpLength}`
  if (expected.kind === 'udp' && seen.udpLength !== expected.length + 8) return 'the UDP length field does not match the packet'
  return comparePayload(seen.payload)
}

/** A seen packet in the script's notation. */
export function describeSeen(seen: SeenPacket, connection: Connection | undefined): string {
  const { tcp, payload } = seen
  if (tcp === undefined) return seen.protocol === UDP ? `udp (${payload.length})` : seen.protocol === UDPLITE ? `udplite (${payload.length}, ${seen.udpLength})` : `protocol ${seen.protocol}`
  const syn = (tcp.flags & SYN) !== 0
  const known = connection?.localKnown === true || !syn
  const seq = known ? connection?.localToScript(tcp.seq, syn) ?? tcp.seq : 0
  const ack = (tcp.flags & ACK) === 0 ? '' : ` ack ${connection?.remoteToScript(tcp.ack, syn) ?? tcp.ack}`
  const options = decodeOptions(tcp.options)
  const script = options === undefined ? undefined : connection?.mapSack(options, value => connection.remoteToScript(value, syn)) ?? options
  const optionText = script === undefined ? ' <unreadable>' : script.length === 0 ? '' : ` ${describeOptions(script)}`
  const urgent = tcp.urgent === 0 ? '' : ` urg ${tcp.urgent}`
  return `${describeFlags(tcp.flags)} ${seq}:${(seq + payload.length) >>> 0}(${payload.length})${ack} win ${tcp.window}${urgent}${optionText}`
}
