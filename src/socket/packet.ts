// AF_PACKET sockets behind the socket interface (row I3).

import type { Errno } from '../base/errno.ts'
import { FIONREAD, MSG_PEEK, MSG_TRUNC, SIOCOUTQ, SOL_PACKET } from '../base/posix.ts'
import type { PacketProtocol } from '../packet/packet-protocol.ts'
import type { PacketSock } from '../packet/packet-sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { structBytes } from './option/table.ts'
import type { ProtocolOps, ReceiveResult, SocketFamily } from './protocol-ops.ts'

const PACKET_STATISTICS = 6

function bind(packets: PacketProtocol, sock: PacketSock, address: SocketAddress): 0 | Errno {
  if (address.family !== 'AF_PACKET') return 'EINVAL'
  if (address.interfaceIndex !== 0 && packets.namespace.device(address.interfaceIndex) === undefined) return 'ENODEV'
  sock.deviceIndex = address.interfaceIndex
  if (address.protocol !== 0) sock.etherType = address.protocol
  return 0
}

function localAddress(packets: PacketProtocol, sock: PacketSock): SocketAddress {
  const device = packets.namespace.device(sock.deviceIndex)
  return {
    family: 'AF_PACKET', protocol: sock.etherType, interfaceIndex: sock.deviceIndex, packetType: 0,
    hardwareType: device === undefined ? 0 : device.medium === 'ethernet' ? 1 : device.medium === 'loopback' ? 772 : 65_534,
    address: device?.address,
  }
}

function receive(sock: PacketSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  result: ReceiveResult | undefined): number | Errno {
  if (sock.error !== undefined) return sock.takeError() ?? 'EAGAIN'
  const frame = sock.queue[0]
  if (frame === undefined) return 'EAGAIN'
  const { packet } = frame
  const whole = packet.length
  const count = Math.min(length, whole)
  packet.copyOut(packet.start, buffer, offset, count)
  if (result !== undefined) {
    result.address = frame.from
    if (count < whole) result.flags |= MSG_TRUNC
  }
  if ((flags & MSG_PEEK) === 0) {
    sock.take()
    packet.release()
  }
  return (flags & MSG_TRUNC) === 0 ? count : whole
}

function getOption(sock: PacketSock, level: number, name: number): Uint8Array | Errno {
  if (level !== SOL_PACKET || name !== PACKET_STATISTICS) return 'ENOPROTOOPT'
  const statistics = structBytes([sock.seen, sock.drops])
  sock.seen = 0
  sock.drops = 0
  return statistics
}

export function packetFamily(packets: PacketProtocol): SocketFamily {
  const ops: ProtocolOps<PacketSock> = {
    name: 'PACKET',
    bind: (sock, address) => bind(packets, sock, address),
    connect: () => 'EOPNOTSUPP',
    listen: () => 'EOPNOTSUPP',
    accept: () => 'EOPNOTSUPP',
    localAddress: sock => localAddress(packets, sock),
    remoteAddress: () => 'EOPNOTSUPP',
    send: (sock, buffer, offset, length, _flags, address) => packets.send(sock, buffer, offset, length, address),
    receive,
    shutdown: () => 'EOPNOTSUPP',
    release: sock => { packets.release(sock) },
    setOption: () => 'ENOPROTOOPT',
    getOption,
    ioctl(sock, request) {
      if (request === FIONREAD) return sock.queue[0]?.packet.length ?? 0
      return request === SIOCOUTQ ? sock.packetCharge : 'ENOTTY'
    },
    readiness: sock => sock.readiness(),
    queuedBytes: sock => ({ receive: sock.chargedBytes, send: sock.packetCharge }),
  }
  return { create: (family, type, protocol) => packets.create(family, type, protocol), ops: ops }
}
