// Putting IPv4 fragments together (RFC 791 3.2, RFC 815; row C2, behaviour 28).

import { IPV4_MAX_PACKET_BYTES, Ipv4View } from '../../wire/ipv4.ts'
import { CHECKSUM_NONE } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { NetNamespace } from '../namespace.ts'
import { ecnOfWhole, Reassembler } from '../reassembly.ts'
import type { FragmentQueue } from '../reassembly.ts'
import type { IpSettings } from '../sysctl.ts'
import { setU16 } from '../../base/bytes.ts'

export class Ipv4Reassembly {
  readonly reassembler: Reassembler
  private readonly namespace: NetNamespace
  private readonly view = new Ipv4View()

  constructor(namespace: NetNamespace, settings: IpSettings) {
    this.namespace = namespace
    this.reassembler = new Reassembler(namespace, namespace.mib.ip, {
      seconds: settings.table.row('net.ipv4.ipfrag_time'),
      highThreshold: settings.table.row('net.ipv4.ipfrag_high_thresh'),
    })
  }

  /** Takes ownership of a fragment that starts at its checked IP header; answers the whole datagram when it is complete. */
  input(packet: Packet, deviceName: string): Packet | undefined {
    const view = this.view.wrap(packet)
    const { headerLength, moreFragments, fragmentOffset, trafficClass } = view
    let length = view.totalLength - headerLength
    // Linux: a piece that is not the last is cut to a multiple of 8.
    if (moreFragments) length &= ~7
    if (length <= 0 || fragmentOffset + length + headerLength > IPV4_MAX_PACKET_BYTES) {
      this.namespace.mib.ip.ReasmFails++
      this.namespace.countDrop('ip', 'ip-fragment-malformed', deviceName, packet.length)
      packet.release()
      return undefined
    }
    const key = `${view.source},${view.destination},${view.id},${view.protocol}`
    const payloadAt = packet.start + headerLength
    const queue = this.reassembler.add(packet, key, payloadAt, length, fragmentOffset, moreFragments, trafficClass, deviceName)
    return queue === undefined ? undefined : this.build(queue)
  }

  private build(queue: FragmentQueue): Packet | undefined {
    const { first } = queue
    const headerLength = first === undefined ? 0 : first.at - first.packet.start
    const whole = first === undefined || headerLength + queue.total > IPV4_MAX_PACKET_BYTES ? undefined
      : this.namespace.memory.allocate(headerLength + queue.total)
    if (whole === undefined || first === undefined) {
      this.namespace.countDrop('ip', 'no-packet-memory', queue.deviceName, queue.total)
      this.reassembler.finish(queue, false)
      return undefined
    }
    const { u8 } = whole.memory
    const at = whole.put(headerLength + queue.total)
    u8.copyWithin(at, first.packet.start, first.at)
    queue.copyTo(u8, at + headerLength)
    const { packet } = first
    whole.networkAt = at
    whole.etherType = packet.etherType
    whole.linkDestination = packet.linkDestination
    whole.deviceIndex = packet.deviceIndex
    whole.receivedAt = packet.receivedAt
    whole.checksum = CHECKSUM_NONE
    const view = this.view.wrap(whole, at)
    u8[at + 1] = (u8[at + 1] & 0xfc) | ecnOfWhole(queue.ecnSeen)
    view.totalLength = headerLength + queue.total
    setU16(u8, at + 6, 0)
    view.refreshChecksum()
    this.reassembler.finish(queue, true)
    return whole
  }
}
