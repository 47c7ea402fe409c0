// A first-in first-out queue of packets, linked through the packets themselves: nothing is allocated. Whoever holds the
// queue owns what is in it.

import type { Packet } from '../../wire/packet.ts'

export class PacketFifo {
  private head: Packet | undefined
  private tail: Packet | undefined
  length = 0

  peek(): Packet | undefined { return this.head }

  peekLast(): Packet | undefined { return this.tail }

  push(packet: Packet): void {
    packet.next = undefined
    if (this.tail === undefined) this.head = packet
    else this.tail.next = packet
    this.tail = packet
    this.length++
  }

  shift(): Packet | undefined {
    const packet = this.head
    if (packet === undefined) return undefined
    this.head = packet.next
    if (this.head === undefined) this.tail = undefined
    packet.next = undefined
    this.length--
    return packet
  }

  /** Releases everything. */
  clear(): void {
    for (let packet = this.shift(); packet !== undefined; packet = this.shift()) packet.release()
  }
}
