// The frame of every TCP service here: listen, accept, one task a connection, a bound on how many at once.

import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6, MSG_NOSIGNAL, POLLIN, SHUT_WR, SOCK_STREAM, SO_REUSEADDR, SOL_SOCKET, SOMAXCONN } from '../base/posix.ts'
import type { Program, Service, SocketAddress } from './program.ts'

export interface StreamServiceOptions {
  readonly name: string
  readonly address: SocketAddress
  readonly maxConnections: number
  /** Owns the descriptor and closes it. */
  readonly connection: (fd: number) => Promise<void>
}

const LINGER_MS = 2000
const LINGER_BYTES = 1 << 20

/** Listens and returns at once; connections are served until `stop`. */
export function listenTcp(program: Program, options: StreamServiceOptions): Service | Errno {
  const { sys } = program
  const fd = sys.socket(options.address.family === 'AF_INET' ? AF_INET : AF_INET6, SOCK_STREAM, 0)
  if (typeof fd === 'string') return fd
  sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  const refused = firstErrno(sys.bind(fd, options.address), () => sys.listen(fd, SOMAXCONN))
  if (refused !== undefined) {
    sys.close(fd)
    return refused
  }
  const listener = new Listener(program, fd, options)
  void listener.run()
  return listener
}

function firstErrno(first: 0 | Errno, then: () => 0 | Errno): Errno | undefined {
  const result = typeof first === 'string' ? first : then()
  return typeof result === 'string' ? result : undefined
}

class Listener implements Service {
  readonly name: string
  private readonly program: Program
  private readonly fd: number
  private readonly options: StreamServiceOptions
  private open = 0
  private stopped = false
  private onRoom: (() => void) | undefined = undefined

  constructor(program: Program, fd: number, options: StreamServiceOptions) {
    this.name = options.name
    this.program = program
    this.fd = fd
    this.options = options
  }

  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.program.sys.close(this.fd)
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      if (this.open >= this.options.maxConnections) await new Promise<void>(resolve => { this.onRoom = resolve })
      const fd = await this.program.accept(this.fd)
      if (typeof fd === 'string') {
        if (isFatal(fd)) return
        // Out of descriptors or memory: those who hold them must have a chance to end.
        if (fd !== 'ECONNABORTED' && fd !== 'EINTR') await this.program.sleep(100)
        continue
      }
      this.open++
      void this.serve(fd)
    }
  }

  private async serve(fd: number): Promise<void> {
    try {
      await this.options.connection(fd)
    } finally {
      this.open--
      this.onRoom?.()
      this.onRoom = undefined
    }
  }
}

function isFatal(errno: Errno): boolean { return errno === 'EBADF' || errno === 'EINVAL' || errno === 'ENOTSOCK' || errno === 'EOPNOTSUPP' }

/**
 * Ends a connection so that the peer gets everything that was sent: closing with bytes unread would reset it
 * (RFC 9293 3.10.4, RFC 9112 9.6).
 */
export async function closeGently(program: Program, fd: number): Promise<void> {
  const { sys } = program
  if (sys.shutdown(fd, SHUT_WR) === 0) {
    const scratch = new Uint8Array(4096)
    const fds = [{ fd, events: POLLIN, revents: 0 }]
    for (let left = LINGER_BYTES; left > 0;) {
      if (await program.poll(fds, LINGER_MS) !== 1) break
      const got = sys.recv(fd, scratch, 0, scratch.length, MSG_NOSIGNAL)
      if (typeof got === 'string' ? got !== 'EAGAIN' : got === 0) break
      left -= typeof got === 'string' ? 0 : got
    }
  }
  sys.close(fd)
}
