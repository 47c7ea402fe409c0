// The receiver's side of ECN (RFC 3168 6.1.3, RFC 8257 3.2): marks of arrived data become echoes.

import * as seq from '../../base/seq.ts'
import { CWR } from '../../wire/tcp.ts'
import type { Segment } from '../segment/segment.ts'
import { ACK_NOW, ACK_TIMER } from '../tcb/ack-state.ts'
import { CE, ECN_MASK } from '../tcb/accurate-ecn.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { enterQuickAck } from './answers.ts'

/** Before the data is queued: the peer reduced its window, echoing ends. Its window may be tiny: acknowledge at once. */
export function takeCwr(tcp: TcpSock, seg: Segment): void {
  if (tcp.accurate !== undefined || (seg.flags & CWR) === 0 || seg.seq === seg.endSeq) return
  tcp.ecn.owesEcho = false
  tcp.ack.pending |= ACK_NOW
}

/** Linux: dctcp_ece_ack_update. `echo`: of what came so far. */
function splitAck(tcp: TcpSock, seg: Segment, echo: boolean): void {
  const { ack, intents, rcv } = tcp
  const before = seq.earlier(rcv.nxt, seg.seq)
  if ((ack.pending & ACK_TIMER) !== 0 || intents.ack) {
    if (seq.gt(before, rcv.wup) && !intents.splitAck) {
      intents.splitAck = true
      intents.splitAckSeq = before
      intents.splitAckEcho = echo
    }
  }
  ack.pending |= ACK_NOW
}

export function noteMark(tcp: TcpSock, seg: Segment): void {
  const { ecn, control } = tcp
  if (tcp.accurate !== undefined) return
  switch (seg.trafficClass & ECN_MASK) {
    case 0:
      // A sender that marks its data leaves retransmissions unmarked: it lost something.
      if (ecn.hasSeenEct) enterQuickAck(tcp, 2)
      return
    case CE:
      // RFC 8257 3.2: what was received unmarked is acknowledged without the echo first.
      if (control.needsEcn && !ecn.owesEcho) splitAck(tcp, seg, false)
      if (!ecn.owesEcho) {
        enterQuickAck(tcp, 2)
        ecn.owesEcho = true
      }
      break
    default:
      // DCTCP's receiver echoes the state of each arrival, not until CWR.
      if (control.needsEcn && ecn.owesEcho) {
        splitAck(tcp, seg, true)
        ecn.owesEcho = false
      }
  }
  ecn.hasSeenEct = true
}
