// Capture files that Wireshark reads: pcapng out (interface names, directions, comments), pcapng and classic pcap in.
// The format is draft-free and stable: https://pcapng.com. Numbers are written little-endian, times in microseconds.

import { utf8Decode, utf8Encode } from '../base/bytes.ts'

export const LINKTYPE_ETHERNET = 1
/** Bare IPv4 and IPv6 packets. */
export const LINKTYPE_RAW = 101

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const OPT_COMMENT = 1
const SHB_USERAPPL = 4
const IF_NAME = 2
const IF_TSRESOL = 9
const EPB_FLAGS = 2

export interface PacketNotes {
  readonly direction?: 'in' | 'out'
  readonly comment?: string
  /** When fewer bytes are given than there were. */
  readonly originalLength?: number
}

/** A block under construction: options are padded to four bytes and the length stands at both ends. */
class Block {
  private readonly parts: number[] = []
  private readonly type: number
  constructor(type: number) { this.type = type }

  u16(value: number): this { this.parts.push(value & 255, value >>> 8 & 255); return this }
  u32(value: number): this { this.parts.push(value & 255, value >>> 8 & 255, value >>> 16 & 255, value >>> 24 & 255); return this }

  option(code: number, value: Uint8Array | readonly number[]): this {
    this.u16(code).u16(value.length).parts.push(...value)
    return this.pad()
  }

  pad(): this {
    while (this.parts.length % 4 !== 0) this.parts.push(0)
    return this
  }

  /** `data`, when there is any, stands between the fixed fields and the options. */
  finish(fixed: number = this.parts.length, data?: Uint8Array): Uint8Array {
    const padded = data === undefined ? 0 : data.length + 3 & ~3
    const total = 12 + this.parts.length + padded
    const bytes = new Uint8Array(total)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, this.type, true)
    view.setUint32(4, total, true)
    bytes.set(this.parts.slice(0, fixed), 8)
    if (data !== undefined) bytes.set(data, 8 + fixed)
    bytes.set(this.parts.slice(fixed), 8 + fixed + padded)
    view.setUint32(total - 4, total, true)
    return bytes
  }
}

export class PcapngWriter {
  private readonly sink: (bytes: Uint8Array) => void
  private interfaces = 0

  constructor(sink: (bytes: Uint8Array) => void, application: string = 'Sockeye') {
    this.sink = sink
    const block = new Block(SECTION_HEADER).u32(BYTE_ORDER_MAGIC).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff)
    sink(block.option(SHB_USERAPPL, utf8Encode(application)).option(0, []).finish())
  }

  /** Number of a new interface, for `packet`. */
  addInterface(name: string, linkType: number): number {
    const block = new Block(INTERFACE_DESCRIPTION).u16(linkType).u16(0).u32(0)
    this.sink(block.option(IF_NAME, utf8Encode(name)).option(IF_TSRESOL, [6]).option(0, []).finish())
    this.interfaces++
    return this.interfaces - 1
  }

  packet(interfaceId: number, atUs: number, bytes: Uint8Array, notes: PacketNotes = {}): void {
    const block = new Block(ENHANCED_PACKET).u32(interfaceId).u32(Math.floor(atUs / 4294967296)).u32(atUs % 4294967296 >>> 0)
      .u32(bytes.length).u32(notes.originalLength ?? bytes.length)
    if (notes.direction !== undefined) block.option(EPB_FLAGS, [notes.direction === 'in' ? 1 : 2, 0, 0, 0])
    if (notes.comment !== undefined) block.option(OPT_COMMENT, utf8Encode(notes.comment))
    if (notes.direction !== undefined || notes.comment !== undefined) block.option(0, [])
    this.sink(block.finish(20, bytes))
  }
}

export interface CaptureInterface { readonly name: string, readonly linkType: number }

export interface CapturedPacket {
  readonly interfaceId: number
  readonly atUs: number
  readonly bytes: Uint8Array
  readonly originalLength: number
  readonly direction: 'in' | 'out' | undefined
  readonly comment: string | undefined
}

export interface CaptureFile { readonly interfaces: readonly CaptureInterface[], readonly packets: readonly CapturedPacket[] }

/** What a pcapng or pcap file holds, or a sentence that says why it cannot be read. */
export function readCapture(file: Uint8Array): CaptureFile | string {
  if (file.length < 24) return 'capture: the file is too short to be one'
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const magic = view.getUint32(0, true)
  if (magic === SECTION_HEADER) return new PcapngReader(file, view).read()
  if (magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) return readClassic(file, view, true, magic === 0xa1b23c4d)
  if (magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1) return readClassic(file, view, false, magic === 0x4d3cb2a1)
  return 'capture: neither pcapng nor pcap'
}

