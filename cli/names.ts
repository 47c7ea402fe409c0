// Names of hosts, as far as a command knows them: addresses, and what /etc/hosts says.

import { readFileSync } from 'node:fs'
import type { IpAddress, Prefix, SocketAddress } from '../src/entry/main.ts'
import { parseIp } from '../src/entry/main.ts'
import { Failure } from './failure.ts'

function hostsFile(name: string): IpAddress[] {
  let text = ''
  try {
    text = readFileSync('/etc/hosts', 'utf8')
  } catch { /* no such file, no such names */ }
  const found: IpAddress[] = []
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const parsed = names.some(each => each.toLowerCase() === name.toLowerCase()) ? parseIp(address) : undefined
    if (parsed !== undefined) found.push(parsed)
  }
  return found
}

/** `family` asks for one; otherwise one we have an address of ourselves is preferred. */
export function lookUp(name: string, ours: readonly Prefix[], family?: 4 | 6): IpAddress {
  const bare = name.replace(/^\[(.*)\]$/, '$1')
  const literal = parseIp(bare)
  const candidates = literal === undefined ? hostsFile(bare) : [literal]
  const wanted = candidates.filter(each => family === undefined || each.family === family)
  const best = wanted.find(each => ours.some(prefix => prefix.address.family === each.family)) ?? wanted.at(0)
  if (best === undefined) {
    const kind = family === undefined ? '' : ` IPv${family}`
    throw new Failure(`${name}: ENOENT: no${kind} address is known for this name; write the address or add it to /etc/hosts`, 1)
  }
  return best
}

export function socketAddress(address: IpAddress, port: number): SocketAddress {
  return address.family === 4
    ? { family: 'AF_INET', address, port }
    : { family: 'AF_INET6', address, port, flowinfo: 0, scopeId: 0 }
}

/** `1.2.3.4:80`, `[::1]:80`. */
export function describeAddress(address: SocketAddress | undefined): string {
  if (address?.family === 'AF_INET') return `${address.address.toString()}:${address.port}`
  if (address?.family !== 'AF_INET6') return '*'
  return address.address.family === 4 ? `${address.address.toString()}:${address.port}` : `[${address.address.toString()}]:${address.port}`
}
