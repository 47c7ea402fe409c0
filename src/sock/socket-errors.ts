// The error queue of Internet sockets (IP_RECVERR, MSG_ERRQUEUE; Linux: ip_icmp_error, ip_recv_error).

import { errnoNumber } from '../base/errno.ts'
import type { Errno } from '../base/errno.ts'
import { IPV6_RECVERR, IP_RECVERR, MSG_ERRQUEUE, MSG_TRUNC, POLLERR, SOF_TIMESTAMPING_SOFTWARE, SOL_IP, SOL_IPV6 } from '../base/posix.ts'
import type { IcmpError } from '../ip/icmp-error.ts'
import { SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_TIMESTAMPING } from './error-queue.ts'
import type { ErrorQueueEntry } from './error-queue.ts'
import { softwareTimestamp } from './inet-control.ts'
import type { InetSock } from './inet-sock.ts'
import type { ReceiveReport } from './receive-report.ts'
import { encodeSockaddr } from './sockaddr-codec.ts'
import { inetSocketAddress } from './socket-address.ts'

/** Does the socket keep reports about packets of this IP version? */
export function keepsErrors(sock: InetSock, version: number): boolean {
  return version === 4 ? sock.inet.receiveErrors : sock.inet.receiveErrors6
}

function enqueue(sock: InetSock, entry: ErrorQueueEntry): void { (sock.errorQueue ??= []).push(entry) }

/** An ICMP error with what is left of the datagram; the port is the one it was going to. */
export function enqueueIcmpError(sock: InetSock, error: IcmpError, errno: Errno, port: number, payload: Uint8Array): void {
  enqueue(sock, {
    errno, origin: error.version === 4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6, type: error.type, code: error.code,
    info: error.mtu, data: 0, offender: inetSocketAddress(error.version === 6, error.offender, 0),
    destination: inetSocketAddress(sock.isInet6, error.remote, port), payload, at: 0,
  })
}

/** An error of our own making, EMSGSIZE above all: `info` is the MTU. */
export function enqueueLocalError(sock: InetSock, errno: Errno, info: number, port: number): void {
  const { destination } = sock.flow
  if (!keepsErrors(sock, destination.family)) return
  enqueue(sock, {
    errno, origin: SO_EE_ORIGIN_LOCAL, type: 0, code: 0, info, data: 0, offender: undefined,
    destination: inetSocketAddress(sock.isInet6, destination, port), payload: new Uint8Array(0), at: 0,
  })
}

/** recv with MSG_ERRQUEUE: the datagram that failed, and sock_extended_err beside it. EAGAIN when there is none. */
export function receiveError(sock: InetSock, buffer: Uint8Array, offset: number, length: number,
  report: ReceiveReport | undefined): number | Errno {
  const entry = sock.errorQueue?.shift()
  if (entry === undefined) return 'EAGAIN'
  const count = Math.min(length, entry.payload.length)
  buffer.set(entry.payload.subarray(0, count), offset)
  if (report !== undefined) {
    report.flags |= MSG_ERRQUEUE | (count < entry.payload.length ? MSG_TRUNC : 0)
    report.address = entry.destination
    // Reports about our own sending follow the socket, others the packet they are about.
    const isVersion6 = entry.destination === undefined ? sock.isInet6 : entry.destination.family === 'AF_INET6' && entry.destination.address.family === 6
    if (entry.origin === SO_EE_ORIGIN_TIMESTAMPING && (sock.options.timestampingFlags & SOF_TIMESTAMPING_SOFTWARE) !== 0) {
      report.control.push(softwareTimestamp(entry.at, sock.options.timestampNew))
    }
    report.control.push({ level: isVersion6 ? SOL_IPV6 : SOL_IP, type: isVersion6 ? IPV6_RECVERR : IP_RECVERR, data: extendedError(entry) })
  }
  showNext(sock, entry)
  return count
}

/** SO_ERROR follows the queue while it holds ICMP errors. */
function showNext(sock: InetSock, taken: ErrorQueueEntry): void {
  const next = sock.errorQueue?.[0]
  const isIcmp = (entry: ErrorQueueEntry): boolean => entry.origin === SO_EE_ORIGIN_ICMP || entry.origin === SO_EE_ORIGIN_ICMP6
  if (next !== undefined && isIcmp(next)) {
    sock.error = next.errno
    sock.wake(POLLERR)
  } else if (isIcmp(taken)) {
    sock.error = undefined
  }
  if (next === undefined) sock.errorQueue = undefined
}

/** struct sock_extended_err and the offender's sockaddr behind it, zeroed when nobody in particular complained. */
function extendedError(entry: ErrorQueueEntry): Uint8Array {
  const offender = entry.offender === undefined ? new Uint8Array(16) : encodeSockaddr(entry.offender)
  const data = new Uint8Array(16 + offender.length)
  const view = new DataView(data.buffer)
  view.setUint32(0, entry.errno === undefined ? 0 : errnoNumber(entry.errno), true)
  data.set([entry.origin, entry.type, entry.code, 0], 4)
  view.setUint32(8, entry.info, true)
  view.setUint32(12, entry.data, true)
  data.set(offender, 16)
  return data
}
