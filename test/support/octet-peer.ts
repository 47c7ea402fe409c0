// A peer that lays its segments octet by octet, for what no script can write: wrong sums, odd options, foreign addresses.
// One host of ours behind a bare IP device; nothing of the stack's own codecs is used.

import { SOCK_STREAM } from '../../src/base/posix.ts'
import type { Instant } from '../../src/base/time.ts'
import { NetDevice, NO_OFFLOADS } from '../../src/link/net-device.ts'
import type { Packet } from '../../src/wire/packet.ts'
import { at } from './calls.ts'
import { lone } from './pair.ts'
import { foldedSum } from './super-segment.ts'

export const OURS = '198.18.0.1'
export const PEER = '198.18.0.2'
const PEER_PORT = 40000
const BOOTED_AT = 3_600_000_000 as Instant
const FLAG = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 } as const

export interface Laid {
  readonly flags: string
  readonly seq?: number
  readonly ack?: number
  readonly wnd?: number
  readonly urgent?: number
  /** Padded by whoever gives them; a multiple of four octets. */
  readonly options?: readonly number[]
  readonly ipOptions?: readonly number[]
  readonly data?: string
  readonly port?: number
  readonly peerPort?: number
  readonly source?: string
  readonly destination?: string
  /** Added to the checksum. */
  readonly wrongBy?: number
}

export interface Seen {
  readonly flags: string
  readonly seq: number
  readonly ack: number
  readonly wnd: number
  readonly urgent: number
  readonly options: readonly number[]
  readonly data: string
  readonly port: number
  readonly source: string
  readonly destination: string
  readonly ttl: number
  readonly tos: number
  readonly sumIsRight: boolean
  readonly octets: Uint8Array
}

class RecordingDevice extends NetDevice {
  readonly sent: Uint8Array[] = []

  override send(packet: Packet): undefined {
    this.sent.push(packet.bytes())
    packet.release()
    return undefined
  }
}

const quad = (address: string): number[] => address.split('.').map(Number)
const word16 = (value: number): number[] => [value >>> 8 & 255, value & 255]
const word32 = (value: number): number[] => [...word16(value >>> 16), ...word16(value)]

function sumWithPseudo(source: readonly number[], destination: readonly number[], segment: Uint8Array): number {
  const whole = Uint8Array.from([...source, ...destination, 0, 6, ...word16(segment.length), ...segment])
  return foldedSum(whole, 0, whole.length)
}

export function layIp(source: string, destination: string, protocol: number, payload: Uint8Array,
  ipOptions: readonly number[] = []): Uint8Array {
  const headerLen = 20 + ipOptions.length
  const header = Uint8Array.from([
    0x40 | headerLen / 4, 0, ...word16(headerLen + payload.length), 0, 0, 0x40, 0, 64, protocol, 0, 0,
    ...quad(source), ...quad(destination), ...ipOptions,
  ])
  const sum = ~foldedSum(header, 0, headerLen) & 0xffff
  header.set(word16(sum), 10)
  return Uint8Array.from([...header, ...payload])
}

export function layTcp(laid: Laid): Uint8Array {
  const { seq = 0, ack = 0, wnd = 65535, urgent = 0, options = [], data = '', port = 80, peerPort = PEER_PORT } = laid
  const flags = [...laid.flags].reduce((bits, letter) => bits | FLAG[letter as keyof typeof FLAG], 0)
  const segment = Uint8Array.from([
    ...word16(peerPort), ...word16(port), ...word32(seq), ...word32(ack), (5 + options.length / 4) << 4, flags, ...word16(wnd), 0, 0,
    ...word16(urgent), ...options, ...[...data].map(each => each.charCodeAt(0)),
  ])
  const { source = PEER, destination = OURS } = laid
  segment.set(word16((~sumWithPseudo(quad(source), quad(destination), segment) & 0xffff) + (laid.wrongBy ?? 0)), 16)
  return layIp(source, destination, 6, segment, laid.ipOptions)
}

