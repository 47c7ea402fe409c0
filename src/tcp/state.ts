// The eleven states (RFC 9293 3.3.2) and every way between them, as data: docs and the lab draw it, tests walk it.

export type TcpState =
  | 'CLOSED' | 'LISTEN' | 'SYN-SENT' | 'SYN-RECEIVED' | 'ESTABLISHED' | 'FIN-WAIT-1' | 'FIN-WAIT-2' | 'CLOSE-WAIT' | 'CLOSING'
  | 'LAST-ACK' | 'TIME-WAIT'

export type Cause =
  | 'passive OPEN' | 'active OPEN' | 'rcv SYN' | 'rcv SYN,ACK' | 'rcv ACK of SYN' | 'rcv RST' | 'CLOSE' | 'rcv FIN' | 'rcv ACK of FIN'
  | 'timeout 2MSL' | 'abort' | 'timeout' | 'rcv RST, passive OPEN' | 'timeout, passive OPEN'

export type TransitionTable = Readonly<Record<TcpState, Readonly<Partial<Record<Cause, TcpState>>>>>

/**
 * `TcpSock.setState` takes no other way than these. A listener stays one: what a SYN brings is a half-open record beside it, whose
 * end by RST or silence is the RFC's way back to LISTEN (the causes with `passive OPEN`; RFC 9293 3.10.7.4 and MUST-11). Whoever
 * opened actively ends in CLOSED. `abort` is a close with SO_LINGER 0 or with data unread, connect(AF_UNSPEC), data for a reader that
 * is gone, and ICMP errors that RFC 5927 lets end a handshake.
 */
export const TRANSITIONS = Object.freeze({
  'CLOSED': { 'passive OPEN': 'LISTEN', 'active OPEN': 'SYN-SENT' },
  'LISTEN': { 'rcv SYN': 'SYN-RECEIVED', 'CLOSE': 'CLOSED' },
  'SYN-SENT': {
    'rcv SYN,ACK': 'ESTABLISHED', 'rcv SYN': 'SYN-RECEIVED', 'rcv RST': 'CLOSED', 'CLOSE': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED',
  },
  'SYN-RECEIVED': {
    'rcv ACK of SYN': 'ESTABLISHED', 'rcv RST, passive OPEN': 'LISTEN', 'rcv RST': 'CLOSED', 'CLOSE': 'FIN-WAIT-1', 'rcv FIN': 'CLOSE-WAIT',
    'abort': 'CLOSED', 'timeout, passive OPEN': 'LISTEN', 'timeout': 'CLOSED',
  },
  'ESTABLISHED': { 'CLOSE': 'FIN-WAIT-1', 'rcv FIN': 'CLOSE-WAIT', 'rcv RST': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED' },
  'FIN-WAIT-1': { 'rcv ACK of FIN': 'FIN-WAIT-2', 'rcv FIN': 'CLOSING', 'rcv RST': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED' },
  'FIN-WAIT-2': { 'rcv FIN': 'TIME-WAIT', 'rcv RST': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED' },
  'CLOSE-WAIT': { 'CLOSE': 'LAST-ACK', 'rcv RST': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED' },
  'CLOSING': { 'rcv ACK of FIN': 'TIME-WAIT', 'rcv RST': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED' },
  'LAST-ACK': { 'rcv ACK of FIN': 'CLOSED', 'rcv RST': 'CLOSED', 'abort': 'CLOSED', 'timeout': 'CLOSED' },
  'TIME-WAIT': { 'timeout 2MSL': 'CLOSED', 'rcv RST': 'CLOSED', 'rcv SYN': 'SYN-RECEIVED' },
} as const satisfies TransitionTable)

/** The numbers of TCP_INFO and /proc/net/tcp. */
export const STATE_NUMBER: Readonly<Record<TcpState, number>> = Object.freeze({
  'ESTABLISHED': 1, 'SYN-SENT': 2, 'SYN-RECEIVED': 3, 'FIN-WAIT-1': 4, 'FIN-WAIT-2': 5, 'TIME-WAIT': 6, 'CLOSED': 7, 'CLOSE-WAIT': 8,
  'LAST-ACK': 9, 'LISTEN': 10, 'CLOSING': 11,
})

/** We have not sent our FIN: more may be written. */
export function maySend(state: TcpState): boolean { return state === 'ESTABLISHED' || state === 'CLOSE-WAIT' }
