// Daytime (RFC 867): the date and time as a line of text, on TCP and UDP. The text comes from outside: the core has no
// calendar.

import type { Errno } from '../../base/errno.ts'
import { listenUdp } from '../datagram-service.ts'
import { latin1Bytes } from '../http/message-head.ts'
import { sendAll } from '../http/response.ts'
import type { Program, Service, SocketAddress } from '../program.ts'
import { closeGently, listenTcp } from '../stream-service.ts'
import { isServicePort } from './echo.ts'

const MAX_CONNECTIONS = 100

export function daytimeTcp(program: Program, address: SocketAddress, now: () => string): Service | Errno {
  return listenTcp(program, {
    name: 'daytime',
    address,
    maxConnections: MAX_CONNECTIONS,
    connection: async fd => {
      await sendAll(program, fd, latin1Bytes(`${now()}\r\n`))
      await closeGently(program, fd)
    },
  })
}

export function daytimeUdp(program: Program, address: SocketAddress, now: () => string): Service | Errno {
  return listenUdp(program, 'daytime', address, (_question, _length, from) => isServicePort(from) ? undefined : latin1Bytes(`${now()}\r\n`))
}
