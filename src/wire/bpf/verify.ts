// Whether a classic BPF program may run (Linux: bpf_check_classic, check_load_and_stores): known instructions only, jumps
// forward and inside, no division by zero, scratch words read only after they were written, and a return at the end.

import type { Instruction } from './instruction.ts'
import {
  A, ABS, ADD, ALU, ANCILLARY, AND, AD_ALU_XOR_X, AD_CPU, AD_HATYPE, AD_IFINDEX, AD_MARK, AD_NLATTR, AD_NLATTR_NEST, AD_PAY_OFFSET,
  AD_PKTTYPE, AD_PROTOCOL, AD_QUEUE, AD_RANDOM, AD_RXHASH, AD_VLAN_TAG, AD_VLAN_TAG_PRESENT, AD_VLAN_TPID, B, DIV, H, IMM, IND, JA, JEQ,
  JGE, JGT, JMP, JSET, K, LD, LDX, LEN, LSH, MEM, MISC, MOD, MOST_INSTRUCTIONS, MSH, MUL, NEG, OR, RET, RSH, SCRATCH_WORDS, ST, STX, SUB,
  TAX, TXA, W, X, XOR,
} from './instruction.ts'

const BINARY: readonly number[] = [ADD, SUB, MUL, DIV, MOD, AND, OR, XOR, LSH, RSH]
const TESTS: readonly number[] = [JEQ, JGE, JGT, JSET]

const ALLOWED: ReadonlySet<number> = new Set([
  ...BINARY.flatMap(each => [ALU | each | K, ALU | each | X]), ALU | NEG,
  ...[W, H, B].flatMap(size => [LD | size | ABS, LD | size | IND]),
  LD | W | LEN, LD | IMM, LD | MEM, LDX | W | LEN, LDX | B | MSH, LDX | IMM, LDX | MEM, ST, STX,
  MISC | TAX, MISC | TXA, RET | K, RET | A, JMP | JA, ...TESTS.flatMap(each => [JMP | each | K, JMP | each | X]),
])

const ANCILLARY_WORDS: ReadonlySet<number> = new Set([
  AD_PROTOCOL, AD_PKTTYPE, AD_IFINDEX, AD_NLATTR, AD_NLATTR_NEST, AD_MARK, AD_QUEUE, AD_HATYPE, AD_RXHASH, AD_CPU, AD_ALU_XOR_X,
  AD_VLAN_TAG, AD_VLAN_TAG_PRESENT, AD_PAY_OFFSET, AD_RANDOM, AD_VLAN_TPID,
].map(each => ANCILLARY + each))

const SCRATCH: ReadonlySet<number> = new Set([LD | MEM, LDX | MEM, ST, STX])
const ALL_WORDS = 0xffff

export function isValidProgram(program: readonly Instruction[]): boolean {
  const { length } = program
  if (length === 0 || length > MOST_INSTRUCTIONS) return false
  if (!program.every((each, at) => isValidInstruction(each, at, length))) return false
  const last = program[length - 1].code
  return (last === (RET | K) || last === (RET | A)) && readsOnlyWhatIsWritten(program)
}

function isValidInstruction({ code, jt, jf, k }: Instruction, at: number, length: number): boolean {
  if (!ALLOWED.has(code)) return false
  if (code === (ALU | DIV | K) || code === (ALU | MOD | K)) return k !== 0
  if (code === (ALU | LSH | K) || code === (ALU | RSH | K)) return k < 32
  if (SCRATCH.has(code)) return k < SCRATCH_WORDS
  if (code === (JMP | JA)) return k < length - at - 1
  if ((code & 7) === JMP) return at + jt + 1 < length && at + jf + 1 < length
  const isAbsolute = (code & 7) === LD && (code & 0xe0) === ABS
  return !isAbsolute || k < ANCILLARY || ANCILLARY_WORDS.has(k)
}

/** Follows which scratch words every way to an instruction has written. */
function readsOnlyWhatIsWritten(program: readonly Instruction[]): boolean {
  const known = new Uint16Array(program.length).fill(ALL_WORDS)
  let written = 0
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    written &= known[at]
    if (code === ST || code === STX) written |= 1 << k
    else if (code === (LD | MEM) || code === (LDX | MEM)) {
      if ((written & (1 << k)) === 0) return false
    } else if (code === (JMP | JA)) {
      known[at + 1 + k] &= written
      written = ALL_WORDS
    } else if ((code & 7) === JMP) {
      known[at + 1 + jt] &= written
      known[at + 1 + jf] &= written
      written = ALL_WORDS
    }
  }
  return true
}
