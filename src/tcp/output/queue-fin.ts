// Our FIN: on the last unsent record if there is one, else as a segment of its own (RFC 9293 3.10.4).

import * as seq from '../../base/seq.ts'
import { FIN } from '../../wire/tcp.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { NAGLE_OFF } from '../tcb/sequence-space.ts'
import { pushPending } from './next-segment.ts'

export function queueFin(tcp: TcpSock, now: number): void {
  const { sendQueue, snd } = tcp
  const last = sendQueue.last
  const canRide = last !== undefined && sendQueue.unsent !== undefined
  const record = canRide ? last : sendQueue.append(snd.written)
  record.flags |= FIN
  record.endSeq = seq.add(record.endSeq, 1)
  snd.written = seq.add(snd.written, 1)
  pushPending(tcp, NAGLE_OFF, now)
}
