// Sending through a raw socket (row I1; Linux: raw_sendmsg): the program's bytes behind the stack's IP header, or with
// IP_HDRINCL behind its own.

import type { Errno } from '../base/errno.ts'
import { IPPROTO_RAW, MSG_OOB } from '../base/posix.ts'
import type { Flow } from '../ip/flow.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { sendFlow } from '../sock/datagram-peer.ts'
import { SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { enqueueLocalError } from '../sock/socket-errors.ts'
import { CHECKSUM_PARTIAL } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { addressSum, pseudoHeaderSum } from '../wire/pseudo-header.ts'
import type { RawTable } from './raw-table.ts'
import type { RawSock } from './raw-sock.ts'

const IPV4_HEADER_BYTES = 20

export function sendRaw(raw: RawTable, sock: RawSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined): number | Errno {
  if (length > 0xffff) return 'EMSGSIZE'
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  const flow = sendFlow(sock, sock.isConnected, address, control, flags)
  if (typeof flow === 'string') return flow
  const isHeaderIncluded = sock.inet.headerIncluded || (sock.isInet6 && sock.protocol === IPPROTO_RAW)
  if (isHeaderIncluded && length > raw.namespace.ip.mtu(flow)) {
    enqueueLocalError(sock, 'EMSGSIZE', raw.namespace.ip.mtu(flow), 0)
    return 'EMSGSIZE'
  }
  if (isHeaderIncluded && length < IPV4_HEADER_BYTES) return 'EINVAL'
  if (sock.error !== undefined) return sock.takeError() ?? 'EAGAIN'
  if ((sock.shutdownBits & SEND_SHUTDOWN) !== 0) return 'EPIPE'
  if (!sock.mayCharge) return 'EAGAIN'
  const packet = raw.namespace.memory.allocate(length)
  if (packet === undefined) return 'ENOBUFS'
  packet.putBytes(buffer, offset, length)
  sock.chargePacket(packet)
  const failed = isHeaderIncluded ? outputOwn(raw, packet, flow) : outputBehind(raw, sock, packet, flow)
  if (failed === 'EMSGSIZE') enqueueLocalError(sock, failed, raw.namespace.ip.mtu(flow), 0)
  return failed ?? length
}

function outputOwn(raw: RawTable, packet: Packet, flow: Flow): Errno | undefined {
  packet.networkAt = packet.start
  return raw.namespace.ip.outputWithHeader(packet, flow)
}

function outputBehind(raw: RawTable, sock: RawSock, packet: Packet, flow: Flow): Errno | undefined {
  packet.transportAt = packet.start
  const { checksumOffset } = sock.inet
  if (sock.isInet6 && checksumOffset >= 0) {
    if (checksumOffset + 2 > packet.length) {
      packet.release()
      return 'EINVAL'
    }
    const sum = pseudoHeaderSum(addressSum(flow.source, flow.destination), sock.protocol, packet.length)
    packet.checksum = CHECKSUM_PARTIAL
    packet.checksumStart = packet.start
    packet.checksumAt = packet.start + checksumOffset
    packet.memory.u8[packet.checksumAt] = sum >>> 8
    packet.memory.u8[packet.checksumAt + 1] = sum
  }
  return raw.namespace.ip.output(packet, flow)
}
