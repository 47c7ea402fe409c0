// For tools: connections no file refers to. They finish by themselves, wait to be accepted, are half open, or in TIME-WAIT.

import { IpAddress } from '../../base/address/ip.ts'
import * as seq from '../../base/seq.ts'
import type { TcpState } from '../state.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export interface OwnerlessConnection {
  readonly state: TcpState
  readonly family: number
  readonly inode: number
  readonly local: IpAddress
  readonly localPort: number
  readonly remote: IpAddress
  readonly remotePort: number
  readonly unread: number
  readonly unacknowledged: number
}

export function ownerlessConnections(env: TcpEnv): OwnerlessConnection[] {
  const found: OwnerlessConnection[] = []
  for (const tcp of env.socks) {
    found.push(...halfOpen(tcp))
    if (tcp.state !== 'CLOSED' && (tcp.orphaned || tcp.parent !== undefined)) found.push(ofSock(tcp))
  }
  for (const index of env.timeWaits.indexes()) found.push(ofRecord(env, index))
  return found
}

function halfOpen(listening: TcpSock): OwnerlessConnection[] {
  return [...listening.listener?.requests ?? []].map(({ family, local, localPort, remote, remotePort }) => ({
    state: 'SYN-RECEIVED' as const, family, inode: 0, local, localPort, remote, remotePort, unread: 0, unacknowledged: 0,
  }))
}

function ofSock(tcp: TcpSock): OwnerlessConnection {
  return {
    state: tcp.state, family: tcp.family, inode: tcp.orphaned ? 0 : tcp.id, local: tcp.flow.source, localPort: tcp.localPort,
    remote: tcp.flow.destination, remotePort: tcp.remotePort, unread: tcp.receiveQueue.bytes,
    unacknowledged: seq.diff(tcp.snd.written, tcp.snd.una),
  }
}

function ofRecord(env: TcpEnv, index: number): OwnerlessConnection {
  const { timeWaits, key } = env
  timeWaits.readKey(index, key)
  return {
    state: timeWaits.isFinWait2(index) ? 'FIN-WAIT-2' : 'TIME-WAIT', family: timeWaits.family(index), inode: 0,
    local: IpAddress.of(key.l0, key.l1, key.l2, key.l3), localPort: key.ports & 0xffff,
    remote: IpAddress.of(key.r0, key.r1, key.r2, key.r3), remotePort: key.ports >>> 16, unread: 0, unacknowledged: 0,
  }
}
