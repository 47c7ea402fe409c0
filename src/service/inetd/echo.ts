// Echo (RFC 862): what comes in goes back, on TCP and UDP.

import type { Errno } from '../../base/errno.ts'
import { MSG_NOSIGNAL } from '../../base/posix.ts'
import { listenUdp } from '../datagram-service.ts'
import { sendAll } from '../http/response.ts'
import type { Program, Service, SocketAddress } from '../program.ts'
import { listenTcp } from '../stream-service.ts'

const BUFFER_BYTES = 65536
const MAX_CONNECTIONS = 1000

export function echoTcp(program: Program, address: SocketAddress): Service | Errno {
  return listenTcp(program, {
    name: 'echo',
    address,
    maxConnections: MAX_CONNECTIONS,
    connection: async fd => {
      const buffer = new Uint8Array(BUFFER_BYTES)
      for (;;) {
        const got = await program.recv(fd, buffer, 0, buffer.length, MSG_NOSIGNAL)
        if (typeof got === 'string' || got === 0 || !await sendAll(program, fd, buffer, got)) break
      }
      program.sys.close(fd)
    },
  })
}

export function echoUdp(program: Program, address: SocketAddress): Service | Errno {
  return listenUdp(program, 'echo', address, (question, length, from) => isServicePort(from) ? undefined : question.subarray(0, length))
}

/** Two such services would answer each other for ever; no client uses a port below 1024. */
export function isServicePort(from: SocketAddress): boolean {
  return (from.family === 'AF_INET' || from.family === 'AF_INET6') && from.port < 1024
}
