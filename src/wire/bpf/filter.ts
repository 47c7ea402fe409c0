// Runs a classic BPF program over a packet where it lies (Linux: bpf_prog_run, sk_run_filter). What it answers is how many
// bytes of the packet are wanted, 0 for none of it. A load beyond the packet ends the program with 0.

import type { Packet } from '../packet.ts'
import { decodeProgram, encodeProgram } from './instruction.ts'
import type { Instruction } from './instruction.ts'
import {
  A, ABS, ADD, AD_ALU_XOR_X, AD_HATYPE, AD_IFINDEX, AD_MARK, AD_PAY_OFFSET, AD_PKTTYPE, AD_PROTOCOL, AD_RANDOM, ALU, ANCILLARY, AND, B, DIV,
  H, IMM, JA, JEQ, JGE, JGT, JMP, JSET, LD, LDX, LEN, LINK_HEADER, LSH, MEM, MISC, MOD, MSH, MUL, NEG, NETWORK_HEADER, OR, RET, RSH,
  SCRATCH_WORDS, ST, STX, SUB, TAX, W, X, XOR, IND,
} from './instruction.ts'
import { isValidProgram } from './verify.ts'

const ETHERNET_BYTES = 14

/** What a program may ask beside the bytes. Owned and refilled by whoever runs filters. */
export class FilterSubject {
  u8: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  /** Absolute positions, -1 where there is no such header. */
  linkAt = -1
  networkAt = -1
  etherType = 0
  packetType = 0
  deviceIndex = 0
  hardwareType = 0
  mark = 0
  payloadOffset = 0
  random = 0
  /** Of loopback, which has no link header: programs see one of zeros and the EtherType, as on Linux. */
  isLoopback = false

  ofBytes(u8: Uint8Array, start: number, end: number): this {
    this.u8 = u8
    this.start = start
    this.end = end
    this.linkAt = -1
    this.networkAt = -1
    this.etherType = 0
    this.packetType = 0
    this.deviceIndex = 0
    this.hardwareType = 0
    this.mark = 0
    this.payloadOffset = 0
    return this
  }

  /** The packet from `start` on. */
  ofPacket(packet: Packet, start: number): this {
    this.ofBytes(packet.memory.u8, start, packet.end)
    this.linkAt = packet.linkAt
    this.networkAt = packet.networkAt
    this.etherType = packet.etherType
    this.packetType = packet.linkDestination
    this.deviceIndex = packet.deviceIndex
    return this
  }
}

/** A program that was found good; runs without allocation. */
export class PacketFilter {
  readonly length: number
  /** For whoever runs it. */
  readonly subject = new FilterSubject()
  private readonly codes: Uint16Array
  private readonly jumps: Uint16Array
  private readonly constants: Uint32Array
  private readonly scratch = new Uint32Array(SCRATCH_WORDS)

  private constructor(program: readonly Instruction[]) {
    this.length = program.length
    this.codes = Uint16Array.from(program, each => each.code)
    this.jumps = Uint16Array.from(program, each => each.jt << 8 | each.jf)
    this.constants = Uint32Array.from(program, each => each.k)
  }

  /** EINVAL for a program that may not run. */
  static of(program: readonly Instruction[]): PacketFilter | 'EINVAL' {
    return isValidProgram(program) ? new PacketFilter(program) : 'EINVAL'
  }

  /** From an array of struct sock_filter. */
  static decode(bytes: Uint8Array): PacketFilter | 'EINVAL' {
    const program = decodeProgram(bytes)
    return program === 'EINVAL' ? program : PacketFilter.of(program)
  }

  encode(): Uint8Array {
    return encodeProgram(Array.from(this.codes, (code, at) => ({
      code, jt: this.jumps[at] >>> 8, jf: this.jumps[at] & 0xff, k: this.constants[at],
    })))
  }

  /** Bytes wanted, 0 to 2^32 - 1. */
  run(subject: FilterSubject): number {
    const { codes, jumps, constants, scratch } = this
    const length = subject.end - subject.start
    let a = 0
    let x = 0
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at]
      const k = constants[at]
      switch (code & 7) {
        case LD:
        case LDX: {
          const value = load(subject, code, k, a, x, length, scratch)
          if (value < 0) return 0
          if ((code & 7) === LD) a = value
          else x = value
          break
        }
        case ST: scratch[k] = a; break
        case STX: scratch[k] = x; break
        case ALU:
          if (code !== (ALU | NEG) && (code & X) !== 0 && x === 0 && divides(code)) return 0
          a = arithmetic(code, a, (code & X) === 0 ? k : x)
          break
        case JMP:
          at += code === (JMP | JA) ? k : holds(code, a, (code & X) === 0 ? k : x) ? jumps[at] >>> 8 : jumps[at] & 0xff
          break
        case RET: return (code & 0x18) === A ? a : k
        case MISC:
          if (code === (MISC | TAX)) x = a
          else a = x
          break
      }
    }
    return 0
  }
}

