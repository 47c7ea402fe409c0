// Classic BPF as struct sock_filter has it: the numbers, and programs as bytes (Linux: uapi/linux/bpf_common.h, filter.h).

export interface Instruction { readonly code: number, readonly jt: number, readonly jf: number, readonly k: number }

export const INSTRUCTION_BYTES = 8
/** BPF_MAXINSNS. */
export const MOST_INSTRUCTIONS = 4096
/** BPF_MEMWORDS. */
export const SCRATCH_WORDS = 16

// Classes.
export const LD = 0
export const LDX = 1
export const ST = 2
export const STX = 3
export const ALU = 4
export const JMP = 5
export const RET = 6
export const MISC = 7
// Sizes and modes of loads.
export const W = 0x00
export const H = 0x08
export const B = 0x10
export const IMM = 0x00
export const ABS = 0x20
export const IND = 0x40
export const MEM = 0x60
export const LEN = 0x80
export const MSH = 0xa0
// Arithmetic.
export const ADD = 0x00
export const SUB = 0x10
export const MUL = 0x20
export const DIV = 0x30
export const OR = 0x40
export const AND = 0x50
export const LSH = 0x60
export const RSH = 0x70
export const NEG = 0x80
export const MOD = 0x90
export const XOR = 0xa0
// Jumps.
export const JA = 0x00
export const JEQ = 0x10
export const JGT = 0x20
export const JGE = 0x30
export const JSET = 0x40
// Where the operand is.
export const K = 0x00
export const X = 0x08
export const A = 0x10
export const TAX = 0x00
export const TXA = 0x80

// Loads beyond the packet: what the kernel knows of it (SKF_AD_*), and offsets from its headers.
export const ANCILLARY = 0xfffff000
export const NETWORK_HEADER = 0xfff00000
export const LINK_HEADER = 0xffe00000
export const AD_PROTOCOL = 0
export const AD_PKTTYPE = 4
export const AD_IFINDEX = 8
export const AD_NLATTR = 12
export const AD_NLATTR_NEST = 16
export const AD_MARK = 20
export const AD_QUEUE = 24
export const AD_HATYPE = 28
export const AD_RXHASH = 32
export const AD_CPU = 36
export const AD_ALU_XOR_X = 40
export const AD_VLAN_TAG = 44
export const AD_VLAN_TAG_PRESENT = 48
export const AD_PAY_OFFSET = 52
export const AD_RANDOM = 56
export const AD_VLAN_TPID = 60

/** struct sock_filter, one after the other, as a C program passes them. */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * INSTRUCTION_BYTES
    view.setUint16(at, code, true)
    bytes[at + 2] = jt
    bytes[at + 3] = jf
    view.setUint32(at + 4, k, true)
  }
  return bytes
}

/** EINVAL when the bytes are no whole number of instructions. */
export function decodeProgram(bytes: Uint8Array): readonly Instruction[] | 'EINVAL' {
  if (bytes.length % INSTRUCTION_BYTES !== 0) return 'EINVAL'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / INSTRUCTION_BYTES }, (_, index) => {
    const at = index * INSTRUCTION_BYTES
    return { code: view.getUint16(at, true), jt: bytes[at + 2], jf: bytes[at + 3], k: view.getUint32(at + 4, true) }
  })
}
