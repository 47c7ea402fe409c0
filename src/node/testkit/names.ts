// Names of a world: every host has one, may have more, and may see them differently: `api.example` is one server to this client
// and another to that one. Names can fail, as name servers do.

import { isIP } from 'node:net'
import type { LookupAddress, Resolve } from '../facade/node-stack.ts'

/** How a lookup fails: no such name, no answer from the server, or an answer that never comes (time is over after 10 s). */
export type NameFailure = 'ENOTFOUND' | 'EAI_AGAIN' | 'timeout'

/** A host's name or addresses. */
export type NameTarget = string | readonly string[]

const LOCALHOST: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]
const RESOLVER_TIMEOUT_MS = 10_000

/** Names everybody of a world sees, or one host. */
export class NameTable {
  private readonly targets = new Map<string, NameTarget>()
  private readonly failures = new Map<string, NameFailure>()
  private everythingFails: NameFailure | undefined = undefined
  /** What each lookup takes. */
  delayMs = 0

  set(name: string, target: NameTarget): this {
    this.targets.set(plain(name), target)
    return this
  }

  delete(name: string): this {
    this.targets.delete(plain(name))
    return this
  }

  /** Lookups of the name fail from now on, or all lookups. */
  fail(name: string | undefined = undefined, how: NameFailure = 'EAI_AGAIN'): this {
    if (name === undefined) this.everythingFails = how
    else this.failures.set(plain(name), how)
    return this
  }

  heal(name: string | undefined = undefined): this {
    if (name === undefined) {
      this.everythingFails = undefined
      this.failures.clear()
    } else {
      this.failures.delete(plain(name))
    }
    return this
  }

  find(name: string): NameTarget | undefined { return this.targets.get(name) }
  failure(name: string): NameFailure | undefined { return this.failures.get(name) ?? this.everythingFails }
  entries(): Iterable<readonly [string, NameTarget]> { return this.targets.entries() }
}

function plain(name: string): string { return name.toLowerCase().replace(/\.$/, '') }

export interface WorldNames {
  /** Addresses of a host by its name. */
  hostAddresses(name: string): readonly string[] | undefined
  hostNamed(address: string): string | undefined
  sleep(ms: number): Promise<void>
}

function addressesOf(target: NameTarget, world: WorldNames): readonly string[] {
  const list = typeof target === 'string' ? [target] : target
  return list.flatMap(each => isIP(each) !== 0 ? [each] : world.hostAddresses(plain(each)) ?? [])
}

/** What a host knows: its own names first, then the world's, then the hosts'. */
export function createWorldResolve(tables: readonly NameTable[], world: WorldNames): Resolve {
  return async (hostname, family) => {
    const name = plain(hostname)
    const wanted = (each: LookupAddress): boolean => family === 0 || each.family === family
    if (name === 'localhost' || name.endsWith('.localhost')) return LOCALHOST.filter(wanted)
    const delay = Math.max(...tables.map(each => each.delayMs))
    if (delay > 0) await world.sleep(delay)
    const failure = tables.map(each => each.failure(name)).find(each => each !== undefined)
    if (failure === 'timeout') await world.sleep(RESOLVER_TIMEOUT_MS)
    if (failure !== undefined) return failure === 'ENOTFOUND' ? 'ENOTFOUND' : 'EAI_AGAIN'
    const target = tables.map(each => each.find(name)).find(each => each !== undefined) ?? name
    const found = addressesOf(target, world).map(address => ({ address, family: isIP(address) as 4 | 6 })).filter(wanted)
    return found.length === 0 ? 'ENOTFOUND' : found
  }
}
