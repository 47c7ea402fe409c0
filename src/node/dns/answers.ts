// Node's shapes of DNS answers, one a record type.

import type { Answer, RecordType } from 'dns-packet'
import { NAMES_RECORD_TYPES } from '../facade/running-node.ts'

type Shape = (answer: Answer & { data?: unknown, ttl?: number }) => unknown

interface SoaData { mname: string, rname: string, serial: number, refresh: number, retry: number, expire: number, minimum: number }
interface SrvData { target: string, port: number, priority: number, weight: number }
interface MxData { exchange: string, preference: number }
interface NaptrData { flags: string, services: string, regexp: string, replacement: string, order: number, preference: number }
interface CaaData { issuerCritical?: boolean, tag: string, value: string }
interface TlsaData { usage: number, selector: number, matchingType: number, certificate: Uint8Array }

function texts(data: unknown): string[] {
  return (Array.isArray(data) ? data : [data]).map(each => Buffer.isBuffer(each) ? each.toString('latin1') : String(each))
}

function soa(data: unknown): object {
  const { mname, rname, serial, refresh, retry, expire, minimum } = data as SoaData
  return { nsname: mname, hostmaster: rname, serial, refresh, retry, expire, minttl: minimum }
}

/** The root's name is empty. */
function nameOf(name: string): string { return name === '.' ? '' : name }

function srv(data: unknown): object {
  const { target, port, priority, weight } = data as SrvData
  return { name: nameOf(target), port, priority, weight }
}

function mx(data: unknown): object {
  const { exchange, preference } = data as MxData
  return { exchange: nameOf(exchange), priority: preference }
}

function naptr(data: unknown): object {
  const { flags, services, regexp, replacement, order, preference } = data as NaptrData
  return { flags, service: services, regexp, replacement, order, preference }
}

function caa(data: unknown): object {
  const { issuerCritical, tag, value } = data as CaaData
  return { critical: issuerCritical === true ? 128 : 0, [tag]: value }
}

function tlsa(data: unknown): object {
  const { usage, selector, matchingType, certificate } = data as TlsaData
  return { certUsage: usage, selector, match: matchingType, data: Uint8Array.from(certificate).buffer }
}

/** Node names the type of these where it does; of the last two it knows no name. */
const TYPE_NAMES: Readonly<Record<string, { type: string | undefined }>> = Object.freeze({
  MX: { type: 'MX' }, SRV: { type: 'SRV' }, CAA: { type: 'CAA' }, SOA: { type: undefined }, NAPTR: { type: undefined },
})

const address: Shape = ({ data }) => data

const SHAPES: Readonly<Record<string, Shape>> = Object.freeze({
  A: address,
  AAAA: address,
  CNAME: ({ data }) => data,
  NS: ({ data }) => data,
  PTR: ({ data }) => data,
  TXT: ({ data }) => texts(data),
  MX: ({ data }) => mx(data),
  SRV: ({ data }) => srv(data),
  SOA: ({ data }) => soa(data),
  NAPTR: ({ data }) => naptr(data),
  CAA: ({ data }) => caa(data),
  TLSA: ({ data }) => tlsa(data),
})

/** resolveAny names each answer's type. */
function anyShape(answer: Answer & { data?: unknown, ttl?: number }): object | undefined {
  const { type, data, ttl } = answer
  if (type === 'A' || type === 'AAAA') return { address: data, ttl, type }
  if (type === 'CNAME' || type === 'NS' || type === 'PTR') return { value: data, type }
  if (type === 'TXT') return { entries: texts(data), type }
  const shape = SHAPES[type]
  return shape === undefined ? undefined : { ...shape(answer) as object, type }
}

function ttlOf(answer: Answer): number { return (answer as { ttl?: number }).ttl ?? 0 }

/** Values in Node's shapes; times to live where Node asks for them. */
export function shapeAnswers(type: RecordType, answers: readonly Answer[]): { values: unknown[], ttls: number[] | undefined } {
  if (type === 'ANY' as RecordType) return { values: answers.map(each => anyShape(each as never)).filter(each => each !== undefined), ttls: undefined }
  const shape = SHAPES[type]
  const own = answers.filter(each => each.type === type)
  // No address outlives the aliases that led to it.
  const shortest = Math.min(...answers.filter(each => each.type === 'CNAME').map(ttlOf))
  const ttls = type === 'A' || type === 'AAAA' ? own.map(each => Math.min(ttlOf(each), shortest)) : undefined
  const named = NAMES_RECORD_TYPES ? TYPE_NAMES[type] : undefined
  return { values: own.map(each => named === undefined ? shape(each as never) : { ...shape(each as never) as object, ...named }), ttls }
}
