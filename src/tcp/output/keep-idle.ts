// How long a connection is idle before its first keep-alive (RFC 9293 MUST-27, MUST-28).

import type { TcpSock } from '../tcb/tcp-sock.ts'

export function keepIdleUs(tcp: TcpSock): number {
  return (tcp.connection.keepIdleSeconds === 0 ? tcp.env.sysctl.keepaliveTime.value : tcp.connection.keepIdleSeconds) * 1_000_000
}
