// The TCP header (RFC 9293 3.1): a view for the hot path, a record for tests and tools. Options are tcp-options.ts.

import { viewOf } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { decodeTcpOptions, encodeTcpOptions, tcpOptionsLength } from './tcp-options.ts'
import type { TcpOption } from './tcp-options.ts'

export const TCP_HEADER_BYTES = 20

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10
export const URG = 0x20
export const ECE = 0x40
export const CWR = 0x80
/** The reserved bit that AccECN uses (RFC 9768). */
export const AE = 0x100

/** A cursor over one header. Re-wrapped for every packet; never stored. */
export class TcpView {
  private view: DataView = viewOf(new Uint8Array(0))
  /** Where the header starts, and where the segment ends. */
  at = 0
  end = 0

  wrap(view: DataView, at: number, end: number): this {
    this.view = view
    this.at = at
    this.end = end
    return this
  }

  /** After it no getter runs off the end. */
  check(): DropReason | undefined {
    if (this.end - this.at < TCP_HEADER_BYTES) return 'tcp-malformed'
    const length = this.headerLen
    return length < TCP_HEADER_BYTES || length > this.end - this.at ? 'tcp-malformed' : undefined
  }

  private get8(at: number): number { return this.view.getUint8(this.at + at) }
  private get16(at: number): number { return this.view.getUint16(this.at + at) }
  private get32(at: number): number { return this.view.getInt32(this.at + at) }

  get srcPort(): number { return this.get16(0) }
  get dstPort(): number { return this.get16(2) }
  /** int32: compare with base/seq.ts only. */
  get seq(): number { return this.get32(4) }
  get ack(): number { return this.get32(8) }
  get headerLen(): number { return (this.get8(12) >> 4) << 2 }
  /** Nine bits, AE included. */
  get flags(): number { return this.get16(12) & 0x1ff }
  get wnd(): number { return this.get16(14) }
  get checksum(): number { return this.get16(16) }
  get urgentPointer(): number { return this.get16(18) }
  get hasSyn(): boolean { return (this.get8(13) & SYN) !== 0 }
  get hasAck(): boolean { return (this.get8(13) & ACK) !== 0 }
  get hasRst(): boolean { return (this.get8(13) & RST) !== 0 }
  get hasFin(): boolean { return (this.get8(13) & FIN) !== 0 }
  get optionsAt(): number { return this.at + TCP_HEADER_BYTES }
  get optionsEnd(): number { return this.at + this.headerLen }
  get payloadAt(): number { return this.at + this.headerLen }
  get payloadLen(): number { return this.end - this.at - this.headerLen }
}

/** Writes the fixed header; the checksum field is left as `checksum`. */
export function writeTcpHeader(view: DataView, at: number, srcPort: number, dstPort: number, seq: number, ack: number, headerLen: number,
  flags: number, wnd: number, checksum: number, urgentPointer: number): void {
  view.setInt32(at, (srcPort << 16) | (dstPort & 0xffff))
  view.setInt32(at + 4, seq)
  view.setInt32(at + 8, ack)
  view.setInt32(at + 12, (headerLen << 26) | (flags << 16) | (wnd & 0xffff))
  view.setInt32(at + 16, (checksum << 16) | (urgentPointer & 0xffff))
}

/** The header as a plain value; `checksum` 0 means "to be summed by who sends it". */
export interface TcpHeader {
  readonly srcPort: number
  readonly dstPort: number
  /** Unsigned, as printed. */
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly wnd: number
  readonly checksum: number
  readonly urgentPointer: number
  readonly options: readonly TcpOption[]
}

export function decodeTcp(u8: Uint8Array, at: number, end: number): TcpHeader | DropReason {
  const view = new TcpView().wrap(viewOf(u8), at, end)
  const reason = view.check()
  if (reason !== undefined) return reason
  return {
    srcPort: view.srcPort, dstPort: view.dstPort, seq: view.seq >>> 0, ack: view.ack >>> 0, flags: view.flags, wnd: view.wnd,
    checksum: view.checksum, urgentPointer: view.urgentPointer, options: decodeTcpOptions(u8, view.optionsAt, view.optionsEnd),
  }
}

export function tcpHeaderLength(header: TcpHeader): number { return TCP_HEADER_BYTES + tcpOptionsLength(header.options) }

/** Answers the header's length; options are padded to a word with zeros (RFC 9293 MUST-69). */
export function encodeTcp(header: TcpHeader, into: Uint8Array, at: number): number {
  const length = tcpHeaderLength(header)
  writeTcpHeader(viewOf(into), at, header.srcPort, header.dstPort, header.seq | 0, header.ack | 0, length, header.flags, header.wnd,
    header.checksum,
    header.urgentPointer)
  encodeTcpOptions(header.options, into, at + TCP_HEADER_BYTES)
  return length
}

const FLAG_LETTERS: readonly (readonly [number, string])[] = Object.freeze([
  [SYN, 'S'], [FIN, 'F'], [RST, 'R'], [PSH, 'P'], [ACK, '.'], [URG, 'U'], [ECE, 'E'], [CWR, 'W'], [AE, 'A'],
])

/** As tcpdump prints them: `S.`, `P.`, `none`. */
export function describeTcpFlags(flags: number): string {
  const letters = FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter).join('')
  return letters === '' ? 'none' : letters
}
