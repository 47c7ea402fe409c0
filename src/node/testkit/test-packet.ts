// A packet as a rule sees it: who sent it, what protocol, which ports and flags, what it carries.

import { IpAddress } from '../../base/address/ip.ts'
import { IPPROTO_TCP, IPPROTO_UDP } from '../../base/posix.ts'
import type { RuleFrame, Verdict } from '../../sim/rule.ts'
import { ETHERNET_HEADER_BYTES } from '../../wire/ethernet.ts'
import { describeTcpFlags } from '../../wire/tcp.ts'
import { durationMs } from './duration.ts'
import type { Duration } from './duration.ts'

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'other'

export interface TestPacket {
  /** Milliseconds since the world began. */
  readonly at: number
  /** Host that sent it on this cable, and the one at the other end. */
  readonly from: string
  readonly to: string
  readonly protocol: Protocol
  readonly source: string
  readonly destination: string
  /** 0 where there are none. */
  readonly sourcePort: number
  readonly destinationPort: number
  /** TCP only, as tcpdump writes them: 'S', 'S.', 'P.', '.', 'F.', 'R'. */
  readonly flags: string
  /** What TCP or UDP carries; what a rule writes into it travels on, damaged. */
  readonly payload: Uint8Array
  /** As tcpdump prints it. */
  readonly line: string
  /** How many packets this cable carried in this direction before. */
  readonly index: number
}

/** Nothing said means pass: the next rule is asked. */
export type PacketVerdict = 'pass' | 'drop' | 'duplicate' | { readonly delay: Duration } | undefined | void

export type PacketRule = (packet: TestPacket) => PacketVerdict

const PROTOCOLS: Readonly<Record<number, Protocol>> = { [IPPROTO_TCP]: 'tcp', [IPPROTO_UDP]: 'udp', 1: 'icmp', 58: 'icmp' }
const EMPTY = new Uint8Array(0)
const IPV6_HEADER_BYTES = 40

class JudgedPacket implements TestPacket {
  private readonly frame: RuleFrame
  private readonly bytes: Uint8Array
  /** Where the IP header begins, and what is behind it; -1 where there is none. */
  private readonly ip: number
  private readonly transport: number
  readonly protocol: Protocol

  constructor(frame: RuleFrame, isEthernet: boolean) {
    this.frame = frame
    this.bytes = frame.bytes
    const at = isEthernet ? ETHERNET_HEADER_BYTES : 0
    const version = (this.bytes[at] ?? 0) >> 4
    const isIp = (version === 4 || version === 6) && (!isEthernet || this.word(12) === (version === 4 ? 0x0800 : 0x86dd))
    this.ip = isIp ? at : -1
    const isFirst = version !== 4 || (this.word(at + 6) & 0x1fff) === 0
    this.transport = !isIp || !isFirst ? -1 : version === 4 ? at + (this.bytes[at] & 15) * 4 : at + IPV6_HEADER_BYTES
    this.protocol = isIp ? PROTOCOLS[version === 4 ? this.bytes[at + 9] : this.bytes[at + 6]] ?? 'other' : 'other'
  }

  get at(): number { return this.frame.at / 1000 }
  get from(): string { return this.frame.from }
  get to(): string { return this.frame.to }
  get line(): string { return this.frame.line }
  get index(): number { return this.frame.index }
  get source(): string { return this.address(0) }
  get destination(): string { return this.address(1) }
  get sourcePort(): number { return this.hasPorts ? this.word(this.transport) : 0 }
  get destinationPort(): number { return this.hasPorts ? this.word(this.transport + 2) : 0 }
  get flags(): string { return this.protocol === 'tcp' && this.transport >= 0 ? describeTcpFlags(this.bytes[this.transport + 13]) : '' }

  get payload(): Uint8Array {
    if (!this.hasPorts) return EMPTY
    const header = this.protocol === 'udp' ? 8 : (this.bytes[this.transport + 12] >> 4) * 4
    const isV4 = this.bytes[this.ip] >> 4 === 4
    const end = isV4 ? this.ip + this.word(this.ip + 2) : this.ip + IPV6_HEADER_BYTES + this.word(this.ip + 4)
    return this.bytes.subarray(this.transport + header, end)
  }

  private get hasPorts(): boolean { return this.transport >= 0 && (this.protocol === 'tcp' || this.protocol === 'udp') }
  private word(at: number): number { return this.bytes[at] << 8 | this.bytes[at + 1] }

  private address(which: 0 | 1): string {
    if (this.ip < 0) return ''
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.ip)
    if (this.bytes[this.ip] >> 4 === 4) return IpAddress.v4(view.getInt32(12 + which * 4)).toString()
    return IpAddress.fromBytes(this.bytes, this.ip + 8 + which * 16, 6).toString()
  }
}

/** A rule of the simulation that asks a rule of the test. */
export function judgeWith(rule: PacketRule, isEthernet: boolean): (frame: RuleFrame) => Verdict {
  return frame => {
    const verdict = rule(new JudgedPacket(frame, isEthernet))
    return typeof verdict === 'object' ? { delayMs: durationMs(verdict.delay) } : verdict as Verdict
  }
}

/** Which packets: every figure given must fit; a port fits at either end. */
export interface Flow {
  readonly protocol?: Protocol
  readonly port?: number
  readonly from?: string
  readonly to?: string
}

export function belongsTo(packet: TestPacket, { protocol, port, from, to }: Flow): boolean {
  return (protocol === undefined || packet.protocol === protocol) && (from === undefined || packet.from === from)
    && (to === undefined || packet.to === to) && (port === undefined || packet.sourcePort === port || packet.destinationPort === port)
}
