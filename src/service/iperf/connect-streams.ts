// How the data streams of a test come to be. TCP: a connection to the control port that starts with the test's cookie.
// UDP: a datagram of four bytes and its answer; the server connects the socket it came to and opens a fresh one behind it.

import type { IpAddress } from '../../base/address/ip.ts'
import { IpAddress as Ip } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import {
  AF_INET, AF_INET6, IPV6_V6ONLY, POLLIN, SO_RCVBUF, SO_REUSEADDR, SO_SNDBUF, SOCK_DGRAM, SOCK_STREAM, SOL_IPV6, SOL_SOCKET, SOL_TCP,
  TCP_CONGESTION, TCP_MAXSEG, TCP_NODELAY,
} from '../../base/posix.ts'
import type { AddressHolder, Sys } from '../../kernel/syscalls.ts'
import { IperfFailure } from './protocol.ts'
import type { Program } from '../program.ts'
import type { Parameters } from './protocol.ts'

export type InetAddress = NonNullable<AddressHolder['address']>

/** As their sender's processor lays them out: little-endian here, and what older versions send. */
const UDP_CONNECT_MESSAGE = 0x36373839
const UDP_CONNECT_REPLY = 0x39383736
const LEGACY_UDP_CONNECT_REPLY = 987654321
const UDP_CONNECT_TIMEOUT_MS = 30_000
/** A reverse test's first datagrams may overtake the reply. */
const MAX_EARLY_DATAGRAMS = 32

export function socketAddress(address: IpAddress, port: number): InetAddress {
  return address.family === 4
    ? { family: 'AF_INET', address, port }
    : { family: 'AF_INET6', address, port, flowinfo: 0, scopeId: 0 }
}

/** A listening TCP socket, or a bound UDP one, on every address of both families. */
export function openListener(sys: Sys, type: number, port: number): number | IperfFailure {
  const fd = sys.socket(AF_INET6, type, 0)
  if (typeof fd === 'string') return new IperfFailure('cannot open a socket', fd)
  sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  sys.setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, 0)
  const bound = sys.bind(fd, { family: 'AF_INET6', address: Ip.ANY6, port, flowinfo: 0, scopeId: 0 })
  const result = bound === 0 && type === SOCK_STREAM ? sys.listen(fd, 128) : bound
  if (result === 0) return fd
  sys.close(fd)
  return new IperfFailure(`cannot listen on port ${port}`, result)
}

/** What the client asked to be set on each stream. */
export function applyParameters(sys: Sys, fd: number, parameters: Parameters): void {
  const window = parameters.window ?? 0
  if (window > 0) {
    sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, window)
    sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, window)
  }
  if (parameters.udp === true) return
  if (parameters.nodelay === true) sys.setsockopt(fd, SOL_TCP, TCP_NODELAY, 1)
  if ((parameters.MSS ?? 0) > 0) sys.setsockopt(fd, SOL_TCP, TCP_MAXSEG, parameters.MSS ?? 0)
  if (parameters.congestion !== undefined) {
    sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, Uint8Array.from(parameters.congestion, char => char.charCodeAt(0)))
  }
}

export async function openTcpStream(
  process: Program, to: InetAddress, cookie: Uint8Array, parameters: Parameters, before?: (fd: number) => 0 | Errno,
): Promise<number | IperfFailure> {
  const fd = process.sys.socket(to.family === 'AF_INET6' ? AF_INET6 : AF_INET, SOCK_STREAM, 0)
  if (typeof fd === 'string') return new IperfFailure('cannot open a socket', fd)
  applyParameters(process.sys, fd, parameters)
  let failed: number | Errno = before?.(fd) ?? 0
  if (failed === 0) failed = await process.connect(fd, to)
  if (failed === 0) failed = await process.sendall(fd, cookie)
  if (typeof failed !== 'string') return fd
  process.sys.close(fd)
  return new IperfFailure('cannot connect', failed)
}

function word(bytes: Uint8Array): number { return (bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24)) >>> 0 }

function wordBytes(value: number): Uint8Array { return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24) }

export async function openUdpStream(process: Program, to: InetAddress, parameters: Parameters): Promise<number | IperfFailure> {
  const { sys } = process
  const fd = sys.socket(to.family === 'AF_INET6' ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)
  if (typeof fd === 'string') return new IperfFailure('cannot open a socket', fd)
  applyParameters(sys, fd, parameters)
  const failure = await greet(process, fd, to)
  if (failure === undefined) return fd
  sys.close(fd)
  return failure
}

async function greet(process: Program, fd: number, to: InetAddress): Promise<IperfFailure | undefined> {
  const connected = await process.connect(fd, to)
  if (connected !== 0) return new IperfFailure('cannot connect', connected)
  const sent = await process.send(fd, wordBytes(UDP_CONNECT_MESSAGE), 0, 4, 0)
  if (typeof sent === 'string') return new IperfFailure('cannot send to the server', sent)
  const answer = new Uint8Array(65536)
  for (let tries = 0; tries < MAX_EARLY_DATAGRAMS; tries++) {
    const ready = await process.poll([{ fd, events: POLLIN, revents: 0 }], UDP_CONNECT_TIMEOUT_MS)
    if (ready === 0) return new IperfFailure('the server does not answer over UDP', 'ETIMEDOUT')
    const got = await process.recv(fd, answer, 0, answer.length, 0)
    if (typeof got === 'string') return new IperfFailure('cannot receive from the server', got)
    if (got === 4 && (word(answer) === UDP_CONNECT_REPLY || word(answer) === LEGACY_UDP_CONNECT_REPLY)) return undefined
  }
  return new IperfFailure('the server answers over UDP with something else')
}

/**
 * Waits for one client's greeting on the bound socket `listener` and connects that socket to it. Answers the fresh
 * socket that waits for the next; the reply goes out when it is open.
 */
export async function acceptUdpStream(
  process: Program, listener: number, port: number, parameters: Parameters, isLast: boolean,
): Promise<number | undefined | IperfFailure> {
  const { sys } = process
  const from: AddressHolder = { address: undefined }
  const got = await process.recvfrom(listener, new Uint8Array(65536), 0, 65536, 0, from)
  if (typeof got === 'string') return new IperfFailure('cannot receive a greeting over UDP', got)
  if (from.address === undefined) return new IperfFailure('a greeting over UDP came from nowhere')
  const connected = sys.connect(listener, from.address)
  if (connected !== 0) return new IperfFailure('cannot connect', connected)
  applyParameters(sys, listener, parameters)
  const next = isLast ? undefined : openListener(sys, SOCK_DGRAM, port)
  if (next instanceof IperfFailure) return next
  const sent = await process.send(listener, wordBytes(UDP_CONNECT_REPLY), 0, 4, 0)
  return typeof sent === 'string' ? new IperfFailure('cannot answer over UDP', sent) : next
}
