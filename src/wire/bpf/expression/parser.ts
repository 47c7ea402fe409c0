// The grammar of pcap-filter(7), without VLAN, MPLS and the like: and, or (as strong as each other, from the left), not,
// primitives with qualifiers that the next bare value inherits, and relations between values.

import { LINK_ANCILLARY_PKTTYPE, OUTGOING } from './pseudo-fields.ts'
import { Primitives, isProtocol } from './primitives.ts'
import type { LinkType, Qualifiers, Direction } from './primitives.ts'
import { FilterFault, tokenize } from './tokens.ts'
import type { Token } from './tokens.ts'
import { ALWAYS, and, constant, equals, load, not, or } from './tree.ts'
import type { Base, Condition, Value } from './tree.ts'

const NAMED_VALUES: Readonly<Record<string, number>> = {
  'tcpflags': 13, 'tcp-fin': 1, 'tcp-syn': 2, 'tcp-rst': 4, 'tcp-push': 8, 'tcp-ack': 16, 'tcp-urg': 32, 'tcp-ece': 64, 'tcp-cwr': 128,
  'icmptype': 0, 'icmpcode': 1, 'icmp6type': 0, 'icmp6code': 1, 'icmp-echoreply': 0, 'icmp-unreach': 3, 'icmp-redirect': 5, 'icmp-echo': 8,
  'icmp-timxceed': 11, 'icmp-paramprob': 12,
}
/** By strength: the first bind loosest. */
const OPERATORS: readonly (readonly string[])[] = [['|', '&', '^'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']]
const RELATIONS: readonly string[] = ['==', '=', '!=', '>', '<', '>=', '<=']
const DIRECTIONS: readonly string[] = ['src', 'dst']
const TYPES: readonly string[] = ['host', 'net', 'port', 'portrange', 'proto']

export class FilterParser {
  private readonly tokens: Token[]
  private readonly end: number
  private readonly primitives: Primitives
  private place = 0
  private last: Qualifiers | undefined = undefined

  constructor(text: string, link: LinkType) {
    this.tokens = tokenize(text)
    this.end = text.length
    this.primitives = new Primitives(link)
  }

  /** Throws FilterFault. */
  parse(): Condition {
    if (this.tokens.length === 0) return ALWAYS
    const whole = this.expression()
    if (this.place < this.tokens.length) throw this.fault('is not expected here')
    return whole
  }

  private get next(): Token | undefined { return this.tokens[this.place] }

  private is(...texts: readonly string[]): boolean { return this.next !== undefined && texts.includes(this.next.text) }

  private accept(...texts: readonly string[]): boolean {
    if (!this.is(...texts)) return false
    this.place++
    return true
  }

  private fault(message: string): FilterFault {
    const { next } = this
    return new FilterFault(next === undefined ? 'the expression ends too early' : `'${next.text}' ${message}`, next?.at ?? this.end)
  }

  private take(): Token {
    const { next } = this
    if (next === undefined) throw this.fault('')
    this.place++
    return next
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw this.fault(`is not '${text}'`)
  }

  private expression(): Condition {
    let left = this.term()
    for (;;) {
      if (this.accept('and', '&&')) left = and(left, this.term())
      else if (this.accept('or', '||')) left = or(left, this.term())
      else return left
    }
  }

  private term(): Condition {
    if (this.accept('not', '!')) return not(this.term())
    const relation = this.tryRelation()
    if (relation !== undefined) return relation
    if (this.accept('(')) {
      const inner = this.expression()
      this.expect(')')
      return inner
    }
    return this.primitive()
  }

  /** A parenthesis may hold a value or a condition: what is no relation is tried anew. */
  private tryRelation(): Condition | undefined {
    const from = this.place
    try {
      const left = this.value(0)
      if (!this.is(...RELATIONS)) throw this.fault('is no relation')
      const sign = this.take().text
      return relate(sign, left, this.value(0), this.guards.splice(0))
    } catch (error) {
      if (!(error instanceof FilterFault)) throw error
      this.guards.length = 0
      this.place = from
      return undefined
    }
  }

  /** What must hold for the fields of a relation to be there. */
  private readonly guards: Condition[] = []

  private value(level: number): Value {
    if (level === OPERATORS.length) return this.operand()
    let left = this.value(level + 1)
    while (this.is(...OPERATORS[level])) {
      const op = this.take().text
      left = { kind: 'binary', op, left, right: this.value(level + 1) }
    }
    return left
  }

  private operand(): Value {
    if (this.accept('(')) {
      const inner = this.value(0)
      this.expect(')')
      return inner
    }
    if (this.accept('-')) return { kind: 'binary', op: '-', left: constant(0), right: this.operand() }
    const token = this.take()
    if (token.kind === 'number') return constant(Number(token.text))
    if (token.text === 'len') return { kind: 'length' }
    if (token.text in NAMED_VALUES) return constant(NAMED_VALUES[token.text])
    if (isProtocol(token.text) && this.is('[')) return this.field(token.text)
    this.place--
    throw this.fault('is no value')
  }

  /** `tcp[13]`, `ip[2:2]`, `ether[0]`. */
  private field(protocol: string): Value {
    this.expect('[')
    const offset = this.value(0)
    const size = this.accept(':') ? Number(this.take().text) : 1
    this.expect(']')
    if (size !== 1 && size !== 2 && size !== 4) throw this.fault('follows a size that is not 1, 2 or 4')
    const { primitives } = this
    let base: Base = 'network'
    if (protocol === 'ether') base = 'link'
    else this.guards.push(primitives.named(protocol))
    if (protocol === 'icmp6') return { kind: 'load', base, offset: { kind: 'binary', op: '+', left: offset, right: constant(40) }, size: size }
    if (!['ether', 'ip', 'ip6', 'arp', 'rarp'].includes(protocol)) {
      // The header's place is known for IPv4's first fragments only.
      this.guards.push(primitives.ip, primitives.notLaterFragment())
      base = 'transport'
    }
    return { kind: 'load', base, offset, size: size }
  }

  private primitive(): Condition {
    const from = this.place
    const { primitives } = this
    const special = this.special()
    if (special !== undefined) return special
    const protocol = this.next?.kind === 'word' && isProtocol(this.next.text) ? this.take().text : undefined
    if (protocol !== undefined && this.accept('broadcast', 'multicast')) return this.groups(protocol, this.tokens[this.place - 1])
    const direction = this.direction()
    const type = this.is(...TYPES) ? this.take().text : undefined
    const isBare = direction === undefined && type === undefined
    if (protocol !== undefined && isBare && !this.isIdentifier()) {
      this.last = undefined
      return protocol === 'ether' ? this.refuse() : primitives.named(protocol)
    }
    if (this.place === from && this.last === undefined && !this.isIdentifier()) throw this.fault('is not known here')
    const qualifiers: Qualifiers = this.place === from && this.last !== undefined ? this.last
      : { protocol, direction: direction ?? 'either', type: type ?? 'host' }
    this.last = qualifiers
    if (this.accept('(')) {
      const inner = this.expression()
      this.expect(')')
      return inner
    }
    return this.identified(qualifiers)
  }

  private refuse(): never { throw this.fault('follows ether, which says too little') }

  private isIdentifier(): boolean { return this.next !== undefined && (this.next.kind !== 'word' && this.next.kind !== 'sign') }

  private direction(): Direction | undefined {
    if (!this.is(...DIRECTIONS)) return undefined
    const first = this.take().text as Direction
    const { place } = this
    if (!this.accept('or', 'and')) return first
    const join = this.tokens[place].text
    if (!this.accept(...DIRECTIONS)) {
      this.place = place
      return first
    }
    return join === 'or' ? 'either' : 'both'
  }

  private special(): Condition | undefined {
    if (this.accept('less')) return not({ kind: 'test', value: { kind: 'length' }, relation: '>', right: constant(this.number()) })
    if (this.accept('greater')) return { kind: 'test', value: { kind: 'length' }, relation: '>=', right: constant(this.number()) }
    if (this.is('broadcast', 'multicast')) return this.groups('ether', this.take())
    if (this.accept('outbound')) return equals(load('link', LINK_ANCILLARY_PKTTYPE, 1), OUTGOING)
    if (this.accept('inbound')) return not(equals(load('link', LINK_ANCILLARY_PKTTYPE, 1), OUTGOING))
    return undefined
  }

  private number(): number {
    const token = this.take()
    if (token.kind !== 'number') throw new FilterFault(`${token.text}: no number`, token.at)
    return Number(token.text)
  }

  private groups(protocol: string, token: Token): Condition {
    const { primitives } = this
    if (protocol === 'ether' && token.text === 'broadcast') return primitives.hardwareHost({ ...token, text: 'ff:ff:ff:ff:ff:ff' }, 'dst')
    if (token.text !== 'multicast') throw new FilterFault(`${protocol} broadcast is not known`, token.at)
    if (protocol === 'ether') return { kind: 'test', value: load('link', 0, 1), relation: 'set', right: constant(1) }
    if (protocol === 'ip') return and(primitives.ip, { kind: 'test', value: load('network', 16, 1), relation: '>=', right: constant(224) })
    if (protocol === 'ip6') return and(primitives.ip6, equals(load('network', 24, 1), 255))
    throw new FilterFault(`${protocol} multicast is not known`, token.at)
  }

  private identified(qualifiers: Qualifiers): Condition {
    const { primitives } = this
    const token = this.take()
    switch (qualifiers.type) {
      case 'proto': return primitives.protocolNumber(qualifiers.protocol, token)
      case 'port': {
        const port = primitives.portNumber(token)
        return primitives.ports(token, qualifiers, port, port)
      }
      case 'portrange': {
        const low = primitives.portNumber(token)
        this.expect('-')
        const high = primitives.portNumber(this.take())
        return primitives.ports(token, qualifiers, Math.min(low, high), Math.max(low, high))
      }
      default:
        if (token.kind === 'mac') return primitives.hardwareHost(token, qualifiers.direction)
        if (token.kind === 'ipv4' || token.kind === 'ipv6' || (token.kind === 'number' && qualifiers.type === 'net')) {
          return primitives.network(token, qualifiers)
        }
        throw new FilterFault(`${token.text}: no address; names are not looked up`, token.at)
    }
  }
}

function relate(sign: string, left: Value, right: Value, guards: readonly Condition[]): Condition {
  const test = (relation: '==' | '>' | '>='): Condition => ({ kind: 'test', value: left, relation, right })
  const made = sign === '=' || sign === '==' ? test('==') : sign === '!=' ? not(test('==')) : sign === '>' ? test('>')
    : sign === '>=' ? test('>=') : sign === '<' ? not(test('>=')) : not(test('>'))
  return guards.length === 0 ? made : and(...guards, made)
}