export function readTcp(octets: Uint8Array): Seen {
  const view = new DataView(octets.buffer, octets.byteOffset)
  const tcp = (octets[0] & 15) * 4
  const end = view.getUint16(2)
  const dataAt = tcp + (octets[tcp + 12] >>> 4) * 4
  return {
    flags: Object.entries(FLAG).filter(([, bit]) => (octets[tcp + 13] & bit) !== 0).map(([letter]) => letter).join(''),
    seq: view.getUint32(tcp + 4), ack: view.getUint32(tcp + 8), wnd: view.getUint16(tcp + 14), urgent: view.getUint16(tcp + 18),
    options: [...octets.subarray(tcp + 20, dataAt)], data: String.fromCharCode(...octets.subarray(dataAt, end)), port: view.getUint16(tcp),
    source: octets.subarray(12, 16).join('.'), destination: octets.subarray(16, 20).join('.'), ttl: octets[8], tos: octets[1],
    sumIsRight: sumWithPseudo([...octets.subarray(12, 16)], [...octets.subarray(16, 20)], octets.subarray(tcp, end)) === 0xffff,
    octets,
  }
}

export function octetPeer(sysctls: Readonly<Record<string, string>> = {}, addresses: readonly string[] = [`${OURS}/24`], seed = 1) {
  const world = lone(seed)
  const { host, memory, stage } = world
  // Not at 0, so that nothing that never happened seems to have happened just now.
  stage.clock.advanceTo(BOOTED_AT)
  for (const [name, value] of Object.entries(sysctls)) if (host.setSysctl(name, value) !== 0) throw new Error(`${name}=${value}`)
  const device = new RecordingDevice('tun0', 'ip', 1500, undefined, NO_OFFLOADS)
  host.addDevice(device)
  for (const address of addresses) host.addAddress(device, address)
  const process = host.spawn('p')
  const { sys } = process
  /** Whole IP packets that arrive as one batch. */
  const deliver = (...packets: readonly Uint8Array[]): void => {
    for (const octets of packets) {
      const packet = memory.allocate(octets.length)
      if (packet === undefined) throw new Error('no packet memory')
      packet.putBytes(octets)
      device.receiver?.receive(packet, device)
    }
    device.receiver?.endBatch(device)
  }
  const arrive = (...segments: readonly Laid[]): void => { deliver(...segments.map(layTcp)) }
  /** TCP segments sent since the last call. */
  const take = (): Seen[] => device.sent.splice(0).filter(each => each[0] >>> 4 === 4 && each[9] === 6).map(readTcp)
  const listen = (port: number = 80, address: string = '0.0.0.0'): number => {
    const fd = sys.socket(2, SOCK_STREAM, 0) as number
    const bound = sys.bind(fd, at(address, port))
    const listening = sys.listen(fd, 8)
    if (bound !== 0 || listening !== 0) throw new Error(`${bound} ${listening}`)
    return fd
  }
  /** A connection from the peer: its descriptor and what our side's numbers are. The peer's begin at 1000. */
  const established = (syn: Partial<Laid> = {}, listener?: number): { fd: number, snd: number, rcv: number } => {
    const server = listener ?? listen(syn.port ?? 80)
    take()
    arrive({ flags: 'S', seq: 999, ...syn })
    const [synAck] = take()
    arrive({ flags: 'A', seq: 1000, ack: synAck.seq + 1, port: syn.port, peerPort: syn.peerPort, wnd: syn.wnd })
    return { fd: sys.accept(server) as number, snd: synAck.seq + 1 >>> 0, rcv: 1000 }
  }
  return { ...world, device, process, sys, deliver, arrive, take, listen, established }
}

/** An ICMP error about a packet, quoting its header and eight octets. */
export function layIcmp(type: number, code: number, about: Uint8Array, rest = 0, from: string = PEER): Uint8Array {
  const quoted = about.subarray(0, (about[0] & 15) * 4 + 8)
  const message = Uint8Array.from([type, code, 0, 0, ...word32(rest), ...quoted])
  message.set(word16(~foldedSum(message, 0, message.length) & 0xffff), 2)
  return layIp(from, about.subarray(12, 16).join('.'), 1, message)
}
