// Fast Open (RFC 7413): what a sock remembers of it, the server's cookies, the client's cache of them, and the pause
// after a path that swallows data in SYNs. State and arithmetic; what is done with them stands in input, output and user.

import type { IpAddress } from '../../base/address/ip.ts'
import { sipHash24 } from '../../base/hash.ts'
import type { Cookie } from '../segment/fast-open-cookie.ts'
import type { Request } from './listener.ts'
import type { TcpEnv } from './tcp-env.ts'
import type { TcpSock } from './tcp-sock.ts'

/** Bits of tcp_fastopen. */
export const TFO_CLIENT = 1
export const TFO_SERVER = 2
export const TFO_CLIENT_NO_COOKIE = 4
export const TFO_SERVER_NO_COOKIE = 0x200
export const TFO_EVERY_LISTENER = 0x400

/** How long a request that ended in RST goes on counting (RFC 7413 5.1). */
const RESET_PENALTY_US = 60_000_000
const COOKIE_BYTES = 8
/** Pairs of addresses that the client's cache holds. */
const MAX_CACHED_PEERS = 4096

export type FastOpenFailure = 'none' | 'cookie-unavailable' | 'data-not-acked' | 'syn-retransmitted'

/** What a sock has to do with Fast Open; most have nothing. */
export class FastOpen {
  /** TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE. */
  connects = false
  noCookie = false
  /** connect() succeeded without a packet: the first write sends the SYN. */
  isDeferred = false
  /** The caller of the first write sleeps with more to say: its data will carry the handshake's ACK. */
  hasWriter = false
  /** The option to put on the next SYN. */
  offer: Cookie | undefined = undefined
  /** What our SYN carried: the option, in its experimental form, data. */
  sentOption = false
  sentExperimental = false
  hasSynData = false
  /** Either side: the SYN's data was accepted. */
  isSynDataAcked = false
  failure: FastOpenFailure = 'none'
  watchesRecovery = false
  /** Passive: the request whose handshake this connection did not wait for. */
  request: Request | undefined = undefined
  isChild = false
  /** Listener: how many such requests may be about, and how many are. */
  maxPending = 0
  pending = 0
  /** When requests that were reset stop counting. */
  penalties: number[] = []
  /** TCP_FASTOPEN_KEY: one or two keys of 16 octets. */
  key: Uint8Array | undefined = undefined
}

export function fastOpenOf(tcp: TcpSock): FastOpen {
  tcp.fastOpen ??= new FastOpen()
  return tcp.fastOpen
}

/** The connection took data (or may send it) before its handshake was done. */
export function isFastChild(tcp: TcpSock): boolean { return tcp.fastOpen?.request !== undefined }

/** An active connection whose SYN had the option or data, and that never got any data. */
function sawNothing(tcp: TcpSock): boolean {
  const { fastOpen, rcv } = tcp
  return fastOpen !== undefined && (fastOpen.sentOption || fastOpen.hasSynData) && rcv.dataSegsIn === 0
}

/** RFC 7413 7.1, Linux: a RST out of order, and not a byte so far: something in between dislikes Fast Open. */
export function suspectReset(tcp: TcpSock, now: number): void {
  if (tcp.state === 'ESTABLISHED' && sawNothing(tcp)) tcp.env.fastOpen.disable(tcp.env, now)
}

/** At the end: a FIN ahead of a gap was all that came. Or data came over a path that had been suspected. */
export function judgePath(tcp: TcpSock, now: number): void {
  const { fastOpen, env, outOfOrder, rcv, flow } = tcp
  if (fastOpen === undefined || !(fastOpen.sentOption || fastOpen.hasSynData)) return
  if (sawNothing(tcp)) {
    if (outOfOrder.finAt !== undefined) env.fastOpen.disable(env, now)
  } else if (rcv.dataSegsIn > 0 && fastOpen.watchesRecovery && flow.route?.device.medium !== 'loopback') {
    env.fastOpen.recovered()
  }
}

/** The handshake is over, or the connection (Linux: reqsk_fastopen_remove). */
export function forgetRequest(tcp: TcpSock, isReset: boolean, now: number): void {
  const { fastOpen } = tcp
  const request = fastOpen?.request
  if (fastOpen === undefined || request === undefined) return
  fastOpen.request = undefined
  const queue = request.listener.fastOpen
  if (queue === undefined) return
  queue.pending--
  // RFC 7413 4.2c, 5.1: whoever forges sources draws resets; they count against the queue for a minute.
  if (isReset && tcp.parent === undefined && request.listener.state === 'LISTEN') {
    queue.penalties.push(now + RESET_PENALTY_US)
    queue.pending++
  }
}

