// Discard (RFC 863): reads and forgets, on TCP and UDP.

import type { Errno } from '../../base/errno.ts'
import { listenUdp } from '../datagram-service.ts'
import type { Program, Service, SocketAddress } from '../program.ts'
import { listenTcp } from '../stream-service.ts'

const BUFFER_BYTES = 65536
const MAX_CONNECTIONS = 1000

export function discardTcp(program: Program, address: SocketAddress): Service | Errno {
  return listenTcp(program, {
    name: 'discard',
    address,
    maxConnections: MAX_CONNECTIONS,
    connection: async fd => {
      const buffer = new Uint8Array(BUFFER_BYTES)
      for (;;) {
        const got = await program.recv(fd, buffer, 0, buffer.length, 0)
        if (typeof got === 'string' || got === 0) break
      }
      program.sys.close(fd)
    },
  })
}

export function discardUdp(program: Program, address: SocketAddress): Service | Errno {
  return listenUdp(program, 'discard', address, () => undefined)
}
