// The receive queue of datagram, raw and packet sockets: packets as they arrived, linked through `next`, never copied. Each
// is charged against SO_RCVBUF; what does not fit is dropped and counted (row D4).

import type { Packet } from '../wire/packet.ts'
import { truesize } from './truesize.ts'

export class PacketQueue {
  head: Packet | undefined = undefined
  private tail: Packet | undefined = undefined
  count = 0
  chargedBytes = 0
  /** Packets that found no room. */
  drops = 0

  /** Takes the packet; false (and not taken) when the buffer is full. An empty queue takes one of any size. */
  offer(packet: Packet, limit: number): boolean {
    const charge = truesize(packet.end - packet.start)
    if (this.chargedBytes + charge > limit && this.chargedBytes > 0) {
      this.drops++
      return false
    }
    packet.mark = charge
    packet.next = undefined
    if (this.tail === undefined) this.head = packet
    else this.tail.next = packet
    this.tail = packet
    this.count++
    this.chargedBytes += charge
    return true
  }

  /** Removes the head, whose owner is the caller then. */
  shift(): Packet | undefined {
    const packet = this.head
    if (packet === undefined) return undefined
    this.head = packet.next
    if (this.head === undefined) this.tail = undefined
    packet.next = undefined
    this.count--
    this.chargedBytes -= Math.abs(packet.mark)
    return packet
  }

  /** An empty datagram that was looked at: a second look goes past it. */
  markPeeked(packet: Packet): void { packet.mark = -Math.abs(packet.mark) }

  clear(): void {
    for (let packet = this.shift(); packet !== undefined; packet = this.shift()) packet.release()
  }
}
