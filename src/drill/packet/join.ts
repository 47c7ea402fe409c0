// Big packets: `1:10001(10000)` at mss 1000 is one burst, which one stack hands over whole and another in pieces. Pieces
// are joined until the length fits and super-segments are cut where a device without offload would have cut them.

import { bytesEqual } from '../../base/bytes.ts'
import { CWR, FIN, PSH } from './image.ts'
import type { SeenPacket, SeenTcp } from './seen.ts'

const ONLY_FOR_THE_WHOLE = FIN | PSH | CWR

/** Bytes of the pieces a packet consists of. */
function grain(packet: SeenPacket): number { return packet.pieceBytes > 0 ? packet.pieceBytes : packet.payload.length }

/** Whether `next` goes on where `whole` ends, as the next piece of the same burst. */
export function continues(whole: SeenPacket, next: SeenPacket): boolean {
  const first = whole.tcp
  const second = next.tcp
  if (first === undefined || second === undefined || next.payload.length === 0) return false
  return second.seq === ((first.seq + whole.payload.length) >>> 0)
    && (first.flags & ~ONLY_FOR_THE_WHOLE) === (second.flags & ~ONLY_FOR_THE_WHOLE)
    && second.ack === first.ack && second.window === first.window && second.urgent === first.urgent
    && bytesEqual(first.options, second.options)
    && next.trafficClass === whole.trafficClass && next.hopLimit === whole.hopLimit
    && whole.payload.length % grain(whole) === 0 && grain(next) <= grain(whole)
}

export function join(whole: SeenPacket, next: SeenPacket): SeenPacket {
  const payload = new Uint8Array(whole.payload.length + next.payload.length)
  payload.set(whole.payload)
  payload.set(next.payload, whole.payload.length)
  // The whole ends as its last piece does: FIN and PSH are that one's, CWR the first one's.
  const flags = ((whole.tcp?.flags ?? 0) & ~(FIN | PSH)) | ((next.tcp?.flags ?? 0) & (FIN | PSH))
  const tcp: SeenTcp = { ...(whole.tcp as SeenTcp), flags }
  return { ...whole, at: next.at, tcp, payload, pieceBytes: grain(whole) }
}

/** A super-segment whose first `length` bytes are whole pieces, in two. */
export function cut(packet: SeenPacket, length: number): [SeenPacket, SeenPacket] | undefined {
  const { tcp, payload, pieceBytes } = packet
  if (tcp === undefined || pieceBytes === 0 || length === 0 || length >= payload.length || length % pieceBytes !== 0) return undefined
  const front = { ...packet, payload: payload.subarray(0, length), tcp: { ...tcp, flags: tcp.flags & ~(FIN | PSH) } }
  const back = { ...packet, payload: payload.subarray(length), tcp: { ...tcp, seq: (tcp.seq + length) >>> 0, flags: tcp.flags & ~CWR } }
  return [front, back]
}
