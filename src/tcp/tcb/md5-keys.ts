// The keys of TCP-MD5 (RFC 2385; TCP_MD5SIG, TCP_MD5SIG_EXT): by peer or prefix of peers; and whether an arrived segment is
// signed as it must be.

import type { IpAddress } from '../../base/address/ip.ts'
import { Prefix } from '../../base/address/prefix.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import type { Segment } from '../segment/segment.ts'
import { SIGNATURE_BYTES, signatureOf } from '../segment/signature.ts'
import type { Request } from './listener.ts'
import { isRequest } from './listener.ts'
import type { TcpSock } from './tcp-sock.ts'

export interface Md5Key { readonly peers: Prefix, readonly key: Uint8Array }

/** The key for a peer: the longest prefix wins. */
export function keyFor(tcp: TcpSock, peer: IpAddress): Uint8Array | undefined {
  let best: Md5Key | undefined
  for (const each of tcp.md5Keys ?? []) {
    if (each.peers.contains(peer) && (best === undefined || each.peers.length > best.peers.length)) best = each
  }
  return best?.key
}

/** Replaces the key of these peers; undefined takes it away. False when there was none to take. */
export function setKey(tcp: TcpSock, peers: Prefix, key: Uint8Array | undefined): boolean {
  const rest = (tcp.md5Keys ?? []).filter(each => each.peers.length !== peers.length || !each.peers.network().equals(peers.network()))
  const hadOne = rest.length !== (tcp.md5Keys?.length ?? 0)
  const keys = key === undefined ? rest : [...rest, { peers, key }]
  tcp.md5Keys = keys.length === 0 ? undefined : keys
  if (tcp.state !== 'CLOSED' && tcp.state !== 'LISTEN') tcp.md5Key = keyFor(tcp, tcp.flow.destination)
  return hadOne || key !== undefined
}

/** A connection has the one key of its peer (Linux: tcp_md5_key_copy). */
export function inheritKey(child: TcpSock, parent: TcpSock): void {
  if (parent.md5Keys === undefined) return
  const peer = child.flow.destination
  const key = keyFor(parent, peer)
  if (key !== undefined) setKey(child, new Prefix(peer, peer.family === 4 ? 32 : 128), key)
  child.md5Key = key
}

/** Must this segment be dropped: signed without need, not signed, or signed wrongly? Called before anything of it is used. */
export function isForged(owner: TcpSock | Request, seg: Segment, info: IpPacketInfo): boolean {
  const tcp = isRequest(owner) ? owner.listener : owner
  if (seg.md5At < 0 && tcp.md5Keys === undefined) return false
  const key = keyFor(tcp, info.source())
  const { tcpExt } = tcp.namespace.mib
  if (key === undefined) {
    if (seg.md5At < 0) return false
    tcpExt.TCPMD5Unexpected++
    return true
  }
  if (seg.md5At < 0) {
    tcpExt.TCPMD5NotFound++
    return true
  }
  const { packet } = seg
  const right = signatureOf(info.source(), info.destination(), packet.u8, packet.start - seg.headerLen, packet.start, packet.end, key)
  for (let i = 0; i < SIGNATURE_BYTES; i++) {
    if (packet.u8[seg.md5At + i] === right[i]) continue
    tcpExt.TCPMD5Failure++
    return true
  }
  return false
}
