// What many scenarios begin with.

import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_LINGER } from '../../../src/base/posix.ts'
import { inet, ints } from '../scenario.ts'
import type { Program, Symbol_ } from '../scenario.ts'

export const TCP = SOCK_STREAM | SOCK_NONBLOCK
export const UDP = SOCK_DGRAM | SOCK_NONBLOCK

export function listener(p: Program, backlog: number = 8): { fd: Symbol_, port: Symbol_ } {
  const fd = p.socket(AF_INET, TCP)
  p.bind(fd)
  p.listen(fd, backlog)
  return { fd, port: p.port(fd) }
}

/** A connected client, its accepted peer, and the listener that goes on. */
export function pair(p: Program): { client: Symbol_, server: Symbol_, fd: Symbol_, port: Symbol_ } {
  const { fd, port } = listener(p)
  const client = p.socket(AF_INET, TCP)
  p.connect(client, inet('127.0.0.1', port))
  const server = p.accept(fd, SOCK_NONBLOCK)
  return { client, server, fd, port }
}

export function datagram(p: Program, family: number = AF_INET): { fd: Symbol_, port: Symbol_ } {
  const fd = p.socket(family, UDP)
  p.bind(fd, inet(family === AF_INET6 ? '::1' : '127.0.0.1', 0))
  return { fd, port: p.port(fd) }
}

export function resetOnClose(p: Program, fd: Symbol_): void { p.set(fd, SOL_SOCKET, SO_LINGER, ints(1, 0)) }

/** A port that was ours and is nobody's now. */
export function closedPort(p: Program, type: number): Symbol_ {
  const fd = p.socket(AF_INET, type)
  p.bind(fd)
  const port = p.port(fd)
  p.close(fd)
  return port
}

/** Reads until there is nothing more to say. */
export function drain(p: Program, fd: Symbol_, times: number = 3): void { for (let i = 0; i < times; i++) p.recv(fd) }
