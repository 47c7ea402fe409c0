// What the names of a world answer: to lookups in memory, and to questions in the wire format, which a name server on a host of the
// world answers with these bytes too.

import { isIP } from 'node:net'
import dnsPacket from 'dns-packet'
import { parseIp } from '../../base/address/ip.ts'
import type { LookupAddress, Resolve } from '../facade/node-stack.ts'
import type { NameRecord } from './name-records.ts'
import { wireAnswer } from './name-records.ts'
import { plain } from './names.ts'
import type { NameTable, NameTarget, WorldNames } from './names.ts'

const LOCALHOST: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]
const RESOLVER_TIMEOUT_MS = 10_000
const LONGEST_CHAIN = 8

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const

type Rcode = keyof typeof RCODES

interface Found { readonly rcode: Rcode, readonly records: readonly { readonly name: string, readonly record: NameRecord }[] }

function addressesOf(target: NameTarget, world: WorldNames): readonly string[] {
  const list = typeof target === 'string' ? [target] : target
  return list.flatMap(each => isIP(each) !== 0 ? [each] : world.hostAddresses(plain(each)) ?? [])
}

/** `1.0.0.10.in-addr.arpa`, `1.0...ip6.arpa` */
function addressNamed(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) return name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.')
  if (!name.endsWith('.ip6.arpa')) return undefined
  const digits = name.slice(0, -'.ip6.arpa'.length).split('.').reverse().join('')
  return parseIp(digits.match(/.{4}/g)?.join(':') ?? '')?.toString()
}

/** Everything a name has; undefined for one that does not exist. */
function recordsOf(tables: readonly NameTable[], world: WorldNames, name: string): readonly NameRecord[] | undefined {
  const pointed = addressNamed(name)
  const host = pointed === undefined ? undefined : world.hostNamed(pointed)
  const table = tables.find(each => each.find(name) !== undefined || each.records(name) !== undefined)
  if (table === undefined && host !== undefined) return [{ type: 'PTR', value: host }]
  const target = table === undefined ? name : table.find(name)
  const addresses = target === undefined ? [] : addressesOf(target, world)
  const made = addresses.map((address): NameRecord => ({ type: isIP(address) === 6 ? 'AAAA' : 'A', address }))
  return table === undefined && made.length === 0 ? undefined : [...made, ...table?.records(name) ?? []]
}

/** The records of the wanted types, and the aliases that lead to them. Undefined: nobody answers. */
async function find(tables: readonly NameTable[], world: WorldNames, asked: string,
  wants: (type: string) => boolean): Promise<Found | undefined> {
  const delay = Math.max(...tables.map(each => each.delayMs))
  if (delay > 0) await world.sleep(delay)
  const records: Found['records'][number][] = []
  let name = plain(asked)
  for (let i = 0; i < LONGEST_CHAIN; i++) {
    const failure = tables.map(each => each.failure(name)).find(each => each !== undefined)
    if (failure === 'timeout') return undefined
    if (failure === 'NODATA') return { rcode: 'NOERROR', records }
    if (failure !== undefined) return { rcode: failure === 'ENOTFOUND' ? 'NXDOMAIN' : failure === 'EAI_AGAIN' ? 'SERVFAIL' : failure, records: [] }
    const known = recordsOf(tables, world, name)
    if (known === undefined) return { rcode: i === 0 ? 'NXDOMAIN' : 'NOERROR', records }
    records.push(...known.filter(each => wants(each.type)).map(record => ({ name, record })))
    const alias = known.find(each => each.type === 'CNAME')
    if (alias?.type !== 'CNAME' || wants('CNAME')) break
    records.push({ name, record: alias })
    name = plain(alias.value)
  }
  return { rcode: 'NOERROR', records }
}

/** What a host knows: its own names first, then the world's, then the hosts'. */
export function createWorldResolve(tables: readonly NameTable[], world: WorldNames): Resolve {
  return async (hostname, family) => {
    const name = plain(hostname)
    const wanted = (each: LookupAddress): boolean => family === 0 || each.family === family
    if (name === 'localhost' || name.endsWith('.localhost')) return LOCALHOST.filter(wanted)
    const found = await find(tables, world, name, type => type === 'A' || type === 'AAAA')
    if (found === undefined) {
      await world.sleep(RESOLVER_TIMEOUT_MS)
      return 'EAI_AGAIN'
    }
    if (found.rcode === 'SERVFAIL' || found.rcode === 'REFUSED') return 'EAI_AGAIN'
    const addresses = found.records.flatMap(({ record }) => 'address' in record ? [{ address: record.address, family: isIP(record.address) as 4 | 6 }] : [])
    const fitting = addresses.filter(wanted)
    return fitting.length === 0 ? 'ENOTFOUND' : fitting
  }
}

/** Answers questions in the wire format; nothing where nobody would answer. */
export function createNameStub(tables: readonly NameTable[], world: WorldNames): (question: Uint8Array) => Promise<Uint8Array | undefined> {
  return async bytes => {
    let query: ReturnType<typeof dnsPacket.decode>
    try {
      query = dnsPacket.decode(Buffer.from(bytes))
    } catch {
      return undefined
    }
    const question = query.questions?.at(0)
    if (question === undefined || query.type !== 'query') return undefined
    const { name, type } = question
    const found = await find(tables, world, name, each => type as string === 'ANY' || each === type)
    if (found === undefined) return undefined
    const flags = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | dnsPacket.AUTHORITATIVE_ANSWER | RCODES[found.rcode]
    const asAsked = (each: string): string => each === plain(name) ? name : each
    const answers = found.records.map(each => wireAnswer(asAsked(each.name), each.record))
    return dnsPacket.encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers })
  }
}
