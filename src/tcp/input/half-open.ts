// A segment for a half-open connection (RFC 9293 3.10.7.4 in SYN-RECEIVED from LISTEN; Linux: tcp_check_req). The request
// is small and knows few tricks; whatever completes it is replayed into the new connection.

import * as seq from '../../base/seq.ts'
import { ACK, RST, SYN } from '../../wire/tcp.ts'
import type { Request } from '../tcb/listener.ts'
import { isAnswerLimited } from '../listen/requests.ts'
import type { RequestOutcome } from '../listen/requests.ts'
import type { Segment } from '../segment/segment.ts'

export function checkRequest(request: Request, seg: Segment, now: number): RequestOutcome {
  const env = request.listener.env
  const { mib } = env.namespace
  const rcvNxt = seq.add(request.irs, 1)
  let flags = seg.flags & (RST | SYN | ACK)
  const isOld = request.hasTimestamps && seg.hasTimestamp && ((request.tsRecent - seg.tsVal) | 0) > 1 && (flags & RST) === 0
  if (seg.seq === request.irs && flags === SYN && !isOld) return isAnswerLimited(request, now) ? 'ignore' : 'repeat SYN-ACK'
  if ((flags & ACK) !== 0 && seg.ack !== seq.add(request.iss, 1)) return 'bad ACK'
  const edge = seq.add(rcvNxt, request.rcvWnd)
  const isIn = seq.lt(seg.seq, edge) && seq.leq(rcvNxt, seg.endSeq) && (seq.leq(rcvNxt, seg.seq) || seq.lt(rcvNxt, seg.endSeq))
  if (isOld || !(isIn || (seg.seq === edge && seg.seq === seg.endSeq))) {
    if (isOld) mib.tcpExt.PAWSEstab++
    return (flags & RST) !== 0 || isAnswerLimited(request, now) ? 'ignore' : 'answer'
  }
  if (seg.hasTimestamp && seq.leq(seg.seq, rcvNxt)) request.tsRecent = seg.tsVal
  if (seg.seq === request.irs) flags &= ~SYN
  if ((flags & (RST | SYN)) !== 0) {
    mib.tcp.AttemptFails++
    mib.tcpExt.EmbryonicRsts++
    return (flags & RST) !== 0 ? 'forget' : 'reset'
  }
  if ((flags & ACK) === 0) return 'ignore'
  if (request.timeouts < request.listener.connection.deferAcceptCount && seg.endSeq === rcvNxt) {
    request.isAcked = true
    mib.tcpExt.TCPDeferAcceptDrop++
    return 'wait'
  }
  return canOpen(request)
}

/** Row E3: with the accept queue full the ACK is forgotten, the peer or our SYN-ACK will try again. */
function canOpen(request: Request): RequestOutcome {
  const { listener } = request
  const { mib } = listener.env.namespace
  if (listener.listener?.acceptQueue.isFull !== true) return 'open'
  mib.tcpExt.ListenOverflows++
  mib.tcpExt.ListenDrops++
  if (listener.env.sysctl.abortOnOverflow.value !== 0) return 'reset'
  request.isAcked = true
  return 'wait'
}
