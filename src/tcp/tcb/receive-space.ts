// Receive-buffer arithmetic shared by input and output: how much of SO_RCVBUF is payload, the first window (RFC 7323,
// Linux's tcp_select_initial_window), what is left of the window on offer.

import * as seq from '../../base/seq.ts'
import { MAX_WSCALE } from '../segment/options.ts'
import type { TcpEnv } from './tcp-env.ts'
import type { TcpSock } from './tcp-sock.ts'

export function payloadOfSpace(tcp: TcpSock, space: number): number { return Math.floor((space * tcp.rcv.scalingRatio) / 256) }
export function freeSpace(tcp: TcpSock): number { return payloadOfSpace(tcp, tcp.rcvbuf - tcp.rcv.memory) }
export function fullSpace(tcp: TcpSock): number { return payloadOfSpace(tcp, tcp.rcvbuf) }

/** Of the window last advertised, what the peer may still use. */
export function windowLeft(tcp: TcpSock): number {
  return Math.max(0, seq.diff(seq.add(tcp.rcv.wup, tcp.rcv.wnd), tcp.rcv.nxt))
}

export interface InitialWindow { wnd: number, clamp: number, wscale: number }

export function selectInitialWindow(env: TcpEnv, spaceBytes: number, mss: number, clampBytes: number, withScale: boolean): InitialWindow {
  let clamp = clampBytes === 0 ? 65535 * (1 << MAX_WSCALE) : clampBytes
  let space = Math.min(clamp, Math.max(0, spaceBytes))
  if (space > mss) space = Math.floor(space / mss) * mss
  const wnd = space // The SYN says at most 65535 of it; the rest shows as soon as windows are scaled (Linux since 6.10).
  let wscale = 0
  if (withScale) {
    space = Math.min(Math.max(space, env.sysctl.rmem.values[2], env.sysctl.rmemMax.value), clamp)
    wscale = Math.max(0, Math.min(31 - Math.clz32(space) - 15, MAX_WSCALE))
  }
  clamp = Math.min(65535 * (1 << wscale), clamp)
  return { wnd, clamp, wscale }
}
