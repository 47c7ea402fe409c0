// What TCP_INFO says of a connection, read from the bytes of Linux's struct tcp_info (linux/tcp.h; host byte order, here
// little-endian). Programs that report on their own connections use it: iperf, the page of `npm start`.

import type { Errno } from '../base/errno.ts'
import { SOL_TCP, TCP_INFO } from '../base/posix.ts'
import type { Sys } from '../kernel/syscalls.ts'

export const TCP_INFO_BYTES = 232

/** Times in microseconds, windows in segments as Linux counts them, everything else in bytes or segments. */
export interface TcpInfo {
  readonly state: string
  readonly congestionState: number
  readonly sendWindowScale: number
  readonly receiveWindowScale: number
  readonly rtoUs: number
  readonly sendMss: number
  readonly receiveMss: number
  readonly unackedSegs: number
  readonly sackedSegs: number
  readonly lostSegs: number
  readonly pathMtu: number
  readonly rttUs: number
  readonly rttVarUs: number
  readonly minRttUs: number
  readonly ssthreshSegs: number
  readonly cwndSegs: number
  readonly totalRetransmits: number
  readonly bytesAcked: number
  readonly bytesReceived: number
  readonly segsOut: number
  readonly segsIn: number
  readonly notSentBytes: number
  readonly peerWindowBytes: number
}

/** TCP_ESTABLISHED is 1 (net/tcp_states.h). */
const STATES = [
  '', 'ESTABLISHED', 'SYN-SENT', 'SYN-RECEIVED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSED', 'CLOSE-WAIT', 'LAST-ACK',
  'LISTEN', 'CLOSING', 'SYN-RECEIVED',
] as const

export function readTcpInfo(sys: Pick<Sys, 'getsockopt'>, fd: number): TcpInfo | Errno {
  const bytes = sys.getsockopt(fd, SOL_TCP, TCP_INFO, TCP_INFO_BYTES)
  return typeof bytes === 'string' ? bytes : decodeTcpInfo(bytes)
}

/** A shorter struct, from an older system, leaves its last fields at zero. */
export function decodeTcpInfo(bytes: Uint8Array): TcpInfo {
  const u8 = (at: number): number => (at < bytes.length ? bytes[at] : 0)
  const u32 = (at: number): number => (u8(at) | (u8(at + 1) << 8) | (u8(at + 2) << 16) | (u8(at + 3) << 24)) >>> 0
  const u64 = (at: number): number => u32(at) + u32(at + 4) * 0x1_0000_0000
  return {
    state: STATES[u8(0)] ?? '',
    congestionState: u8(1),
    sendWindowScale: u8(6) & 0xf,
    receiveWindowScale: u8(6) >> 4,
    rtoUs: u32(8),
    sendMss: u32(16),
    receiveMss: u32(20),
    unackedSegs: u32(24),
    sackedSegs: u32(28),
    lostSegs: u32(32),
    pathMtu: u32(60),
    rttUs: u32(68),
    rttVarUs: u32(72),
    minRttUs: u32(148),
    ssthreshSegs: u32(76),
    cwndSegs: u32(80),
    totalRetransmits: u32(100),
    bytesAcked: u64(120),
    bytesReceived: u64(128),
    segsOut: u32(136),
    segsIn: u32(140),
    notSentBytes: u32(144),
    peerWindowBytes: u32(228),
  }
}
