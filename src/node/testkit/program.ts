// What runs on a host: a function that gets Node's modules, or a module of the user's, loaded afresh for each host.

import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as nodeDgram from 'node:dgram'
import type * as nodeDns from 'node:dns'
import type * as nodeHttp from 'node:http'
import type * as nodeHttp2 from 'node:http2'
import type * as nodeHttps from 'node:https'
import type * as nodeNet from 'node:net'
import type * as nodeTls from 'node:tls'
import type { TestHost } from './test-host.ts'
import { activity } from './activity.ts'

/** Node's own modules: whoever uses them within a program of a host is on that host's network. */
export interface HostModules {
  readonly net: typeof nodeNet
  readonly dgram: typeof nodeDgram
  readonly dns: typeof nodeDns
  readonly http: typeof nodeHttp
  readonly https: typeof nodeHttps
  readonly http2: typeof nodeHttp2
  readonly tls: typeof nodeTls
  readonly fetch: typeof fetch
  /** Waits in the host's time. */
  readonly sleep: (ms: number) => Promise<void>
  readonly require: NodeJS.Require
  /** A copy of a CommonJS library that nobody else has: for libraries that keep state in their modules. */
  readonly fresh: (name: string) => unknown
  readonly host: TestHost
}

export type Program<T> = ((modules: HostModules) => T | PromiseLike<T>) | string | URL

const require = createRequire(import.meta.url)

function fresh(name: string): unknown {
  const { cache } = require
  const before = Object.entries(cache)
  for (const [path] of before) Reflect.deleteProperty(cache, path)
  try {
    return createRequire(`${process.cwd()}/`)(name) as unknown
  } finally {
    for (const path of Object.keys(cache)) Reflect.deleteProperty(cache, path)
    for (const [path, module] of before) cache[path] = module
  }
}

export function hostModules(host: TestHost): HostModules {
  return {
    net: require('node:net') as typeof nodeNet, dgram: require('node:dgram') as typeof nodeDgram, dns: require('node:dns') as typeof nodeDns,
    http: require('node:http') as typeof nodeHttp, https: require('node:https') as typeof nodeHttps, tls: require('node:tls') as typeof nodeTls,
    get http2() { return require('node:http2') as typeof nodeHttp2 },
    fetch: globalThis.fetch, sleep: (ms: number) => new Promise(done => { setTimeout(done, ms) }),
    require: createRequire(`${process.cwd()}/`), fresh, host,
  }
}

/** Modules are loaded before time moves on; `instance` makes ES modules load anew. */
async function load(program: string | URL, instance: string): Promise<unknown> {
  const done = activity.start('loading a module')
  try {
    const path = typeof program === 'string' && !program.startsWith('file:') ? resolve(program) : fileURLToPath(program)
    const isCommonJs = path.endsWith('.cjs') || require.cache[path] !== undefined
    if (isCommonJs) {
      Reflect.deleteProperty(require.cache, path)
      return createRequire(`${path}`)(path) as unknown
    }
    const url = pathToFileURL(path)
    url.searchParams.set('host', instance)
    return await import(/* @vite-ignore */ url.href) as unknown
  } finally {
    done()
  }
}

/** Runs it; of a module, its default export if that is a function. */
export async function loadProgram<T>(program: Program<T>, modules: HostModules, instance: string): Promise<T> {
  if (typeof program === 'function') return program(modules)
  const loaded = await load(program, instance) as { default?: unknown } | ((modules: HostModules) => T)
  const main = typeof loaded === 'function' ? loaded : loaded.default
  return typeof main === 'function' ? (main as (modules: HostModules) => T)(modules) : loaded as T
}