function readClassic(file: Uint8Array, view: DataView, little: boolean, isNano: boolean): CaptureFile | string {
  const packets: CapturedPacket[] = []
  for (let at = 24; at < file.length;) {
    const length = at + 16 <= file.length ? view.getUint32(at + 8, little) : Infinity
    if (at + 16 + length > file.length) return `capture: cut short in packet ${packets.length + 1}`
    const fraction = view.getUint32(at + 4, little)
    const fractionUs = isNano ? Math.floor(fraction / 1000) : fraction
    packets.push({
      interfaceId: 0, atUs: view.getUint32(at, little) * 1e6 + fractionUs,
      bytes: file.slice(at + 16, at + 16 + length), originalLength: view.getUint32(at + 12, little),
      direction: undefined, comment: undefined,
    })
    at += 16 + length
  }
  return { interfaces: [{ name: '', linkType: view.getUint32(20, little) & 0xffff }], packets }
}

class PcapngReader {
  private readonly file: Uint8Array
  private readonly view: DataView
  private little = true
  private readonly interfaces: (CaptureInterface & { readonly unitsPerSec: number })[] = []
  private readonly packets: CapturedPacket[] = []
  /** Interfaces are numbered anew in each section. */
  private firstInterface = 0

  constructor(file: Uint8Array, view: DataView) {
    this.file = file
    this.view = view
  }

  read(): CaptureFile | string {
    for (let at = 0; at < this.file.length;) {
      if (at + 12 > this.file.length) return `capture: cut short at byte ${at}`
      if (this.view.getUint32(at, true) === SECTION_HEADER) this.little = this.view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC
      const length = this.u32(at + 4)
      if (length < 12 || length % 4 !== 0 || at + length > this.file.length) return `capture: malformed block at byte ${at}`
      const wrong = this.block(this.u32(at), at + 8, at + length - 4)
      if (wrong !== undefined) return `capture: ${wrong} at byte ${at}`
      at += length
    }
    return { interfaces: this.interfaces.map(({ name, linkType }) => ({ name, linkType })), packets: this.packets }
  }

  private block(type: number, at: number, end: number): string | undefined {
    switch (type) {
      case SECTION_HEADER:
        this.firstInterface = this.interfaces.length
        return undefined
      case INTERFACE_DESCRIPTION: return this.interfaceBlock(at, end)
      case ENHANCED_PACKET: return this.packetBlock(at, end)
      case SIMPLE_PACKET: return this.simplePacketBlock(at, end)
      default: return undefined
    }
  }

  private interfaceBlock(at: number, end: number): string | undefined {
    if (end - at < 8) return 'a short interface block'
    const options = this.options(at + 8, end)
    const name = options.get(IF_NAME)
    const resolution = options.get(IF_TSRESOL)?.[0] ?? 6
    const unitsPerSec = resolution >= 128 ? 2 ** (resolution - 128) : 10 ** resolution
    this.interfaces.push({ name: name === undefined ? '' : utf8Decode(name), linkType: this.u16(at), unitsPerSec })
    return undefined
  }

  private packetBlock(at: number, end: number): string | undefined {
    const length = end - at < 20 ? Infinity : this.u32(at + 12)
    if (at + 20 + length > end) return 'a short packet block'
    const interfaceId = this.firstInterface + this.u32(at)
    const from = this.interfaces.at(interfaceId)
    if (from === undefined) return 'a packet of an unknown interface'
    const options = this.options(at + 20 + (length + 3 & ~3), end)
    const direction = (options.get(EPB_FLAGS)?.[this.little ? 0 : 3] ?? 0) & 3
    const comment = options.get(OPT_COMMENT)
    // Exact for microseconds; finer units lose what a number cannot hold.
    const units = this.u32(at + 4) * 4294967296 + this.u32(at + 8)
    this.packets.push({
      interfaceId, atUs: from.unitsPerSec === 1e6 ? units : Math.floor(units / from.unitsPerSec * 1e6),
      bytes: this.file.slice(at + 20, at + 20 + length), originalLength: this.u32(at + 16),
      direction: direction === 1 ? 'in' : direction === 2 ? 'out' : undefined,
      comment: comment === undefined ? undefined : utf8Decode(comment),
    })
    return undefined
  }

  private simplePacketBlock(at: number, end: number): string | undefined {
    if (end - at < 4 || this.interfaces.length === this.firstInterface) return 'a stray simple packet'
    const originalLength = this.u32(at)
    const bytes = this.file.slice(at + 4, at + 4 + Math.min(originalLength, end - at - 4))
    this.packets.push({ interfaceId: this.firstInterface, atUs: 0, bytes, originalLength, direction: undefined, comment: undefined })
    return undefined
  }

  /** The first of each code. */
  private options(from: number, end: number): ReadonlyMap<number, Uint8Array> {
    const found = new Map<number, Uint8Array>()
    for (let at = from; at + 4 <= end;) {
      const code = this.u16(at)
      const length = this.u16(at + 2)
      if (code === 0 || at + 4 + length > end) break
      if (!found.has(code)) found.set(code, this.file.subarray(at + 4, at + 4 + length))
      at += 4 + (length + 3 & ~3)
    }
    return found
  }

  private u16(at: number): number { return this.view.getUint16(at, this.little) }
  private u32(at: number): number { return this.view.getUint32(at, this.little) }
}