function divides(code: number): boolean { return (code & 0xf0) === DIV || (code & 0xf0) === MOD }

function arithmetic(code: number, a: number, operand: number): number {
  switch (code & 0xf0) {
    case ADD: return (a + operand) >>> 0
    case SUB: return (a - operand) >>> 0
    case MUL: return Math.imul(a, operand) >>> 0
    case DIV: return Math.floor(a / operand)
    case MOD: return a % operand
    case AND: return (a & operand) >>> 0
    case OR: return (a | operand) >>> 0
    case XOR: return (a ^ operand) >>> 0
    case LSH: return (a << (operand & 31)) >>> 0
    case RSH: return a >>> (operand & 31)
    default: return -a >>> 0
  }
}

function holds(code: number, a: number, operand: number): boolean {
  switch (code & 0xf0) {
    case JEQ: return a === operand
    case JGT: return a > operand
    case JGE: return a >= operand
    case JSET: return (a & operand) !== 0
    default: return false
  }
}

/** The value, -1 when it lies beyond the packet. */
function load(subject: FilterSubject, code: number, k: number, a: number, x: number, length: number, scratch: Uint32Array): number {
  switch (code & 0xe0) {
    case IMM: return k
    case MEM: return scratch[k]
    case LEN: return length
    case ABS: return k >= ANCILLARY ? ancillary(subject, k - ANCILLARY, a, x) : loadAt(subject, k, code & 0x18)
    case IND: return loadAt(subject, (x + k) >>> 0, code & 0x18)
    case MSH: {
      const byte = loadAt(subject, k, B)
      return byte < 0 ? byte : (byte & 0xf) << 2
    }
    default: return -1
  }
}

function loadAt(subject: FilterSubject, offset: number, size: number): number {
  let at = subject.start + offset
  if (offset >= LINK_HEADER) {
    const isNetwork = offset >= NETWORK_HEADER
    if (!isNetwork && subject.isLoopback) return loadFromLoopback(subject, offset - LINK_HEADER, size)
    const base = isNetwork ? subject.networkAt : subject.linkAt
    if (base < 0) return -1
    at = base + offset - (isNetwork ? NETWORK_HEADER : LINK_HEADER)
  }
  const { u8, end } = subject
  if (size === B) return at + 1 > end ? -1 : u8[at]
  if (size === H) return at + 2 > end ? -1 : u8[at] << 8 | u8[at + 1]
  if (size !== W || at + 4 > end) return -1
  return (u8[at] << 24 | u8[at + 1] << 16 | u8[at + 2] << 8 | u8[at + 3]) >>> 0
}

function loadFromLoopback(subject: FilterSubject, offset: number, size: number): number {
  let value = 0
  for (let at = offset; at < offset + (size === W ? 4 : size === H ? 2 : 1); at++) {
    const from = subject.networkAt + at - ETHERNET_BYTES
    if (at >= ETHERNET_BYTES && (subject.networkAt < 0 || from >= subject.end)) return -1
    const byte = at < 12 ? 0 : at === 12 ? subject.etherType >>> 8 : at === 13 ? subject.etherType & 0xff : subject.u8[from]
    value = (value << 8 | byte) >>> 0
  }
  return value
}

/** Queues, processors, hashes and stripped VLAN tags there are none: 0. */
function ancillary(subject: FilterSubject, which: number, a: number, x: number): number {
  switch (which) {
    case AD_PROTOCOL: return subject.etherType
    case AD_PKTTYPE: return subject.packetType
    // A packet without a device ends the program.
    case AD_IFINDEX: return subject.deviceIndex === 0 ? -1 : subject.deviceIndex
    case AD_HATYPE: return subject.deviceIndex === 0 ? -1 : subject.hardwareType
    case AD_MARK: return subject.mark >>> 0
    case AD_PAY_OFFSET: return subject.payloadOffset
    case AD_RANDOM: return subject.random >>> 0
    case AD_ALU_XOR_X: return (a ^ x) >>> 0
    default: return 0
  }
}
