// AF_PACKET sockets behind the socket interface (row I3).

import { MacAddress } from '../base/address/mac.ts'
import type { Errno } from '../base/errno.ts'
import { FIONREAD, MSG_PEEK, MSG_TRUNC, SIOCOUTQ, SOL_PACKET } from '../base/posix.ts'
import type { PacketProtocol } from '../packet/packet-protocol.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { socketControl } from '../sock/inet-control.ts'
import type { PacketSock, QueuedFrame } from '../packet/packet-sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { PACKET_AUXDATA, packetOptions } from './option/packet.ts'
import { getFrom, setIn, structBytes } from './option/table.ts'
import type { ProtocolOps, ReceiveResult, SocketFamily } from './protocol-ops.ts'

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
    address: device?.medium === 'loopback' ? MacAddress.ZERO : device?.address,
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
    result.control.push(...socketControl(sock, packet, sock.drops))
    if (sock.wantsAuxiliary) result.control.push(auxiliary(frame))
  }
  if ((flags & MSG_PEEK) === 0) {
    sock.take()
    packet.release()
  }
  return (flags & MSG_TRUNC) === 0 ? count : whole
}

/** struct tpacket_auxdata: status, length, what was kept, where link and network header are, VLAN tag. */
function auxiliary({ status, wholeLength, linkBytes, packet }: QueuedFrame): ControlMessage {
  return { level: SOL_PACKET, type: PACKET_AUXDATA, data: structBytes([
    status, wholeLength, packet.length, Math.max(0, linkBytes) << 16, 0,
  ]) }
}

export function packetFamily(packets: PacketProtocol): SocketFamily {
  const options = packetOptions(packets)
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
    setOption: (sock, level, name, value) => level === SOL_PACKET ? setIn(options, sock, name, value) : 'ENOPROTOOPT',
    getOption: (sock, level, name, length) => level === SOL_PACKET ? getFrom(options, sock, name, length) : 'ENOPROTOOPT',
    map: sock => sock.ring?.bytes ?? 'EINVAL',
    ioctl(sock, request) {
      if (request === FIONREAD) return sock.queue[0]?.packet.length ?? 0
      return request === SIOCOUTQ ? sock.packetCharge : 'ENOTTY'
    },
    readiness: sock => sock.readiness(),
    queuedBytes: sock => ({ receive: sock.chargedBytes, send: sock.packetCharge }),
  }
  return { create: (family, type, protocol) => packets.create(family, type, protocol), ops: ops }
}
