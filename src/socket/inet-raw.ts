// Raw and ping sockets behind the socket interface (rows I1, I2).

import type { Errno } from '../base/errno.ts'
import { FIONREAD, ICMP6_FILTER, ICMP_FILTER, IPPROTO_ICMP, IPPROTO_ICMPV6, SIOCOUTQ, SOL_ICMPV6, SOL_RAW } from '../base/posix.ts'
import { sendRaw } from '../raw/output.ts'
import { bindPing, connectPing, sendPing } from '../raw/ping-sock.ts'
import type { PingSock, PingTable } from '../raw/ping-sock.ts'
import type { RawSock } from '../raw/raw-sock.ts'
import type { RawTable } from '../raw/raw-table.ts'
import { bindAddressOnly, connectAddressOnly } from '../sock/datagram-peer.ts'
import type { PacketQueue } from '../sock/packet-queue.ts'
import type { Sock } from '../sock/sock.ts'
import { receivePacket } from '../sock/receive-packet.ts'
import { inetSocketAddress } from '../sock/socket-address.ts'
import { inetLocalAddress, inetRemoteAddress, shutdownDatagram } from './inet-name.ts'
import { getInetOption, setInetOption } from './option/inet.ts'
import { getFrom, intRow, intValue, optionTable, setIn } from './option/table.ts'
import type { ProtocolOps, SocketFamily } from './protocol-ops.ts'

const FILTER6_BYTES = 32

const RAW_TABLE = optionTable<RawSock>([
  intRow('ICMP_FILTER', ICMP_FILTER, sock => sock.protocol === IPPROTO_ICMP ? sock.icmpFilter : 'EOPNOTSUPP', (sock, n) => {
    if (sock.protocol !== IPPROTO_ICMP) return 'EOPNOTSUPP'
    sock.icmpFilter = n
    return 0
  }),
])

const ICMPV6_TABLE = optionTable<RawSock>([{
  name: 'ICMP6_FILTER', id: ICMP6_FILTER,
  get: sock => new Uint8Array(sock.icmp6Filter.buffer.slice(0)),
  set: (sock, value) => {
    for (let at = 0; at + 4 <= Math.min(value.length, FILTER6_BYTES); at += 4) sock.icmp6Filter[at >> 2] = intValue(value.subarray(at,
      at + 4))
    return 0
  },
}])

function queueIoctl({ packetCharge }: Sock, queue: PacketQueue, request: number): number | Errno {
  if (request === FIONREAD) return queue.head?.length ?? 0
  return request === SIOCOUTQ ? packetCharge : 'ENOTTY'
}

export function inetRawFamily(raw: RawTable): SocketFamily {
  const ops: ProtocolOps<RawSock> = {
    name: 'RAW',
    bind: (sock, address) => sock.isConnected ? 'EINVAL' : bindAddressOnly(sock, address),
    connect: (sock, address) => {
      const result = connectAddressOnly(sock, address)
      if (result === 0) {
        sock.isConnected = address.family !== 'AF_UNSPEC'
        sock.remotePort = 'port' in address ? address.port : 0
      }
      return result
    },
    listen: () => 'EOPNOTSUPP',
    accept: () => 'EOPNOTSUPP',
    // A raw socket's port is its protocol, as Linux shows it.
    localAddress: sock => inetSocketAddress(sock.isInet6, sock.boundAddress, sock.protocol),
    remoteAddress: sock => inetRemoteAddress(sock, sock.isConnected && sock.remotePort !== 0),
    send: (sock, buffer, offset, length, flags, address, control) => sendRaw(raw, sock, buffer, offset, length, flags, address, control),
    receive: (sock, buffer, offset, length, flags, result) => receivePacket(sock, sock.queue, buffer, offset, length, flags, result),
    shutdown: (sock, how) => shutdownDatagram(sock, how, sock.isConnected),
    release: sock => { raw.release(sock) },
    setOption(sock, level, name, value) {
      if (level === SOL_RAW) return setIn(RAW_TABLE, sock, name, value)
      if (level === SOL_ICMPV6 && sock.protocol === IPPROTO_ICMPV6) return setIn(ICMPV6_TABLE, sock, name, value)
      return setInetOption(sock, level, name, value)
    },
    getOption(sock, level, name, length, request) {
      if (level === SOL_RAW) return getFrom(RAW_TABLE, sock, name, length)
      if (level === SOL_ICMPV6 && sock.protocol === IPPROTO_ICMPV6) return getFrom(ICMPV6_TABLE, sock, name, length)
      return getInetOption(sock, level, name, length, request)
    },
    ioctl: (sock, request) => queueIoctl(sock, sock.queue, request),
    readiness: sock => sock.readiness(),
    queuedBytes: sock => ({ receive: sock.queue.chargedBytes, send: sock.packetCharge }),
  }
  return { create: (family, _type, protocol) => raw.create(family, protocol), ops: ops }
}

export function inetPingFamily(pings: PingTable): SocketFamily {
  const ops: ProtocolOps<PingSock> = {
    name: 'PING',
    bind: (sock, address) => bindPing(pings, sock, address),
    connect: (sock, address) => connectPing(pings, sock, address),
    listen: () => 'EOPNOTSUPP',
    accept: () => 'EOPNOTSUPP',
    localAddress: inetLocalAddress,
    remoteAddress: sock => inetRemoteAddress(sock, sock.isConnected && sock.remotePort !== 0),
    send: (sock, buffer, offset, length, flags, address, control) => sendPing(pings, sock, buffer, offset, length, flags, address, control),
    receive: (sock, buffer, offset, length, flags, result) => receivePacket(sock, sock.queue, buffer, offset, length, flags, result),
    shutdown: (sock, how) => shutdownDatagram(sock, how, sock.isConnected),
    release: sock => { pings.release(sock) },
    setOption: setInetOption,
    getOption: getInetOption,
    ioctl: (sock, request) => queueIoctl(sock, sock.queue, request),
    readiness: sock => sock.readiness(),
    queuedBytes: sock => ({ receive: sock.queue.chargedBytes, send: sock.packetCharge }),
  }
  return { create: family => pings.create(family), ops: ops }
}
