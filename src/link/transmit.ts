// The way out of the stack into a device (Linux: dev_queue_xmit, validate_xmit_skb): checks that the device can carry
// anything, does in software what it cannot do itself, shows the frame to taps and observers, counts, hands over.
// Called by ip/neighbour, packet sockets and the bridge.

import type { DropReason } from '../base/drop-reason.ts'
import { CHECKSUM_PARTIAL, GSO_NONE, GSO_UDP } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import type { NetDevice } from './net-device.ts'
import { completeChecksum } from './offload/complete.ts'
import { locateHeaders } from './offload/locate.ts'
import { forgetSegmentation, releaseChain, segment, superSegmentPayload } from './offload/segment.ts'
import { countDrop, reportDrop } from './report-drop.ts'
import type { LinkEnvironment } from './report-drop.ts'

/**
 * Puts a packet on a device; takes ownership in every case. `packet.start` is the frame's first byte. The answer is why
 * nothing (or not all) left; it is counted already.
 */
export function transmit(device: NetDevice, packet: Packet, env: LinkEnvironment): DropReason | undefined {
  if (!device.up || !device.carrier) return refuse(device, packet, 'device-down', env)
  if (packet.gsoType !== GSO_NONE) {
    if (packet.transportAt < 0) locateHeaders(packet, device.medium === 'ethernet')
    if (superSegmentPayload(packet) <= packet.gsoSize) forgetSegmentation(packet)
    else if (!(packet.gsoType === GSO_UDP ? device.features.uso : device.features.tso)) return transmitPieces(device, packet, env)
  }
  return transmitOne(device, packet, env)
}

function transmitPieces(device: NetDevice, packet: Packet, env: LinkEnvironment): DropReason | undefined {
  const length = packet.length
  let piece = segment(packet)
  if (piece === undefined) return countRefusal(device, 'no-packet-memory', length, env)
  while (piece !== undefined) {
    const next: Packet | undefined = piece.next
    piece.next = undefined
    const refused = transmitOne(device, piece, env)
    if (refused !== undefined) {
      releaseChain(next)
      return refused
    }
    piece = next
  }
  return undefined
}

function transmitOne(device: NetDevice, packet: Packet, env: LinkEnvironment): DropReason | undefined {
  if (packet.checksum === CHECKSUM_PARTIAL && !device.features.txChecksum) completeChecksum(packet)
  for (const tap of device.taps) tap.frameOut(packet, device)
  const length = packet.length
  if (env.trace.frames) {
    env.trace.frame(env.now(), env.host, device.name, 'out', packet.memory.u8, packet.start, length, undefined)
  }
  // Counted first: a device may hand the packet's memory on before `send` returns.
  const pieces = packet.gsoType === GSO_NONE ? 1 : Math.ceil(superSegmentPayload(packet) / packet.gsoSize)
  const refused = device.send(packet)
  if (refused !== undefined) return countRefusal(device, refused, length, env)
  device.counters.txPackets += pieces
  device.counters.txBytes += length
  return undefined
}

/** Drops a packet that never reached the device. */
function refuse(device: NetDevice, packet: Packet, reason: DropReason, env: LinkEnvironment): DropReason {
  device.counters.txDropped++
  reportDrop(env, device.name, 'out', packet, reason)
  packet.release()
  return reason
}

function countRefusal(device: NetDevice, reason: DropReason, length: number, env: LinkEnvironment): DropReason {
  device.counters.txDropped++
  countDrop(env, device.name, length, reason)
  return reason
}
