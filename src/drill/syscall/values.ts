// The C-like values of a call's arguments, as numbers, bytes and addresses.

import { IpAddress, parseIp } from '../../base/address/ip.ts'
import { utf8Encode } from '../../base/bytes.ts'
import type { SocketAddress } from './plan.ts'
import type { Expression, StructField } from '../ast.ts'
import { constant } from '../constants.ts'
import { NotApplicable, ScriptError } from '../refusal.ts'

export function isEllipsis(value: Expression | undefined): boolean { return value?.kind === 'ellipsis' }
export function isNull(value: Expression | undefined): boolean { return value?.kind === 'name' && value.name === 'NULL' }

export function toNumber(value: Expression | undefined): number {
  switch (value?.kind) {
    case 'integer': return value.value
    case 'name': return constant(value.name) ?? unknown(value.name)
    case 'or': return value.terms.map(toNumber).reduce((all, each) => (all | each) >>> 0, 0)
    case 'call': return callNumber(value.name, value.args)
    default: throw new ScriptError(value === undefined ? 'an argument is missing' : `expected a number, not ${describe(value)}`)
  }
}

function unknown(name: string): never { throw new NotApplicable(`unknown name \`${name}\``) }

function callNumber(name: string, args: readonly Expression[]): number {
  if (name === 'htons' || name === 'htonl') return toNumber(args[0])
  throw new ScriptError(`${name}() is no number here`)
}

/** `[1]`: what a pointer to an int points at. */
export function pointedNumber(value: Expression | undefined): number {
  if (value?.kind !== 'array' || value.items.length !== 1) throw new ScriptError('expected one number in brackets')
  return toNumber(value.items[0])
}

export function describe(value: Expression): string {
  switch (value.kind) {
    case 'integer': return String(value.value)
    case 'name': return value.name
    case 'or': return value.terms.map(describe).join('|')
    case 'string': return `"${value.text}"`
    case 'ellipsis': return '...'
    case 'array': return `[${value.items.map(describe).join(', ')}]`
    case 'struct': return '{...}'
    case 'call': return `${value.name}(${value.args.map(describe).join(', ')})`
  }
}

/** The fields of a struct by name; `order` names those written by position. */
export class Fields {
  private readonly fields = new Map<string, StructField>()
  private readonly read = new Set<string>()

  constructor(value: Expression | undefined, order: readonly string[] = []) {
    if (value?.kind !== 'struct') throw new ScriptError('expected a struct in braces')
    value.fields.forEach((field, index) => {
      const name = field.name ?? order[index]
      if (name === undefined) throw new ScriptError('a field without a name')
      this.fields.set(name, field)
    })
  }

  get(name: string): Expression | undefined {
    this.read.add(name)
    return this.fields.get(name)?.value
  }

  /** Every field must have been looked at: one that nobody knows is not passed over. */
  done(): void {
    for (const name of this.fields.keys()) if (!this.read.has(name)) throw new NotApplicable(`unknown field \`${name}\``)
  }

  number(name: string): number | undefined {
    const value = this.get(name)
    return value === undefined || value.kind === 'ellipsis' ? undefined : toNumber(value)
  }
}

function ipOf(value: Expression | undefined): IpAddress {
  if (value?.kind === 'call' && value.name.startsWith('inet_')) {
    const text = value.args.find(each => each.kind === 'string')
    const parsed = text?.kind === 'string' ? parseIp(text.text) : undefined
    if (parsed !== undefined) return parsed
  }
  if (value !== undefined && toNumber(value) === 0) return IpAddress.ANY4
  throw new ScriptError('expected an address')
}

/** `{sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("192.168.0.1")}` */
export function socketAddress(value: Expression | undefined): SocketAddress {
  const fields = new Fields(value)
  const family = fields.number('sa_family')
  if (family === 0) { fields.done(); return { family: 'AF_UNSPEC' } }
  if (family === 2) {
    const address = { family: 'AF_INET', address: ipOf(fields.get('sin_addr')), port: fields.number('sin_port') ?? 0 } as const
    fields.done()
    return address
  }
  if (family !== 10) throw new NotApplicable(`address family ${String(family)}`)
  const at = fields.get('sin6_addr') ?? fields.get('inet_pton') ?? fields.get('sin_addr')
  const address = {
    family: 'AF_INET6', address: ipOf(at), port: fields.number('sin6_port') ?? fields.number('sin_port') ?? 0, flowinfo: fields.number('sin6_flowinfo') ?? 0,
    scopeId: fields.number('sin6_scope_id') ?? 0,
  } as const
  fields.done()
  return address
}

export function int32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff)
}

export function readInt32(bytes: Uint8Array, at: number = 0): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | ((bytes[at + 3] ?? 0) << 24)) | 0
}

/** Eight bytes, little-endian; up to 2^53. */
export function readInt64(bytes: Uint8Array, at: number): number {
  return (readInt32(bytes, at) >>> 0) + (readInt32(bytes, at + 4) >>> 0) * 4294967296
}

export function textBytes(text: string): Uint8Array { return utf8Encode(text) }
