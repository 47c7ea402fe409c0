// Which UDP socket a datagram is for (Linux: __udp4_lib_lookup, compute_score): sockets by local port, the latest bound
// first; among those that fit, the most specific wins, and SO_REUSEPORT groups share by a hash of the four-tuple.

import type { IpPacketInfo } from '../ip/ip-packet-info.ts'
import { wantsGroupPacket } from '../sock/multicast-membership.ts'
import { reusePortShare } from '../sock/reuse-port.ts'
import type { UdpSock } from './udp-sock.ts'

const NO_MATCH = -1
/** A bound address beats the wildcard whatever else fits. */
const EXACT_ADDRESS = 32
const EXACT_PEER = 8
const EXACT_DEVICE = 4
const SAME_FAMILY = 1

const NONE: readonly UdpSock[] = []

export class UdpPortTable {
  private readonly ports = new Map<number, UdpSock[]>()
  private readonly seed: number

  constructor(seed: number) {
    this.seed = seed
  }

  add(sock: UdpSock): void {
    const known = this.ports.get(sock.localPort)
    if (known === undefined) this.ports.set(sock.localPort, [sock])
    else known.unshift(sock)
  }

  /** Before the sock's port changes. */
  remove(sock: UdpSock): void {
    const known = this.ports.get(sock.localPort)
    if (known === undefined) return
    const kept = known.filter(each => each !== sock)
    if (kept.length === 0) this.ports.delete(sock.localPort)
    else this.ports.set(sock.localPort, kept)
  }

  at(port: number): readonly UdpSock[] { return this.ports.get(port) ?? NONE }

  * all(): Iterable<UdpSock> {
    for (const socks of this.ports.values()) yield* socks
  }

  /** The socket for a unicast datagram from `sourcePort` to `destinationPort`. */
  find(info: IpPacketInfo, sourcePort: number, destinationPort: number): UdpSock | undefined {
    const socks = this.ports.get(destinationPort)
    if (socks === undefined) return undefined
    let best: UdpSock | undefined = undefined
    let bestScore = NO_MATCH
    let equals = 1
    for (let i = 0; i < socks.length; i++) {
      const score = unicastScore(socks[i], info, sourcePort)
      if (score > bestScore) {
        best = socks[i]
        bestScore = score
        equals = 1
      } else if (score === bestScore && score !== NO_MATCH) {
        equals++
      }
    }
    if (equals === 1 || best === undefined || !best.options.reusePort || best.isConnected) return best
    return this.balance(socks, info, sourcePort, bestScore)
  }

  private balance(socks: readonly UdpSock[], info: IpPacketInfo, sourcePort: number, score: number): UdpSock {
    const group = socks.filter(each => each.options.reusePort && !each.isConnected && unicastScore(each, info, sourcePort) === score)
    // The latest bound stand first.
    return group[group.length - 1 - reusePortShare(this.seed, info, sourcePort, group.length)]
  }

  /** Every socket that hears a multicast or broadcast datagram. */
  findAll(info: IpPacketInfo, sourcePort: number, destinationPort: number, isMulticast: boolean): UdpSock[] {
    const socks = this.at(destinationPort)
    const source = info.source()
    const destination = info.destination()
    return socks.filter(each => unicastScore(each, info, sourcePort) !== NO_MATCH
      && (!isMulticast || wantsGroupPacket(each, destination, source, info.deviceIndex)))
  }
}

function unicastScore(sock: UdpSock, info: IpPacketInfo, sourcePort: number): number {
  const { isInet6 } = sock
  const isVersion4 = info.version === 4
  if (isInet6 ? isVersion4 && sock.inet.v6Only : !isVersion4) return NO_MATCH
  let score = isInet6 === isVersion4 ? 0 : SAME_FAMILY
  const bound = sock.boundAddress
  if (bound.w3 === info.d3 && bound.w2 === info.d2 && bound.w1 === info.d1 && bound.w0 === info.d0) score += EXACT_ADDRESS
  else if (!bound.isUnspecified || (isInet6 && !isVersion4 && bound.family === 4)) return NO_MATCH
  if (sock.isConnected) {
    const peer = sock.flow.destination
    if (peer.w3 !== info.s3 || peer.w2 !== info.s2 || peer.w1 !== info.s1 || peer.w0 !== info.s0) return NO_MATCH
    if (sock.remotePort !== 0 && sock.remotePort !== sourcePort) return NO_MATCH
    score += EXACT_PEER
  }
  const { deviceIndex } = sock.flow
  if (deviceIndex !== 0) {
    if (deviceIndex !== info.deviceIndex) return NO_MATCH
    score += EXACT_DEVICE
  }
  return score
}