/** Has the listener room for one more connection of this kind? */
export function hasFastRoom(listener: TcpSock, now: number): boolean {
  const queue = listener.fastOpen
  if (queue === undefined || queue.maxPending === 0) return false
  if (queue.pending < queue.maxPending) return true
  if (queue.penalties.length === 0 || queue.penalties[0] > now) {
    listener.namespace.mib.tcpExt.TCPFastOpenListenOverflow++
    return false
  }
  queue.penalties.shift()
  queue.pending--
  return true
}

/** RFC 7413 4.1.3, 4.1.3a. */
interface CacheEntry { mss: number, cookie: Cookie | undefined, tryExperimental: number }

/** What all socks of a namespace share. */
export class FastOpenShared {
  private readonly cache = new Map<string, CacheEntry>()
  private readonly secret: Uint8Array
  private disabledAt = 0
  private disabledTimes = 0

  constructor(secret: Uint8Array) { this.secret = secret }

  lookUp(source: IpAddress, destination: IpAddress): Readonly<CacheEntry> | undefined { return this.cache.get(`${source} ${destination}`) }

  /** `tryExperimental` above 0: no cookie came although we asked; 1 other form next time, 2 the standard one again. */
  remember(source: IpAddress, destination: IpAddress, mss: number, cookie: Cookie | undefined, tryExperimental: number): void {
    const key = `${source} ${destination}`
    const entry = this.cache.get(key) ?? { mss: 0, cookie: undefined, tryExperimental: 0 }
    // Known again last: the one not met for longest gives way.
    this.cache.delete(key)
    if (this.cache.size >= MAX_CACHED_PEERS) {
      const oldest = this.cache.keys().next()
      if (oldest.done !== true) this.cache.delete(oldest.value)
    }
    this.cache.set(key, entry)
    if (mss > 0) entry.mss = mss
    if (cookie !== undefined && cookie.bytes.length > 0) entry.cookie = cookie
    else if (tryExperimental > entry.tryExperimental && entry.cookie === undefined) entry.tryExperimental = tryExperimental
  }

  flush(): void { this.cache.clear() }

  /** RFC 7413 4.1.3.1: the path lost everything after data in a SYN; pause for all destinations. */
  disable(env: TcpEnv, now: number): void {
    if (env.sysctl.fastOpenBlackholeTimeout.value === 0) return
    this.disabledAt = now
    this.disabledTimes++
    env.namespace.mib.tcpExt.TCPFastOpenBlackhole++
  }

  /** Each pause doubles, up to 64 times the first. */
  isDisabled(env: TcpEnv, now: number): boolean {
    const seconds = env.sysctl.fastOpenBlackholeTimeout.value
    if (seconds === 0 || this.disabledTimes === 0) return false
    return now < this.disabledAt + seconds * 1_000_000 * 2 ** Math.min(this.disabledTimes - 1, 6)
  }

  get wasDisabled(): boolean { return this.disabledTimes > 0 }
  recovered(): void { this.disabledTimes = 0 }

  /** What TCP_FASTOPEN_KEY reads: nothing before somebody set a key or listened with Fast Open. */
  knownKeys(listener: TcpSock): Uint8Array[] {
    const hasOwn = listener.fastOpen?.key !== undefined || (listener.fastOpen?.maxPending ?? 0) > 0
    return hasOwn || /[1-9a-f]/.test(listener.env.sysctl.fastOpenKey.text) ? this.keys(listener) : []
  }

  /** The keys of `listener`: its own, else the namespace's, else one made at the start. */
  keys(listener: TcpSock): Uint8Array[] {
    const own = listener.fastOpen?.key
    if (own !== undefined) return own.length === 32 ? [own.subarray(0, 16), own.subarray(16)] : [own]
    const keys = listener.env.sysctl.fastOpenKey.text.split(',').map(keyOfText)
    return keys.every(key => key.every(octet => octet === 0)) ? [this.secret] : keys
  }
}

/** Four hexadecimal words as /proc shows them; each lies in the key with its low octet first. */
export function keyOfText(text: string): Uint8Array {
  const key = new Uint8Array(16)
  const view = new DataView(key.buffer)
  for (const [i, word] of text.trim().split('-').entries()) if (i < 4) view.setUint32(4 * i, Number.parseInt(word, 16) >>> 0, true)
  return key
}

/** RFC 7413 4.1.2 as Linux does it: SipHash of client's and server's address. */
export function makeCookie(env: TcpEnv, key: Uint8Array, client: IpAddress, server: IpAddress): Uint8Array {
  const { hashInput, hashOutput } = env
  const view = new DataView(key.buffer, key.byteOffset, 16)
  const size = client.family === 4 ? 4 : 16
  client.writeTo(hashInput, 0)
  server.writeTo(hashInput, size)
  sipHash24(view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true), view.getInt32(12, true),
    hashInput, 0, 2 * size, hashOutput)
  const cookie = new Uint8Array(COOKIE_BYTES)
  new DataView(cookie.buffer).setInt32(0, hashOutput[0], true)
  new DataView(cookie.buffer).setInt32(4, hashOutput[1], true)
  return cookie
}
