// Lets the outside world's programs reach a simulated host: a listening socket of Node's own net module, of which each
// connection becomes a connect() through one of our stacks. Bytes are passed both ways with back-pressure, half-closes too.

import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { describeEndpoint } from '../base/address/endpoint.ts'
import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6, SHUT_WR, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from '../base/posix.ts'
import type { Program, SocketAddress } from '../service/program.ts'

export interface ForwardOptions {
  readonly host: string
  readonly port: number
  /** Who connects, and where to. */
  readonly program: Program
  readonly to: SocketAddress
  /** Called when a connection has its socket, and before that socket is closed. `local` is its own end. */
  readonly onOpen?: (fd: number, local: string) => void
  readonly onClose?: (fd: number, local: string) => void
  readonly onRefused?: (errno: Errno) => void
}

export interface Forward {
  readonly port: number
  /** Stops listening and resets what is open. */
  close(): Promise<void>
}

const PIECE_BYTES = 65536

/** Rejects with Node's own error when the port cannot be had. */
export function forwardPort(options: ForwardOptions): Promise<Forward> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    open.add(socket)
    socket.on('error', () => { /* its end is seen by the pumps */ })
    socket.on('close', () => { open.delete(socket) })
    void carry(socket, options)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port }, () => { resolve(handle(server, open)) })
  })
}

function handle(server: Server, open: Set<Socket>): Forward {
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise(resolve => {
      server.close(() => { resolve() })
      for (const socket of open) socket.destroy()
    }),
  }
}

async function carry(socket: Socket, options: ForwardOptions): Promise<void> {
  const { program } = options
  const { sys } = program
  const fd = sys.socket(options.to.family === 'AF_INET' ? AF_INET : AF_INET6, SOCK_STREAM, 0)
  if (typeof fd === 'string') {
    options.onRefused?.(fd)
    socket.destroy()
    return
  }
  const connecting = program.connect(fd, options.to)
  const name = sys.getsockname(fd)
  const local = typeof name === 'object' && 'port' in name ? describeEndpoint(name) : ''
  options.onOpen?.(fd, local)
  const connected = await connecting
  if (connected === 0) {
    await Promise.all([fromOutside(socket, program, fd), toOutside(socket, program, fd)])
  } else {
    options.onRefused?.(connected)
  }
  // A client that broke off is told to the far end as what it was.
  if (socket.errored !== null) sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0))
  options.onClose?.(fd, local)
  sys.close(fd)
  if (!socket.destroyed) socket.destroy()
}

async function fromOutside(socket: Socket, program: Program, fd: number): Promise<void> {
  try {
    for await (const piece of socket.iterator({ destroyOnReturn: false })) {
      const sent = await program.sendall(fd, piece as Buffer)
      if (typeof sent === 'string') break
    }
  } catch { /* the client is gone: the far end sees our end of the stream */ }
  program.sys.shutdown(fd, SHUT_WR)
}

async function toOutside(socket: Socket, program: Program, fd: number): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (;;) {
    const got = await program.recv(fd, piece, 0, piece.length, 0)
    if (typeof got === 'string' || got === 0) {
      if (typeof got === 'string') socket.destroy()
      else socket.end()
      return
    }
    if (socket.destroyed) return
    // The piece is written before it is filled again: the callback says so.
    await new Promise<void>(resolve => { socket.write(piece.subarray(0, got), () => { resolve() }) })
  }
}
