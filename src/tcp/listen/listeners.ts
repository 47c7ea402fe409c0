// Listening socks by port and address (row A6): the most specific one wins; among SO_REUSEPORT equals the four-tuple's
// hash decides.

import { IpAddress } from '../../base/address/ip.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import { reusePortShare } from '../../sock/reuse-port.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export class Listeners {
  private readonly byPort = new Map<number, TcpSock[]>()
  private readonly seed: number

  constructor(seed: number) { this.seed = seed }

  add(tcp: TcpSock): void { this.byPort.set(tcp.localPort, [tcp, ...this.byPort.get(tcp.localPort) ?? []]) }

  remove(tcp: TcpSock, port: number): void {
    const left = this.byPort.get(port)?.filter(each => each !== tcp)
    if (left === undefined) return
    if (left.length === 0) this.byPort.delete(port)
    else this.byPort.set(port, left)
  }

  find(port: number, srcPort: number, info: IpPacketInfo): TcpSock | undefined {
    const candidates = this.byPort.get(port)
    if (candidates === undefined) return undefined
    let best: TcpSock | undefined
    let bestScore = 0
    let equals = 1
    for (const each of candidates) {
      const score = scoreOf(each, info)
      if (score > bestScore) {
        best = each
        bestScore = score
        equals = 1
      } else if (score === bestScore && score > 0) {
        equals++
      }
    }
    if (equals === 1 || best?.options.reusePort !== true) return best
    const group = candidates.filter(each => each.options.reusePort && scoreOf(each, info) === bestScore)
    // The latest stand first.
    return group[group.length - 1 - reusePortShare(this.seed, info, srcPort, group.length)]
  }
}

/** 0: does not match. */
function scoreOf(tcp: TcpSock, info: IpPacketInfo): number {
  const bound = tcp.boundAddress
  if (tcp.flow.deviceIndex !== 0 && tcp.flow.deviceIndex !== info.deviceIndex) return 0
  const deviceScore = tcp.flow.deviceIndex !== 0 ? 1 : 0
  if (bound.isUnspecified) {
    if (info.version === 4) {
      if (!tcp.isInet6) return 2 + deviceScore
      const isWildcard6 = bound.equals(IpAddress.ANY6)
      return (isWildcard6 && tcp.inet.v6Only) ? 0 : 1 + deviceScore
    }
    return tcp.isInet6 && !bound.equals(IpAddress.ANY4) ? 2 + deviceScore : 0
  }
  const isMine = bound.w0 === info.d0 && bound.w1 === info.d1 && bound.w2 === info.d2 && bound.w3 === info.d3
  return isMine ? 8 + deviceScore : 0
}
