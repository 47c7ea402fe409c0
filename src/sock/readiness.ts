// Poll masks (rows G4-G6): the bits Linux sets together, and the mask of a datagram socket (Linux: datagram_poll).

import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../base/posix.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from './sock.ts'
import type { Sock } from './sock.ts'

export const READABLE = POLLIN | POLLRDNORM
export const WRITABLE = POLLOUT | POLLWRNORM | POLLWRBAND
/** Reported whether asked for or not. */
export const ALWAYS = POLLERR | POLLHUP

/** A protocol may speak of POLLIN and POLLOUT only; pollers may ask for their old names. */
export function withSynonyms(mask: number): number {
  return mask | ((mask & POLLIN) === 0 ? 0 : POLLRDNORM) | ((mask & POLLOUT) === 0 ? 0 : POLLWRNORM)
}

/** Errors and shutdown, as every socket shows them. */
export function exceptionReadiness(sock: Sock): number {
  let mask = 0
  if (sock.error !== undefined) mask |= POLLERR
  if (sock.errorQueue !== undefined && sock.errorQueue.length > 0) mask |= sock.options.selectErrorQueue ? POLLERR | POLLPRI : POLLERR
  if ((sock.shutdownBits & RCV_SHUTDOWN) !== 0) mask |= POLLRDHUP | READABLE
  if (sock.shutdownBits === (RCV_SHUTDOWN | SEND_SHUTDOWN)) mask |= POLLHUP
  return mask
}

export function datagramReadiness(sock: Sock, hasData: boolean, hasRoom: boolean): number {
  return exceptionReadiness(sock) | (hasData ? READABLE : 0) | (hasRoom ? WRITABLE : 0)
}
