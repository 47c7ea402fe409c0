// headersTimeout and requestTimeout of HTTP servers. Node looks for late requests at intervals of the machine's clock, in a list that
// native code keeps by that clock; on a host both follow the host's time.

import nodeHttp from 'node:http'
import nodeHttps from 'node:https'
import type nodeNet from 'node:net'
import { Patches } from '../builtins/patches.ts'
import { currentLife } from './life.ts'
import type { Life } from './life.ts'
import { NATIVE_TIMERS } from './natives.ts'
import { VirtualTimer } from './virtual-timer.ts'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

interface Parser {
  [index: number]: AnyFunction | null | undefined
  readonly constructor: { readonly kOnMessageBegin?: number, readonly kOnHeadersComplete?: number }
}

/** When the request under way began, and whether its headers are there. */
interface Request {
  readonly life: Life
  beganAtUs: number
  hasHeaders: boolean
  /** Has somebody look for late requests. */
  readonly watch: () => void
}

interface Connections { active(): Parser[], expired(headersTimeout: number, requestTimeout: number): Parser[] }

interface HttpServer extends nodeNet.Server {
  connectionsCheckingInterval: number
  [key: symbol]: unknown
}

interface Check { _onTimeout: AnyFunction | null }

const requests = new WeakMap<Parser, Request>()
const prepared = new WeakSet<Parser>()

function symbolOf(server: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(server).find(each => each.description === description)
}

/** Parsers serve one connection after the other; each is prepared once. */
function prepare(parser: Parser): void {
  if (prepared.has(parser)) return
  prepared.add(parser)
  const { kOnMessageBegin = 0, kOnHeadersComplete = 2 } = parser.constructor
  const headers = parser[kOnHeadersComplete]
  const begin = parser[kOnMessageBegin]
  parser[kOnMessageBegin] = function onMessageBegin(...args) {
    const request = requests.get(this as Parser)
    if (request !== undefined) {
      request.beganAtUs = request.life.time.nowUs()
      request.hasHeaders = false
      request.watch()
    }
    return typeof begin === 'function' ? begin.apply(this, args) : undefined
  }
  parser[kOnHeadersComplete] = function onHeadersComplete(...args) {
    const request = requests.get(this as Parser)
    if (request !== undefined) request.hasHeaders = true
    return headers?.apply(this, args)
  }
}

/** Node: ConnectionsList::Expired */
function expiredOf(life: Life, connections: Connections): Connections['expired'] {
  return (headersMs, requestMs) => connections.active().filter(parser => {
    const request = requests.get(parser)
    if (request === undefined) return false
    const waitedMs = (life.time.nowUs() - request.beganAtUs) / 1000
    const isLate = (requestMs > 0 && waitedMs > requestMs) || (headersMs > 0 && !request.hasHeaders && waitedMs > headersMs)
    // Told of once: the server answers 408 and closes.
    if (isLate) requests.delete(parser)
    return isLate
  })
}

/** After Node's own listener has begun to look. */
function follow(server: HttpServer, life: Life, connected: 'connection' | 'secureConnection'): void {
  const [interval, list] = ['http.server.connectionsCheckingInterval', 'http.server.connections'].map(each => symbolOf(server, each))
  if (interval === undefined || list === undefined) return
  const native = server[interval] as Check & NodeJS.Timeout
  const check = native._onTimeout
  const connections = server[list] as Connections | undefined
  if (check === null || connections === undefined) return
  NATIVE_TIMERS.clearInterval(native)
  let timer: VirtualTimer | undefined
  // Only while a request is under way: a world in which nothing happens any more can tell so.
  const look = (): void => {
    check.call(native)
    if (connections.active().length === 0) timer?.close()
  }
  const watch = (): void => {
    if (timer?.isPending === true || !server.listening) return
    timer = new VirtualTimer(life, look, server.connectionsCheckingInterval, true, []).unref()
    server[interval] = timer
  }
  connections.expired = expiredOf(life, connections)
  server.on(connected, (socket: { parser?: Parser | null }) => {
    const { parser } = socket
    if (parser === undefined || parser === null) return
    prepare(parser)
    requests.set(parser, { life, beganAtUs: life.time.nowUs(), hasHeaders: false, watch })
    watch()
  })
}

export function patchHttpTimeouts(): () => void {
  const patches = new Patches()
  for (const [{ Server }, connected] of [[nodeHttp, 'connection'], [nodeHttps, 'secureConnection']] as const) {
    const prototype = Server.prototype as unknown as { listen: AnyFunction }
    const { listen } = prototype
    patches.set(prototype, 'listen', function listenHere(this: HttpServer, ...args: unknown[]): unknown {
      const life = currentLife()
      if (life !== undefined) this.once('listening', () => { follow(this, life, connected) })
      return listen.apply(this, args)
    })
  }
  return () => { patches.revert() }
}
