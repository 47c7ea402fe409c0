// A condition becomes classic BPF (libpcap: gen_* and optimize.c, without the optimizer): every test loads its value and
// jumps forward, an `and` goes on to its right side, and two returns end the program. Called by tcpdump and by whoever wants
// a filter from text.

import type { Instruction } from '../instruction.ts'
import {
  ABS, ADD, ALU, AND, ANCILLARY, B, DIV, H, IMM, IND, JA, JEQ, JGE, JGT, JMP, JSET, K, LD, LDX, LEN, LSH, MEM, MISC, MOD, MSH, MUL, OR, RET,
  RSH, SCRATCH_WORDS, ST, SUB, TAX, TXA, W, X, XOR,
} from '../instruction.ts'
import { FilterParser } from './parser.ts'
import type { LinkType } from './primitives.ts'
import { FilterFault } from './tokens.ts'
import type { Base, Condition, Value } from './tree.ts'

const ETHERNET_BYTES = 14
const SNAP_LENGTH = 262_144
const FARTHEST_JUMP = 255
const SIZES = { 1: B, 2: H, 4: W } as const
const OPERATIONS: Readonly<Record<string, number>> = {
  '+': ADD, '-': SUB, '*': MUL, '/': DIV, '%': MOD, '&': AND, '|': OR, '^': XOR, '<<': LSH, '>>': RSH,
}
const TESTS = { '==': JEQ, '>': JGT, '>=': JGE, 'set': JSET } as const

interface Label { at: number }
interface Draft { readonly code: number, readonly k: number, readonly whenTrue?: Label, readonly whenFalse?: Label }

class Writer {
  private readonly drafts: Draft[] = []
  private readonly networkAt: number
  private scratch = 0

  constructor(link: LinkType) { this.networkAt = link === 'ethernet' ? ETHERNET_BYTES : 0 }

  condition(condition: Condition, yes: Label, no: Label): void {
    switch (condition.kind) {
      case 'always': this.jump(yes); break
      case 'never': this.jump(no); break
      case 'not': this.condition(condition.of, no, yes); break
      case 'and': {
        const more: Label = { at: -1 }
        this.condition(condition.left, more, no)
        this.put(more)
        this.condition(condition.right, yes, no)
        break
      }
      case 'or': {
        const more: Label = { at: -1 }
        this.condition(condition.left, yes, more)
        this.put(more)
        this.condition(condition.right, yes, no)
        break
      }
      case 'test': {
        const isConstant = condition.right.kind === 'constant'
        if (isConstant) this.value(condition.value)
        else this.pair(condition.value, condition.right)
        this.emit(JMP | TESTS[condition.relation] | (isConstant ? K : X), condition.right.kind === 'constant' ? condition.right.value : 0, yes, no)
      }
    }
  }

  put(label: Label): void { label.at = this.drafts.length }

  emit(code: number, k: number = 0, whenTrue?: Label, whenFalse?: Label): void {
    this.drafts.push({ code, k, ...whenTrue && { whenTrue }, ...whenFalse && { whenFalse } })
  }

  private jump(to: Label): void { this.emit(JMP | JA, 0, to) }

  /** Into A. */
  private value(value: Value): void {
    switch (value.kind) {
      case 'constant': this.emit(LD | IMM, value.value); break
      case 'length': this.emit(LD | W | LEN); break
      case 'load': this.load(value.base, value.offset, SIZES[value.size]); break
      case 'binary':
        if (value.right.kind === 'constant') {
          this.value(value.left)
          this.emit(ALU | OPERATIONS[value.op] | K, this.checked(value.op, value.right.value))
        } else {
          this.pair(value.left, value.right)
          this.emit(ALU | OPERATIONS[value.op] | X)
        }
    }
  }

  private checked(op: string, operand: number): number {
    if ((op === '/' || op === '%') && operand === 0) throw new FilterFault('division by zero', 0)
    if ((op === '<<' || op === '>>') && operand > 31) throw new FilterFault('a shift by more than 31', 0)
    return operand
  }

  /** The left into A, the right into X. */
  private pair(left: Value, right: Value): void {
    const word = this.scratch
    if (word === SCRATCH_WORDS) throw new FilterFault('too deep', 0)
    this.scratch++
    this.value(left)
    this.emit(ST, word)
    this.value(right)
    this.emit(MISC | TAX)
    this.emit(LD | MEM, word)
    this.scratch--
  }

  private load(base: Base, offset: Value, size: number): void {
    const from = base === 'link' ? 0 : this.networkAt
    if (base !== 'transport') {
      if (offset.kind === 'constant') {
        // The kernel's own fields lie at fixed places and are words.
        const isAncillary = offset.value >= ANCILLARY
        this.emit(LD | (isAncillary ? W : size) | ABS, isAncillary ? offset.value : from + offset.value)
        return
      }
      this.value(offset)
      this.emit(MISC | TAX)
      this.emit(LD | size | IND, from)
      return
    }
    if (offset.kind === 'constant') {
      this.emit(LDX | B | MSH, from)
      this.emit(LD | size | IND, from + offset.value)
      return
    }
    const word = this.scratch
    this.value(offset)
    this.emit(ST, word)
    this.emit(LDX | B | MSH, from)
    this.emit(MISC | TXA)
    this.emit(LDX | MEM, word)
    this.emit(ALU | ADD | X)
    this.emit(MISC | TAX)
    this.emit(LD | size | IND, from)
  }

  finish(): Instruction[] {
    return this.drafts.map(({ code, k, whenTrue, whenFalse }, at) => {
      if (whenTrue === undefined) return { code, jt: 0, jf: 0, k }
      const [jt, jf] = [whenTrue, whenFalse ?? whenTrue].map(each => each.at - at - 1)
      if (whenFalse === undefined) return { code, jt: 0, jf: 0, k: jt }
      if (jt > FARTHEST_JUMP || jf > FARTHEST_JUMP) throw new FilterFault('the expression is too long', 0)
      return { code, jt, jf, k }
    })
  }
}

/** A program for SO_ATTACH_FILTER or PacketFilter; what is wrong with the text comes back as a FilterFault. */
export function compileFilter(text: string, link: LinkType = 'ethernet', snapLength: number = SNAP_LENGTH): readonly Instruction[] | FilterFault {
  try {
    const writer = new Writer(link)
    const [yes, no]: [Label, Label] = [{ at: -1 }, { at: -1 }]
    writer.condition(new FilterParser(text, link).parse(), yes, no)
    writer.put(yes)
    writer.emit(RET | K, snapLength)
    writer.put(no)
    writer.emit(RET | K, 0)
    return writer.finish()
  } catch (error) {
    if (error instanceof FilterFault) return error
    throw error
  }
}
