// SYN-ACKs of half-open connections: repeated at doubling intervals, given up after tcp_synack_retries (row E2).

import type { Instant } from '../../base/time.ts'
import type { TimerTarget } from '../../base/stack-timers.ts'
import { Request } from '../tcb/listener.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import { SYN_ACK_TIMEOUT_US, dropRequest } from '../listen/requests.ts'
import { advertisedMssFor } from '../output/advertised-mss.ts'
import { requestFlow, sendSynAck } from '../output/bare.ts'

export class SynAckTimers implements TimerTarget {
  private readonly env: TcpEnv

  constructor(env: TcpEnv) { this.env = env }

  onTimer(handle: number): void {
    const request = this.env.objects.get(handle)
    if (request instanceof Request) onSynAckTimeout(this.env, request, this.env.now)
  }
}

export function repeatSynAck(env: TcpEnv, request: Request, now: number): void {
  request.retransmits++
  request.listener.loss.totalRetransmits++
  env.namespace.mib.tcp.RetransSegs++
  env.namespace.mib.tcpExt.TCPSynRetrans++
  sendSynAck(env, request, advertisedMssFor(env, requestFlow(request), request.listener.snd.userMss), now)
}

export function armSynAck(env: TcpEnv, request: Request, now: number): void {
  const waitUs = Math.min(SYN_ACK_TIMEOUT_US * 2 ** request.timeouts, env.sysctl.rtoMaxMs.value * 1000)
  env.namespace.timers.arm(request.timer, now + waitUs as Instant)
}

function onSynAckTimeout(env: TcpEnv, request: Request, now: number): void {
  const { listener } = request
  const queues = listener.listener
  if (queues === undefined) return
  const { synCount, deferAcceptCount } = listener.connection
  let most = synCount === 0 ? env.sysctl.synAckRetries.value : synCount
  most = shorterWhenCrowded(queues.requests.size, queues.youngCount, queues.acceptQueue.backlog, most)
  let expires = request.timeouts >= most
  let resends = true
  if (deferAcceptCount > 0) {
    expires &&= !request.isAcked || request.timeouts >= deferAcceptCount
    resends = !request.isAcked || request.timeouts >= deferAcceptCount - 1
  }
  if (expires) {
    dropRequest(env, request)
    return
  }
  if (resends) repeatSynAck(env, request, now)
  if (request.timeouts === 0) queues.youngCount--
  request.timeouts++
  armSynAck(env, request, now)
}

/** A queue more than half full of old requests gives them up sooner. */
function shorterWhenCrowded(length: number, young: number, backlog: number, most: number): number {
  if (length * 2 <= Math.max(8, backlog)) return most
  let limit = most
  for (let weight = young * 2; limit > 2 && length < weight; weight *= 2) limit--
  return limit
}
