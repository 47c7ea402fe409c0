// Time-outs of sockets and the Date header of HTTP, which Node's own code takes from the machine's clock, in the host's time.

import nodeHttp from 'node:http'
import nodeNet from 'node:net'
import { Patches } from '../builtins/patches.ts'
import { currentLife } from './life.ts'
import { NATIVE_TIMERS, NativeDate } from './natives.ts'
import { VirtualTimer } from './virtual-timer.ts'

type AnyFunction = (...args: unknown[]) => unknown

interface InnerSocket {
  destroyed: boolean
  timeout?: number
  _onTimeout(): void
  once(event: string, listener: unknown): void
  removeListener(event: string, listener: unknown): void
  [key: symbol]: unknown
}

const TIMEOUT = Object.getOwnPropertySymbols(new nodeNet.Socket()).find(each => each.description === 'timeout')
const DATE_LINE = /\r\nDate: [^\r]*\r\n/

/** Node: setStreamTimeout. Wrong arguments are left to Node, which says so. */
function ownSetTimeout(native: AnyFunction): AnyFunction {
  return function setTimeout(this: InnerSocket, ...args: unknown[]): unknown {
    const [delay, callback] = args
    const life = currentLife()
    const isGood = typeof delay === 'number' && delay >= 0 && Number.isFinite(delay) && (callback === undefined || typeof callback === 'function')
    if (life === undefined || TIMEOUT === undefined || !isGood || this.destroyed) return native.apply(this, args)
    this.timeout = delay
    NATIVE_TIMERS.clearTimeout(this[TIMEOUT] as NodeJS.Timeout)
    if (delay === 0) {
      if (callback !== undefined) this.removeListener('timeout', callback)
    } else {
      this[TIMEOUT] = new VirtualTimer(life, () => { if (!this.destroyed) this._onTimeout() }, delay, false, []).unref()
      if (callback !== undefined) this.once('timeout', callback)
    }
    return this
  }
}

export function patchSockets(): () => void {
  const patches = new Patches()
  const { prototype } = nodeNet.Socket as unknown as { prototype: { setTimeout: AnyFunction } }
  patches.set(prototype, 'setTimeout', ownSetTimeout(prototype.setTimeout))
  const outgoing = nodeHttp.OutgoingMessage.prototype as unknown as { _storeHeader: AnyFunction }
  const store = outgoing._storeHeader
  patches.set(outgoing, '_storeHeader', function storeHeader(this: { _header: string, sendDate: boolean }, ...args: unknown[]): unknown {
    const answer = store.apply(this, args)
    const life = currentLife()
    if (life !== undefined && this.sendDate) {
      this._header = this._header.replace(DATE_LINE, `\r\nDate: ${new NativeDate(life.time.dateMs()).toUTCString()}\r\n`)
    }
    return answer
  })
  return () => { patches.revert() }
}
