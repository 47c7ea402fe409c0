// A routing socket (row I4; Linux: netlink_sock): its port, its groups, and the messages that wait. Messages of a group that
// find no room are lost, and the next receive says ENOBUFS once.

import { datagramReadiness, READABLE } from '../sock/readiness.ts'
import { Sock } from '../sock/sock.ts'
import { truesize } from '../sock/truesize.ts'

export interface QueuedMessage { readonly bytes: Uint8Array, readonly charge: number, readonly group: number }

export class NetlinkSock extends Sock {
  /** 0 while unbound. */
  portId = 0
  /** By number, from 1. */
  readonly groups = new Set<number>()
  /** The port to which sends without address go: 0, the kernel. */
  peerPortId = 0
  isConnected = false
  queue: QueuedMessage[] = []
  chargedBytes = 0
  capsErrors = false
  extendedErrors = false
  strictChecks = false
  ignoresOverflow = false
  tellsGroup = false

  override readiness(): number { return datagramReadiness(this, this.queue.length > 0, true) }

  get groupMask(): number {
    let mask = 0
    for (const group of this.groups) if (group <= 32) mask |= 1 << (group - 1)
    return mask >>> 0
  }

  offer(bytes: Uint8Array, group: number = 0): void {
    const charge = truesize(bytes.length)
    if (group !== 0 && this.chargedBytes + charge > this.rcvbuf) {
      if (!this.ignoresOverflow) this.reportError('ENOBUFS')
      return
    }
    this.queue.push({ bytes, charge, group })
    this.chargedBytes += charge
    this.wake(READABLE)
  }

  take(): QueuedMessage | undefined {
    const message = this.queue.shift()
    if (message !== undefined) this.chargedBytes -= message.charge
    return message
  }
}
