// Explicit Congestion Notification (RFC 9293 SHLD-8; RFC 3168): what a connection still has to tell its peer, and the small decisions on
// both sides. Kept per sock; nothing happens unless both SYNs agreed.

import { AE, CWR, ECE } from '../../wire/tcp.ts'
import { ECN_MASK, ECT0, aceFlags } from './accurate-ecn.ts'
import type { TcpSock } from './tcp-sock.ts'

export class EcnState {
  /** Our SYN asked for it. */
  wasAsked = false
  /** Receiver: echo ECE until the peer answers with CWR (6.1.3). */
  owesEcho = false
  /** Sender: the window came down, the next new data says so (6.1.2). */
  owesCwr = false
  /** The peer's packets carried a codepoint once: one without it may hide a retransmission. */
  hasSeenEct = false
}

export type EcnKind = 'none' | 'classic' | 'accurate'

/** tcp_ecn: 1 asks and agrees, 2 only agrees. With AccECN for peers that know it: 3 asks for it, 4 for the classic, 5 only agrees. */
export function asksForEcn(tcp: TcpSock): EcnKind {
  const { value } = tcp.env.sysctl.ecn
  if (value === 3) return 'accurate'
  return value === 1 || value === 4 || tcp.control.needsEcn ? 'classic' : 'none'
}

/** Flags of our SYN (RFC 3168 6.1.1). A SYN that went unanswered asks no more (tcp_ecn_fallback). */
export function synFlags(tcp: TcpSock, isRepeated: boolean): number {
  if (isRepeated && tcp.env.sysctl.ecnFallback.value !== 0) {
    tcp.ecn.wasAsked = false
    return 0
  }
  const kind = asksForEcn(tcp)
  if (!isRepeated) tcp.ecn.wasAsked = kind !== 'none'
  if (!tcp.ecn.wasAsked) return 0
  return kind === 'accurate' ? AE | ECE | CWR : ECE | CWR
}

/** Does the listener agree to what a SYN asks? One that is itself marked is not to be trusted, except by DCTCP. */
export function agreesToEcn(listener: TcpSock, flags: number, trafficClass: number): EcnKind {
  if ((flags & (ECE | CWR)) !== (ECE | CWR)) return 'none'
  if ((flags & AE) !== 0 && listener.env.sysctl.ecn.value >= 3) return 'accurate'
  const isMarked = (trafficClass & ECN_MASK) !== 0
  return (!isMarked && listener.env.sysctl.ecn.value !== 0) || listener.control.needsEcn ? 'classic' : 'none'
}

/** What a segment with the flags of `base` says besides; `isNewData`: first transmission of data, which alone is ECT. */
export function ecnFlags(tcp: TcpSock, isNewData: boolean): number {
  const { ecn, flow, control, accurate } = tcp
  if (accurate !== undefined) {
    flow.trafficClass = (flow.trafficClass & ~ECN_MASK) | (accurate.isFieldCleared ? 0 : ECT0)
    return aceFlags(accurate)
  }
  let flags = ecn.owesEcho ? ECE : 0
  flow.trafficClass &= ~ECN_MASK
  if (isNewData || control.needsEcn) flow.trafficClass |= ECT0
  if (isNewData && ecn.owesCwr) {
    ecn.owesCwr = false
    flags |= CWR
  }
  return flags
}
