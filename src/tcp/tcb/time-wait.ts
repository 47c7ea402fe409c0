// Into TIME-WAIT and out of it: the full sock gives way to a record of the slab (RFC 9293 MUST-13; Linux: tcp_time_wait).

import { IpAddress } from '../../base/address/ip.ts'
import * as seq from '../../base/seq.ts'
import type { Cause, TcpState } from '../state.ts'
import type { TcpEnv } from './tcp-env.ts'
import type { TupleKey } from './connection-table.ts'
import { finish, keyOf } from './finish.ts'
import { windowLeft } from './receive-space.ts'
import type { TcpSock } from './tcp-sock.ts'

export const TIME_WAIT_US = 60_000_000

/** `finWait2Us` above 0: wait that long for the FIN first. */
export function enterTimeWait(tcp: TcpSock, finWait2Us: number): void {
  const { env, flow, snd, rcv, negotiated } = tcp
  const { timeWaits } = env
  const { mib } = env.namespace
  if (timeWaits.count >= env.sysctl.maxTwBuckets.value) {
    mib.tcpExt.TCPTimeWaitOverflow++
    finish(tcp, 'timeout')
    return
  }
  const key = keyOf(tcp, env.key)
  const index = timeWaits.allocate(key)
  timeWaits.fill(index, {
    sndNxt: seq.toInt32(snd.nxt), rcvNxt: seq.toInt32(rcv.nxt), rcvWnd: windowLeft(tcp), rcvWscale: negotiated.rcvWscale,
    tsOffset: negotiated.tsOffset,
    hasTimestamps: negotiated.hasTimestamps, trafficClass: flow.trafficClass, family: tcp.family, reuseAddress: tcp.options.reuseAddress,
    reusePort: tcp.options.reusePort, sockId: tcp.id,
  })
  if (tcp.md5Key !== undefined) env.timeWaitKeys.set(index, tcp.md5Key)
  timeWaits.setTimestamp(index, negotiated.tsRecent, negotiated.tsRecentAt)
  timeWaits.setFinWait2(index, finWait2Us > 0)
  const longest = finWait2Us > 0 ? finWait2Us : TIME_WAIT_US
  timeWaits.arm(index, env.now + Math.max(longest, Math.min(TIME_WAIT_US, tcp.rtt.rtoUs * 3.5)))
  if (tcp.portHold !== undefined) {
    // The sock keeps showing the name it had.
    const { localPort } = tcp
    timeWaits.setHold(index, env.ports.transferToTimeWait(tcp))
    tcp.localPort = localPort
  }
  mib.tcpExt.TW++
  const value = (index + 1) * 2
  // The record carries the connection on: it is in FIN-WAIT-2 still, or in TIME-WAIT now.
  const cause = tcp.state === 'CLOSING' ? 'rcv ACK of FIN' : 'rcv FIN'
  finish(tcp, cause, finWait2Us > 0 ? 'FIN-WAIT-2' : 'TIME-WAIT')
  env.connections.set(timeWaitKey(env, index), value)
}

/** Records tell of themselves as socks do. */
export function tellTimeWait(env: TcpEnv, index: number, from: TcpState, to: TcpState, cause: Cause): void {
  const { trace, clock, host } = env.namespace
  if (!trace.on) return
  const { l0, l1, l2, l3, r0, r1, r2, r3, ports } = timeWaitKey(env, index)
  trace.emit({
    name: 'tcp-state', at: clock.now(), host, sock: env.timeWaits.sockId(index), local: `${IpAddress.of(l0, l1, l2, l3)}:${ports & 0xffff}`,
    remote: `${IpAddress.of(r0, r1, r2, r3)}:${ports >>> 16}`, from, to, cause,
  })
}

function timeWaitKey(env: TcpEnv, index: number): TupleKey {
  env.timeWaits.readKey(index, env.key)
  return env.key
}

/** The record is over for `cause`; undefined: the host goes, and tells nobody. */
export function leaveTimeWait(env: TcpEnv, index: number, cause: Cause | undefined): void {
  if (cause !== undefined) tellTimeWait(env, index, env.timeWaits.isFinWait2(index) ? 'FIN-WAIT-2' : 'TIME-WAIT', 'CLOSED', cause)
  const key = timeWaitKey(env, index)
  if (env.connections.find(key) === (index + 1) * 2) env.connections.remove(key)
  const hold = env.timeWaits.takeHold(index)
  if (hold !== undefined) env.ports.release(hold)
  env.timeWaitKeys.delete(index)
  env.timeWaits.release(index)
}
