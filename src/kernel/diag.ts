// Snapshots of a host for tools (Linux: sock_diag, rtnetlink dumps; row G6): sockets, interfaces, routes, neighbours, as
// plain records of texts and numbers. Cold: every call walks the tables.

import type { IpAddress } from '../base/address/ip.ts'
import {
  AF_INET, AF_INET6, AF_PACKET, AF_UNIX, IPPROTO_ICMP, IPPROTO_ICMPV6, SIOCINQ, SIOCOUTQ, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM,
  SOL_TCP, TCP_CONGESTION, TCP_INFO,
} from '../base/posix.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { NetDevice } from '../link/net-device.ts'
import type { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { Socket } from '../socket/socket.ts'
import type { Process } from './process.ts'
import { SocketFile } from './socket-file.ts'

/** Whom a table is of; a Host is one. */
export interface DiagnosedHost {
  readonly namespace: NetNamespace
  readonly processes: Iterable<Process>
  readonly tcp?: { ownerless(): readonly Ownerless[] }
}

/** A connection that no file refers to. */
interface Ownerless {
  readonly state: string
  readonly family: number
  readonly inode: number
  readonly local: IpAddress
  readonly localPort: number
  readonly remote: IpAddress
  readonly remotePort: number
  readonly unread: number
  readonly unacknowledged: number
}

export interface SocketOwnerRow { readonly pid: number, readonly name: string, readonly fd: number }

export interface SocketRow {
  /** As ss names them: tcp, udp, icmp, raw, u_str, u_dgr, u_seq, p_raw, p_dgr. */
  readonly netid: string
  /** ESTAB, LISTEN, UNCONN, TIME-WAIT ... */
  readonly state: string
  readonly family: 4 | 6 | 0
  /** Bytes; of a listener connections that wait, and how many may. */
  readonly recvQ: number
  readonly sendQ: number
  /** `address:port`, `*` for any. */
  readonly local: string
  readonly peer: string
  readonly owners: readonly SocketOwnerRow[]
  readonly inode: number
  readonly uid: number
  readonly rcvbuf: number
  readonly sndbuf: number
  /** struct tcp_info, base16; TCP only. */
  readonly tcpInfo?: string
  readonly congestion?: string
}

/** By their numbers in struct tcp_info, in ss's words. */
const TCP_STATES = [
  'UNKNOWN', 'ESTAB', 'SYN-SENT', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'UNCONN', 'CLOSE-WAIT', 'LAST-ACK', 'LISTEN', 'CLOSING',
  'SYN-RECV',
] as const
const TCP_LISTEN = 10
const TCP_INFO_BYTES = 256
const UNACKED_AT = 24
const SACKED_AT = 28

function netid({ family, type, protocol }: Sock): string {
  if (family === AF_PACKET) return type === SOCK_RAW ? 'p_raw' : 'p_dgr'
  if (family === AF_UNIX) return type === SOCK_STREAM ? 'u_str' : type === SOCK_SEQPACKET ? 'u_seq' : 'u_dgr'
  if (type === SOCK_STREAM) return 'tcp'
  if (type === SOCK_DGRAM) return protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6 ? 'icmp' : 'udp'
  return 'raw'
}

function describeIpAddress(address: IpAddress, isV6Socket: boolean): string {
  // A dual-stack socket bound to :: takes both families, which ss shows as a bare star.
  if (address.isUnspecified) return isV6Socket ? '*' : '0.0.0.0'
  return address.family === 6 ? `[${address.toString()}]` : isV6Socket ? `[${address.toMappedString()}]` : address.toString()
}

function describeEnd(address: SocketAddress | string): string {
  if (typeof address === 'string') return '*:*'
  switch (address.family) {
    case 'AF_INET':
    case 'AF_INET6':
      return `${describeIpAddress(address.address, address.family === 'AF_INET6')}:${address.port === 0 ? '*' : address.port}`
    case 'AF_UNIX': return address.path === undefined ? '*' : `${address.abstract ? '@' : ''}${address.path}`
    case 'AF_PACKET': return `${address.protocol === 0 ? '*' : address.protocol}:${address.interfaceIndex}`
    default: return '*'
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0
}

function hex(bytes: Uint8Array): string { return Array.from(bytes, each => each.toString(16).padStart(2, '0')).join('') }

function latin1(bytes: Uint8Array): string { return String.fromCharCode(...bytes).replace(/\0.*$/s, '') }

/** One socket, without its owners. */
export function describeSocket({ sock, ops }: Socket): Omit<SocketRow, 'owners'> {
  const kind = netid(sock)
  const queued = (request: number): number => {
    const bytes = ops.ioctl(sock, request)
    return typeof bytes === 'number' ? bytes : 0
  }
  const peer = ops.remoteAddress(sock)
  const info = kind === 'tcp' ? ops.getOption(sock, SOL_TCP, TCP_INFO, TCP_INFO_BYTES) : 'ENOPROTOOPT'
  const congestion = kind === 'tcp' ? ops.getOption(sock, SOL_TCP, TCP_CONGESTION, 16) : 'ENOPROTOOPT'
  const isListening = typeof info !== 'string' && info[0] === TCP_LISTEN || ops.isListening?.(sock) === true
  return {
    netid: kind,
    state: typeof info !== 'string' ? TCP_STATES[info[0]] ?? 'UNKNOWN' : isListening ? 'LISTEN' : typeof peer === 'string' ? 'UNCONN' : 'ESTAB',
    family: sock.family === AF_INET ? 4 : sock.family === AF_INET6 ? 6 : 0,
    recvQ: isListening && typeof info !== 'string' ? u32(info, UNACKED_AT) : queued(SIOCINQ),
    sendQ: isListening && typeof info !== 'string' ? u32(info, SACKED_AT) : queued(SIOCOUTQ),
    local: describeEnd(ops.localAddress(sock)),
    peer: describeEnd(peer),
    inode: sock.id,
    uid: sock.ownerUid,
    rcvbuf: sock.rcvbuf,
    sndbuf: sock.sndbuf,
    ...typeof info !== 'string' && { tcpInfo: hex(info) },
    ...typeof congestion !== 'string' && { congestion: latin1(congestion) },
  }
}

/** ss's word for a state of ours. */
function shortState(state: string): string { return state === 'ESTABLISHED' ? 'ESTAB' : state === 'SYN-RECEIVED' ? 'SYN-RECV' : state }

function describeOwnerless(row: Ownerless): SocketRow {
  const isV6 = row.family === AF_INET6
  return {
    netid: 'tcp', state: shortState(row.state), family: isV6 ? 6 : 4, recvQ: row.unread, sendQ: row.unacknowledged,
    local: `${describeIpAddress(row.local, isV6)}:${row.localPort}`, peer: `${describeIpAddress(row.remote, isV6)}:${row.remotePort}`,
    owners: [], inode: row.inode, uid: 0, rcvbuf: 0, sndbuf: 0,
  }
}

/** Every socket that a process has open, once, with all who have it; then TCP's connections that nobody has. */
export function socketTable(host: DiagnosedHost): SocketRow[] {
  const found = new Map<number, { readonly socket: Socket, readonly owners: SocketOwnerRow[] }>()
  for (const { pid, name, state } of host.processes) {
    for (const [fd, file] of state.fds.entries()) {
      if (!(file instanceof SocketFile)) continue
      const known = found.get(file.id) ?? { socket: file.socket, owners: [] }
      known.owners.push({ pid, name, fd })
      found.set(file.id, known)
    }
  }
  const owned = [...found.values()].map(({ socket, owners }) => ({ ...describeSocket(socket), owners }))
  return [...owned, ...(host.tcp?.ownerless() ?? []).map(describeOwnerless)]
}

export interface InterfaceRow {
  readonly index: number
  readonly name: string
  readonly medium: NetDevice['medium']
  readonly mtu: number
  readonly mac?: string
  readonly flags: readonly string[]
  readonly counters: Readonly<Record<string, number>>
}

export function interfaceTable(host: DiagnosedHost): InterfaceRow[] {
  return host.namespace.devices.filter(each => each !== undefined).map(device => ({
    index: device.index,
    name: device.name,
    medium: device.medium,
    mtu: device.mtu,
    ...device.address !== undefined && { mac: device.address.toString() },
    flags: [
      ...device.medium === 'loopback' ? ['LOOPBACK'] : device.medium === 'ethernet' ? ['BROADCAST', 'MULTICAST'] : ['POINTOPOINT', 'MULTICAST'],
      ...device.promiscuous ? ['PROMISC'] : [], ...device.up ? ['UP'] : [], ...device.carrier ? ['LOWER_UP'] : [],
    ],
    counters: { ...device.counters },
  }))
}
