// Explicit Congestion Notification (RFC 9293 SHLD-8; RFC 3168): what a connection still has to tell its peer, and the small decisions on
// both sides. Kept per sock; nothing happens unless both SYNs agreed.

import { CWR, ECE } from '../../wire/tcp.ts'
import type { TcpSock } from './tcp-sock.ts'

export const ECN_MASK = 3
export const ECT0 = 2
export const CE = 3

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

/** tcp_ecn: 1 asks and agrees, 2 only agrees; 3 and above ask for AccECN, of which this is the fallback (RFC 9768 3.1.1). */
export function asksForEcn(tcp: TcpSock): boolean {
  const { value } = tcp.env.sysctl.ecn
  return value === 1 || value === 3 || tcp.control.needsEcn
}

/** Flags of our SYN (RFC 3168 6.1.1). A SYN that went unanswered asks no more (tcp_ecn_fallback). */
export function synFlags(tcp: TcpSock, isRepeated: boolean): number {
  if (isRepeated && tcp.env.sysctl.ecnFallback.value !== 0) {
    tcp.ecn.wasAsked = false
    return 0
  }
  if (!isRepeated) tcp.ecn.wasAsked = asksForEcn(tcp)
  return tcp.ecn.wasAsked ? ECE | CWR : 0
}

/** Does the listener agree to what a SYN asks? One that is itself marked is not to be trusted, except by DCTCP. */
export function agreesToEcn(listener: TcpSock, flags: number, trafficClass: number): boolean {
  if ((flags & (ECE | CWR)) !== (ECE | CWR)) return false
  const isMarked = (trafficClass & ECN_MASK) !== 0
  return (!isMarked && listener.env.sysctl.ecn.value !== 0) || listener.control.needsEcn
}

/** What a segment with the flags of `base` says besides; `isNewData`: first transmission of data, which alone is ECT. */
export function ecnFlags(tcp: TcpSock, isNewData: boolean): number {
  const { ecn, flow, control } = tcp
  let flags = ecn.owesEcho ? ECE : 0
  flow.trafficClass &= ~ECN_MASK
  if (isNewData || control.needsEcn) flow.trafficClass |= ECT0
  if (isNewData && ecn.owesCwr) {
    ecn.owesCwr = false
    flags |= CWR
  }
  return flags
}
