// What an expression means: tests of loaded values, joined by and, or, not. Offsets are from the link header, the network
// header, or the IPv4 transport header, whose place depends on the packet.

export type Base = 'link' | 'network' | 'transport'
export type Size = 1 | 2 | 4
export type Relation = '==' | '>' | '>='

export type Value =
  | { readonly kind: 'load', readonly base: Base, readonly offset: Value, readonly size: Size }
  | { readonly kind: 'constant', readonly value: number }
  | { readonly kind: 'length' }
  | { readonly kind: 'binary', readonly op: string, readonly left: Value, readonly right: Value }

export type Condition =
  | { readonly kind: 'and' | 'or', readonly left: Condition, readonly right: Condition }
  | { readonly kind: 'not', readonly of: Condition }
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'test', readonly value: Value, readonly relation: Relation | 'set', readonly right: Value }

export const ALWAYS: Condition = { kind: 'always' }
export const NEVER: Condition = { kind: 'never' }

export function constant(value: number): Value { return { kind: 'constant', value: value >>> 0 } }

export function load(base: Base, offset: number, size: Size): Value { return { kind: 'load', base, offset: constant(offset), size } }

export function masked(value: Value, mask: number): Value { return { kind: 'binary', op: '&', left: value, right: constant(mask) } }

export function equals(value: Value, wanted: number): Condition {
  return { kind: 'test', value, relation: '==', right: constant(wanted) }
}

export function and(...all: readonly Condition[]): Condition { return all.reduce((left, right) => ({ kind: 'and', left, right })) }
export function or(...all: readonly Condition[]): Condition { return all.reduce((left, right) => ({ kind: 'or', left, right })) }
export function not(of: Condition): Condition { return { kind: 'not', of } }
