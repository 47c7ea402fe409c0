// Records of a world's names, written as `dns.resolveAny` shows them, and put on the wire.

import type { Answer } from 'dns-packet'

interface SoaRecord {
  readonly type: 'SOA'
  readonly nsname: string
  readonly hostmaster: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minttl: number
}

interface NaptrRecord {
  readonly type: 'NAPTR'
  readonly flags: string
  readonly service: string
  readonly regexp: string
  readonly replacement: string
  readonly order: number
  readonly preference: number
}

export type NameRecord = { readonly ttl?: number } & (
  | { readonly type: 'A' | 'AAAA', readonly address: string }
  | { readonly type: 'CNAME' | 'NS' | 'PTR', readonly value: string }
  | { readonly type: 'TXT', readonly entries: readonly string[] }
  | { readonly type: 'MX', readonly exchange: string, readonly priority: number }
  | { readonly type: 'SRV', readonly name: string, readonly port: number, readonly priority: number, readonly weight: number }
  | SoaRecord
  | NaptrRecord
  | { readonly type: 'CAA', readonly critical?: number, readonly issue?: string, readonly issuewild?: string, readonly iodef?: string }
)

/** An hour, where a record does not say. */
const DEFAULT_TTL_SECONDS = 3600

function dataOf(record: NameRecord): unknown {
  switch (record.type) {
    case 'A': case 'AAAA': return record.address
    case 'CNAME': case 'NS': case 'PTR': return record.value
    case 'TXT': return [...record.entries]
    case 'MX': return { preference: record.priority, exchange: record.exchange }
    case 'SRV': return { priority: record.priority, weight: record.weight, port: record.port, target: record.name }
    case 'SOA': {
      const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = record
      return { mname: nsname, rname: hostmaster, serial, refresh, retry, expire, minimum: minttl }
    }
    case 'NAPTR': {
      const { flags, service, regexp, replacement, order, preference } = record
      return { flags, services: service, regexp, replacement, order, preference }
    }
    case 'CAA': {
      const tag = (['issue', 'issuewild', 'iodef'] as const).find(each => record[each] !== undefined) ?? 'issue'
      return { flags: record.critical ?? 0, issuerCritical: (record.critical ?? 0) !== 0, tag, value: record[tag] ?? ';' }
    }
  }
}

export function wireAnswer(name: string, record: NameRecord): Answer {
  return { name, type: record.type, ttl: record.ttl ?? DEFAULT_TTL_SECONDS, data: dataOf(record) } as Answer
}
