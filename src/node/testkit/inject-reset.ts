// A reset out of nowhere, as middleboxes and attackers who see the traffic send them: right sequence number, somebody else's name.

import { toInt32 } from '../../base/seq.ts'
import type { SeqNumber } from '../../base/seq.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import { viewOf } from '../../base/bytes.ts'
import { addSums, finish, sumBytes } from '../../base/checksum.ts'
import { IPPROTO_TCP } from '../../base/posix.ts'
import { handUp } from '../../link/hand-up.ts'
import type { CableDevice } from '../../link/cable.ts'
import type { World } from '../../sim/world.ts'
import { ETHERTYPE_IPV4, writeEthernetHeader, ETHERNET_HEADER_BYTES } from '../../wire/ethernet.ts'
import { writeIpv4Header } from '../../wire/ipv4.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { ACK, RST, TCP_HEADER_BYTES, writeTcpHeader } from '../../wire/tcp.ts'
import type { TestHost } from './test-host.ts'

const IP_HEADER_BYTES = 20
const CHECKSUM_AT = 16
const TTL = 64
const CLOSED = 'CLOSED'

/** Each connection of `host` with one of `peers` (and `port` at either end) gets a reset in the peer's name. How many. */
export function resetConnections(world: World, host: TestHost, peers: ReadonlySet<string>, port: number | undefined): number {
  const { kernel } = host
  const device = world.cables.flatMap(({ a, b }) => [a, b]).find(each => each.env.host === host.name && each.receiver !== undefined)
  if (device === undefined) return 0
  let count = 0
  for (const sock of kernel.tcp.sockets()) {
    const { flow: { source, destination }, localPort, remotePort, state } = sock
    if (state === CLOSED || state === 'LISTEN' || destination.family !== 4 || !peers.has(destination.toString())) continue
    if (port !== undefined && port !== localPort && port !== remotePort) continue
    const [toward, own] = [sock.rcv.nxt, sock.snd.nxt]
    const bytes = resetPacket(destination, source, remotePort, localPort, toward, own)
    world.clock.at(world.now(), () => { arrive(world, device, bytes) })
    count++
  }
  return count
}

function resetPacket(from: IpAddress, to: IpAddress, srcPort: number, dstPort: number, seq: SeqNumber, ack: SeqNumber): Uint8Array {
  const segment = new Uint8Array(TCP_HEADER_BYTES)
  writeTcpHeader(viewOf(segment), 0, srcPort, dstPort, toInt32(seq), toInt32(ack), TCP_HEADER_BYTES, RST | ACK, 0, 0, 0)
  const pseudo = pseudoHeaderSum(addressSum(from, to), IPPROTO_TCP, TCP_HEADER_BYTES)
  new DataView(segment.buffer).setUint16(CHECKSUM_AT, finish(addSums(pseudo, sumBytes(segment, 0, TCP_HEADER_BYTES))))
  const bytes = new Uint8Array(IP_HEADER_BYTES + TCP_HEADER_BYTES)
  writeIpv4Header(viewOf(bytes), 0, IP_HEADER_BYTES, 0, bytes.length, 0, 0, TTL, IPPROTO_TCP, from.w3, to.w3)
  bytes.set(segment, IP_HEADER_BYTES)
  return bytes
}

function arrive(world: World, device: CableDevice, bytes: Uint8Array): void {
  const isEthernet = device.medium === 'ethernet'
  const packet = world.memory.allocate(bytes.length + ETHERNET_HEADER_BYTES)
  if (packet === undefined) return
  if (isEthernet && device.address !== undefined) {
    const at = packet.put(ETHERNET_HEADER_BYTES)
    writeEthernetHeader(packet.memory.u8, at, device.address, device.peer.address ?? device.address, ETHERTYPE_IPV4)
  }
  packet.putBytes(bytes)
  handUp(device, packet, world.now())
  device.receiver?.endBatch(device)
}
