// Names as a host on a real network knows them: localhost, the machine's hosts file, then the name servers it was given.

import { readFileSync } from 'node:fs'
import type { LookupAddress, Resolve } from '../facade/node-stack.ts'
import { isIP } from 'node:net'

/** Asks one record type of the name servers: addresses, or an error's code. */
export type AskServers = (name: string, type: 'A' | 'AAAA') => Promise<readonly string[] | string>

const LOCALHOST: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]

function hostsEntries(path: string): { address: string, names: string[] }[] {
  let text = ''
  if (path === '') return []
  try {
    text = readFileSync(path, 'utf8')
  } catch { /* no such file, no such names */ }
  return text.split('\n').flatMap(line => {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    return isIP(address) === 0 ? [] : [{ address, names: names.map(each => each.toLowerCase()) }]
  })
}

function isLocalhost(name: string): boolean { return name === 'localhost' || name.endsWith('.localhost') }

/** What getaddrinfo says when servers fail for a while, and when there is no such name. */
function failureOf(code: string): string { return code === 'ENOTFOUND' || code === 'ENODATA' ? 'ENOTFOUND' : 'EAI_AGAIN' }

export interface HostNames { readonly resolve: Resolve, readonly reverse: (address: string) => Promise<string | undefined> }

/** `prefers6` puts IPv6 addresses first; `ask` undefined where the host has no name servers; an empty `hostsPath` for no file. */
export function createHostNames(ask: AskServers | undefined, prefers6: () => boolean, hostsPath: string = '/etc/hosts'): HostNames {
  const resolve: Resolve = async (hostname, family) => {
    const name = hostname.toLowerCase().replace(/\.$/, '')
    const wanted = (each: LookupAddress): boolean => family === 0 || each.family === family
    if (isLocalhost(name)) return LOCALHOST.filter(wanted)
    const known = hostsEntries(hostsPath).filter(each => each.names.includes(name))
      .map(({ address }) => ({ address, family: isIP(address) as 4 | 6 })).filter(wanted)
    if (known.length > 0) return known
    if (ask === undefined) return 'ENOTFOUND'
    const [v4, v6] = await Promise.all([family === 6 ? [] : ask(name, 'A'), family === 4 ? [] : ask(name, 'AAAA')])
    const four = typeof v4 === 'string' ? [] : v4.map(address => ({ address, family: 4 as const }))
    const six = typeof v6 === 'string' ? [] : v6.map(address => ({ address, family: 6 as const }))
    const found: LookupAddress[] = prefers6() ? [...six, ...four] : [...four, ...six]
    if (found.length > 0) return found
    const codes = [v4, v6].filter(each => typeof each === 'string').map(failureOf)
    return codes.includes('EAI_AGAIN') ? 'EAI_AGAIN' : 'ENOTFOUND'
  }
  const reverse = (address: string): Promise<string | undefined> => Promise.resolve(
    hostsEntries(hostsPath).find(each => each.address === address)?.names.at(0) ?? (address === '127.0.0.1' || address === '::1' ? 'localhost' : undefined))
  return { resolve, reverse }
}
