// The MSS option of our SYNs (RFC 9293 MUST-67, RFC 6691): what one packet of the link or route can carry.

import type { Flow } from '../../ip/flow.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

const MIN_ADVMSS = 256

export function advertisedMssFor(env: TcpEnv, flow: Flow, userMss: number): number {
  const headers = flow.destination.family === 4 ? 40 : 60
  if (flow.route === undefined) env.namespace.ip.resolve(flow)
  const route = flow.route
  let mss = 0
  if (route !== undefined && route.advmss > 0) mss = route.advmss
  else mss = Math.max((route?.mtu ?? env.namespace.ip.mtu(flow)) - headers, MIN_ADVMSS)
  mss = Math.min(mss, 65535 - headers)
  return userMss > 0 ? Math.min(mss, userMss) : mss
}

export function advertisedMss(tcp: TcpSock): number { return advertisedMssFor(tcp.env, tcp.flow, tcp.snd.userMss) }
