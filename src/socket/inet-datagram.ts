// UDP behind the socket interface (rows D1-D9).

import type { Errno } from '../base/errno.ts'
import { FIONREAD, SIOCOUTQ, SOL_UDP, UDP_CORK, UDP_GRO, UDP_NO_CHECK6_RX, UDP_NO_CHECK6_TX, UDP_SEGMENT } from '../base/posix.ts'
import { connectUdp, bindUdp } from '../udp/connect.ts'
import { sendUdp, uncork } from '../udp/output.ts'
import type { UdpProtocol } from '../udp/protocol.ts'
import { nextLength, receiveUdp } from '../udp/receive.ts'
import type { UdpSock } from '../udp/udp-sock.ts'
import { inetLocalAddress, inetRemoteAddress, shutdownDatagram } from './inet-name.ts'
import { getInetOption, setInetOption } from './option/inet.ts'
import { flagRow, getFrom, intRow, optionTable, setIn } from './option/table.ts'
import type { ProtocolOps, SocketFamily } from './protocol-ops.ts'

/** SOL_UDP. */
function udpOptions(udp: UdpProtocol) {
  return optionTable<UdpSock>([
    intRow('UDP_CORK', UDP_CORK, sock => sock.corkOption ? 1 : 0, (sock, n) => {
      sock.corkOption = n !== 0
      if (!sock.corkOption) uncork(udp, sock)
      return 0
    }),
    flagRow('UDP_NO_CHECK6_TX', UDP_NO_CHECK6_TX, sock => sock.sendsNoChecksum6, (sock, on) => {
      sock.sendsNoChecksum6 = on
      return 0
    }),
    flagRow('UDP_NO_CHECK6_RX', UDP_NO_CHECK6_RX, sock => sock.acceptsNoChecksum6, (sock, on) => {
      sock.acceptsNoChecksum6 = on
      return 0
    }),
    intRow('UDP_SEGMENT', UDP_SEGMENT, sock => sock.segmentSize, (sock, n) => {
      if (n < 0 || n > 0xffff) return 'EINVAL'
      sock.segmentSize = n
      return 0
    }),
    intRow('UDP_GRO', UDP_GRO, sock => sock.receivesCoalesced ? 1 : 0, (sock, n) => {
      sock.receivesCoalesced = n !== 0
      return 0
    }),
  ])
}

export function inetDatagramFamily(udp: UdpProtocol): SocketFamily {
  const options = udpOptions(udp)
  const ops: ProtocolOps<UdpSock> = {
    name: 'UDP',
    bind: (sock, address) => bindUdp(udp, sock, address),
    connect: (sock, address) => connectUdp(udp, sock, address),
    listen: () => 'EOPNOTSUPP',
    accept: () => 'EOPNOTSUPP',
    localAddress: inetLocalAddress,
    remoteAddress: sock => inetRemoteAddress(sock, sock.isConnected && sock.remotePort !== 0),
    send: (sock, buffer, offset, length, flags, address, control) => sendUdp(udp, sock, buffer, offset, length, flags, address, control),
    receive: receiveUdp,
    shutdown: (sock, how) => shutdownDatagram(sock, how, sock.isConnected),
    release: sock => { udp.release(sock) },
    setOption(sock, level, name, value): 0 | Errno {
      if (level === SOL_UDP) return value.length < 4 ? 'EINVAL' : setIn(options, sock, name, value)
      return setInetOption(sock, level, name, value)
    },
    getOption(sock, level, name, length, request): Uint8Array | Errno {
      return level === SOL_UDP ? getFrom(options, sock, name, length) : getInetOption(sock, level, name, length, request)
    },
    ioctl(sock, request): number | Errno {
      if (request === FIONREAD) return nextLength(sock)
      return request === SIOCOUTQ ? sock.packetCharge : 'ENOTTY'
    },
    readiness: sock => sock.readiness(),
    hasPeekOffset: () => true,
    queuedBytes: sock => ({ receive: sock.queue.chargedBytes, send: sock.packetCharge }),
  }
  return { create: family => udp.create(family), ops: ops }
}
