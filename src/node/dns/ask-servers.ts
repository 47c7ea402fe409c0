// One resolver of a host's own, for its lookups: A and AAAA of the servers it was given, over its own sockets.

import { isIP } from 'node:net'
import { createDgram } from '../dgram/dgram.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { createNet } from '../net/net.ts'
import { DnsChannel, serverOf } from './channel.ts'
import type { ChannelOptions } from './channel.ts'
import type { AskServers } from './host-names.ts'
import type { DnsLookup } from './lookup.ts'

/** Servers are given by address: nothing is left to look up. */
function same(address: string, _options: unknown, callback: (...args: unknown[]) => void): object {
  process.nextTick(callback, null, address, isIP(address))
  return {}
}

export interface AskOptions extends ChannelOptions {
  /** Addresses are kept for their time to live by this clock; without it every lookup asks. */
  readonly cacheNowMs?: (() => number) | undefined
}

/** `stackOf` is asked at the first question. */
export function createAskServers(stackOf: () => NodeStack, servers: readonly string[], options: AskOptions = {}): AskServers {
  const { cacheNowMs: now } = options
  const kept = new Map<string, { readonly values: readonly string[], readonly until: number }>()
  let channel: DnsChannel | undefined
  const open = (): DnsChannel => {
    const stack = stackOf()
    const { secret } = stack.process.state.kernel.namespace.random
    const [dgram, net] = [createDgram(stack, () => same), createNet(stack, same as unknown as DnsLookup)]
    const modules = { dgram: () => dgram, net: () => net, stub: stack.nameStub }
    return new DnsChannel(modules, servers.map(serverOf), () => secret.below(65536), options)
  }
  return (name, type) => new Promise(resolve => {
    const key = `${type} ${name}`
    const known = kept.get(key)
    if (now !== undefined && known !== undefined && known.until > now()) {
      resolve(known.values)
      return
    }
    channel ??= open()
    channel.query({ oncomplete: (code, found, ttls) => {
      const values = found as readonly string[]
      if (code === null && now !== undefined) kept.set(key, { values, until: now() + 1000 * Math.min(...ttls ?? [0]) })
      resolve(code ?? values)
    } }, name, type)
  })
}
