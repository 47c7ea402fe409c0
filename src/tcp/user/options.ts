// Settings that act at once (RFC 9293 MUST-17, MUST-24; TCP_CORK, TCP_QUICKACK, TCP_CONGESTION).

import { IpAddress } from '../../base/address/ip.ts'
import { Prefix } from '../../base/address/prefix.ts'
import type { Errno } from '../../base/errno.ts'
import { AF_INET, AF_INET6 } from '../../base/posix.ts'
import { ACK_PUSHED, ACK_SCHEDULED, PINGPONG_THRESHOLD } from '../tcb/ack-state.ts'
import { setKey } from '../tcb/md5-keys.ts'
import { CORKED, NAGLE_OFF, PUSH_ONCE } from '../tcb/sequence-space.ts'
import { fullSpace } from '../tcb/receive-space.ts'
import { KEEPALIVE_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { ackAfterRead } from '../output/ack-policy.ts'
import { pushPending } from '../output/next-segment.ts'
import { keepIdleUs } from '../output/keep-idle.ts'

const CONGESTION_NAME_BYTES = 16

export function setNoDelay(tcp: TcpSock, on: boolean): void {
  const { snd, env } = tcp
  if (!on) {
    snd.nagle &= ~NAGLE_OFF
    return
  }
  // Pushes what Nagle held; cork outranks it.
  snd.nagle |= NAGLE_OFF | PUSH_ONCE
  pushPending(tcp, snd.nagle, env.now)
}

export function setCork(tcp: TcpSock, on: boolean): void {
  const { snd, env } = tcp
  if (on) {
    snd.nagle |= CORKED
    return
  }
  snd.nagle &= ~CORKED
  if ((snd.nagle & NAGLE_OFF) !== 0) snd.nagle |= PUSH_ONCE
  pushPending(tcp, snd.nagle, env.now)
}

export function quickAckSetting(tcp: TcpSock): number { return tcp.ack.isInteractive ? 0 : 1 }

/** 0: delay. Odd: quick from now on. Even: one ACK at once, then delay again. */
export function setQuickAck(tcp: TcpSock, value: number): void {
  const { ack, env } = tcp
  if (value === 0) {
    ack.pingpong = PINGPONG_THRESHOLD
    return
  }
  ack.pingpong = 0
  if ((tcp.state === 'ESTABLISHED' || tcp.state === 'CLOSE-WAIT') && (ack.pending & ACK_SCHEDULED) !== 0) {
    ack.pending |= ACK_PUSHED
    ackAfterRead(tcp, 1, env.now)
    if ((value & 1) === 0) ack.pingpong = PINGPONG_THRESHOLD
  }
}

export function setWindowClamp(tcp: TcpSock, value: number): 0 | Errno {
  const { rcv } = tcp
  if (value === 0) {
    if (tcp.state !== 'CLOSED') return 'EINVAL'
    rcv.clamp = 0
    return 0
  }
  rcv.clamp = Math.max(value, 1152)
  rcv.slowStartThreshold = Math.min(Math.max(rcv.slowStartThreshold, Math.min(rcv.wnd, fullSpace(tcp))), rcv.clamp)
  return 0
}

/** Padded to 16 bytes (behaviour 50). */
export function congestionControlName(tcp: TcpSock): Uint8Array {
  const bytes = new Uint8Array(CONGESTION_NAME_BYTES)
  const { name } = tcp.control
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i)
  return bytes
}

/** What the algorithm tells of itself (Linux: union tcp_cc_info); nothing for one that has nothing to tell. */
export function congestionControlInfo(tcp: TcpSock): Uint8Array { return tcp.control.info?.() ?? new Uint8Array(0) }

export function setCongestionControl(tcp: TcpSock, value: Uint8Array): 0 | Errno {
  if (value.length < 1) return 'EINVAL'
  let name = ''
  for (let i = 0; i < Math.min(value.length, CONGESTION_NAME_BYTES - 1) && value[i] !== 0; i++) name += String.fromCharCode(value[i])
  const control = tcp.env.createCongestionControl(name)
  if (control === undefined) return 'ENOENT'
  tcp.control = control
  if (tcp.state !== 'CLOSED' && tcp.state !== 'LISTEN') control.start(tcp.window, tcp.env.now)
  return 0
}

/** struct tcp_md5sig: the peer's address at 0, flags 128, prefix length 129, key length 130, key 136. */
const MD5SIG_BYTES = 216
const MD5SIG_FLAG_PREFIX = 1
const MAX_MD5_KEY_BYTES = 80

/** TCP_MD5SIG, and with `isExtended` TCP_MD5SIG_EXT, which may name a prefix (RFC 2385). A key of no length is taken away. */
export function setMd5Key(tcp: TcpSock, value: Uint8Array, isExtended: boolean): 0 | Errno {
  if (value.length < MD5SIG_BYTES) return 'EINVAL'
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const family = view.getUint16(0, true)
  if (family !== AF_INET && family !== AF_INET6) return 'EINVAL'
  if ((family === AF_INET6) !== tcp.isInet6) return 'EINVAL'
  const word = (at: number): number => view.getInt32(at)
  const peer = family === AF_INET ? IpAddress.of(0, 0, 0xffff, word(4)) : IpAddress.of(word(8), word(12), word(16), word(20))
  const most = peer.family === 4 ? 32 : 128
  const hasPrefix = isExtended && (value[128] & MD5SIG_FLAG_PREFIX) !== 0
  if (hasPrefix && value[129] > most) return 'EINVAL'
  const peers = new Prefix(peer, hasPrefix ? value[129] : most)
  const length = view.getUint16(130, true)
  if (length > MAX_MD5_KEY_BYTES) return 'EINVAL'
  return setKey(tcp, peers, length === 0 ? undefined : value.slice(136, 136 + length)) ? 0 : 'ENOENT'
}

/** SO_KEEPALIVE was switched. */
export function keepAliveChanged(tcp: TcpSock): void {
  const { timers, env, options, state } = tcp
  if (state === 'CLOSED' || state === 'LISTEN') return
  if (!options.keepAlive) timers.disarm(KEEPALIVE_TIMER)
  else if (!timers.isArmed(KEEPALIVE_TIMER)) timers.arm(KEEPALIVE_TIMER, env.now + keepIdleUs(tcp))
}

/** TCP_KEEPIDLE on a connection whose clock is running. */
export function keepIdleChanged(tcp: TcpSock): void {
  const { timers, env, options, state, lastReceivedAt } = tcp
  if (!options.keepAlive || state === 'CLOSED' || state === 'LISTEN') return
  const left = keepIdleUs(tcp) - (env.now - lastReceivedAt)
  timers.arm(KEEPALIVE_TIMER, env.now + Math.max(0, left))
}
