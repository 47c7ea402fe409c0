// SOL_PACKET (row I3; Linux: packet_setsockopt, packet_getsockopt).

import type { Errno } from '../../base/errno.ts'
import { FrameRing, TPACKET_V1, TPACKET_V2 } from '../../packet/frame-ring.ts'
import type { PacketProtocol } from '../../packet/packet-protocol.ts'
import type { PacketSock } from '../../packet/packet-sock.ts'
import { flagRow, intRow, intValue, optionTable, structBytes } from './table.ts'
import type { OptionRow, OptionTable } from './table.ts'

const PACKET_ADD_MEMBERSHIP = 1
const PACKET_DROP_MEMBERSHIP = 2
const PACKET_RX_RING = 5
const PACKET_STATISTICS = 6
export const PACKET_AUXDATA = 8
const PACKET_VERSION = 10
const PACKET_RESERVE = 12
const PACKET_IGNORE_OUTGOING = 23

/** struct packet_mreq: interface, type, length of the address, address. */
const MREQ_BYTES = 16
const MREQ_ADDRESS_AT = 8
const REQUEST_BYTES = 16
const INT_MAX = 0x7fffffff

function membershipRow(packets: PacketProtocol, name: string, id: number): OptionRow<PacketSock> {
  return {
    name, id,
    set: (sock, value): 0 | Errno => {
      if (value.length < MREQ_BYTES) return 'EINVAL'
      const type = value[4] | value[5] << 8
      const length = value[6] | value[7] << 8
      if (value.length < length + MREQ_ADDRESS_AT) return 'EINVAL'
      const device = packets.namespace.device(intValue(value))
      if (device === undefined) return id === PACKET_ADD_MEMBERSHIP ? 'ENODEV' : 0
      const address = value.slice(MREQ_ADDRESS_AT, MREQ_ADDRESS_AT + length)
      const { memberships } = packets
      return id === PACKET_ADD_MEMBERSHIP ? memberships.add(sock, device, type, address) : memberships.drop(sock, device, type, address)
    },
  }
}

/** struct tpacket_req: block size and count, frame size and count; no blocks take the ring away. */
const RX_RING: OptionRow<PacketSock> = {
  name: 'PACKET_RX_RING', id: PACKET_RX_RING,
  set: (sock, value): 0 | Errno => {
    if (value.length < REQUEST_BYTES) return 'EINVAL'
    const [blockSize, blockCount, frameSize, frameCount] = [0, 4, 8, 12].map(at => intValue(value.subarray(at)))
    const request = { blockSize, blockCount: blockCount >>> 0, frameSize: frameSize >>> 0, frameCount: frameCount >>> 0 }
    if (request.blockCount > 0 && sock.ring !== undefined) return 'EBUSY'
    const wrong = FrameRing.check(request, sock.ringReserve)
    if (wrong !== 0) return wrong
    sock.ring = request.blockCount === 0 ? undefined : new FrameRing(request, sock.ringVersion, sock.ringReserve)
    return 0
  },
}

function ringRow(name: string, id: number, most: number, field: 'ringVersion' | 'ringReserve'): OptionRow<PacketSock> {
  return intRow(name, id, sock => sock[field], (sock, n) => {
    if (n < 0 || n > most) return 'EINVAL'
    if (sock.ring !== undefined) return 'EBUSY'
    sock[field] = n
    return 0
  })
}

export function packetOptions(packets: PacketProtocol): OptionTable<PacketSock> {
  return optionTable<PacketSock>([
    membershipRow(packets, 'PACKET_ADD_MEMBERSHIP', PACKET_ADD_MEMBERSHIP),
    membershipRow(packets, 'PACKET_DROP_MEMBERSHIP', PACKET_DROP_MEMBERSHIP),
    RX_RING,
    {
      name: 'PACKET_STATISTICS', id: PACKET_STATISTICS,
      get: sock => {
        const statistics = structBytes([sock.seen + sock.drops, sock.drops])
        sock.seen = 0
        sock.drops = 0
        return statistics
      },
    },
    flagRow('PACKET_AUXDATA', PACKET_AUXDATA, sock => sock.wantsAuxiliary, (sock, on) => {
      sock.wantsAuxiliary = on
      return 0
    }),
    ringRow('PACKET_VERSION', PACKET_VERSION, Math.max(TPACKET_V1, TPACKET_V2), 'ringVersion'),
    ringRow('PACKET_RESERVE', PACKET_RESERVE, INT_MAX, 'ringReserve'),
    intRow('PACKET_IGNORE_OUTGOING', PACKET_IGNORE_OUTGOING, sock => sock.ignoresOutgoing ? 1 : 0, (sock, n) => {
      if (n < 0 || n > 1) return 'EINVAL'
      sock.ignoresOutgoing = n === 1
      return 0
    }),
  ])
}
