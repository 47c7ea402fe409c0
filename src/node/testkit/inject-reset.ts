// A reset out of nowhere, as middleboxes and attackers who see the traffic send them: right sequence number, somebody else's name.

import type { IpAddress } from '../../base/address/ip.ts'
import { viewOf } from '../../base/bytes.ts'
import { addSums, finish, sumBytes } from '../../base/checksum.ts'
import { IPPROTO_TCP } from '../../base/posix.ts'
import { handUp } from '../../link/hand-up.ts'
import type { CableDevice } from '../../link/cable.ts'
import type { World } from '../../sim/world.ts'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, writeEthernetHeader, ETHERNET_HEADER_BYTES } from '../../wire/ethernet.ts'
import { IPV4_MIN_HEADER_BYTES, writeIpv4Header } from '../../wire/ipv4.ts'
import { IPV6_HEADER_BYTES, writeIpv6Header } from '../../wire/ipv6.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { ACK, RST, TCP_HEADER_BYTES, writeTcpHeader } from '../../wire/tcp.ts'
import type { Connection } from './connections.ts'
import { addressOf } from './station-settings.ts'

const CHECKSUM_AT = 16
const HOP_LIMIT = 64

/** Whose connections are reset, wherever it lives. */
export interface Resettable { readonly name: string, connections(): readonly Connection[] }

/** Each connection of `host` with one of `peers` (and `port` at either end) gets a reset in the peer's name. How many. */
export function resetConnections(world: World, host: Resettable, peers: ReadonlySet<string>, port: number | undefined): number {
  const device = world.cables.flatMap(({ a, b }) => [a, b]).find(each => each.env.host === host.name && each.receiver !== undefined)
  if (device === undefined) return 0
  const chosen = host.connections().filter(({ destination, localPort, remotePort }) =>
    peers.has(destination) && (port === undefined || port === localPort || port === remotePort))
  for (const each of chosen) {
    const bytes = resetPacket(each)
    world.clock.at(world.now(), () => { arrive(world, device, bytes) })
  }
  return chosen.length
}

/** From the far end to this one. */
function resetPacket({ source, destination, localPort, remotePort, rcvNxt, sndNxt }: Connection): Uint8Array {
  const [from, to] = [addressOf(destination), addressOf(source)]
  const segment = new Uint8Array(TCP_HEADER_BYTES)
  writeTcpHeader(viewOf(segment), 0, remotePort, localPort, rcvNxt, sndNxt, TCP_HEADER_BYTES, RST | ACK, 0, 0, 0)
  const pseudo = pseudoHeaderSum(addressSum(from, to), IPPROTO_TCP, TCP_HEADER_BYTES)
  new DataView(segment.buffer).setUint16(CHECKSUM_AT, finish(addSums(pseudo, sumBytes(segment, 0, TCP_HEADER_BYTES))))
  return from.family === 4 ? inIpv4(segment, from, to) : inIpv6(segment, from, to)
}

function inIpv4(segment: Uint8Array, from: IpAddress, to: IpAddress): Uint8Array {
  const bytes = new Uint8Array(IPV4_MIN_HEADER_BYTES + segment.length)
  writeIpv4Header(viewOf(bytes), 0, IPV4_MIN_HEADER_BYTES, 0, bytes.length, 0, 0, HOP_LIMIT, IPPROTO_TCP, from.w3, to.w3)
  bytes.set(segment, IPV4_MIN_HEADER_BYTES)
  return bytes
}

function inIpv6(segment: Uint8Array, from: IpAddress, to: IpAddress): Uint8Array {
  const bytes = new Uint8Array(IPV6_HEADER_BYTES + segment.length)
  writeIpv6Header(bytes, 0, 0, 0, segment.length, IPPROTO_TCP, HOP_LIMIT, from, to)
  bytes.set(segment, IPV6_HEADER_BYTES)
  return bytes
}

function arrive(world: World, device: CableDevice, bytes: Uint8Array): void {
  const packet = world.memory.allocate(bytes.length + ETHERNET_HEADER_BYTES)
  if (packet === undefined) return
  if (device.medium === 'ethernet' && device.address !== undefined) {
    const at = packet.put(ETHERNET_HEADER_BYTES)
    const etherType = bytes[0] >>> 4 === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6
    writeEthernetHeader(packet.memory.u8, at, device.address, device.peer.address ?? device.address, etherType)
  }
  packet.putBytes(bytes)
  handUp(device, packet, world.now())
  device.receiver?.endBatch(device)
}
