// The protocol side of a socket (Linux: struct sock): identity, pending errors, shutdown bits, buffer accounting, the
// wait queue, SOL_SOCKET settings. It knows nothing of addresses; inet-sock.ts adds those.

import type { Errno } from '../base/errno.ts'
import { POLLERR, POLLHUP, POLLOUT, POLLRDHUP, POLLWRBAND, POLLWRNORM } from '../base/posix.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { Packet, PacketOwner } from '../wire/packet.ts'
import type { ErrorQueueEntry } from './error-queue.ts'
import { DEFAULT_SOCK_OPTIONS } from './sock-options.ts'
import type { SockOptions } from './sock-options.ts'
import { truesize } from './truesize.ts'
import { WaitQueue } from './wait-queue.ts'

export const RCV_SHUTDOWN = 1
export const SEND_SHUTDOWN = 2

export abstract class Sock implements PacketOwner {
  /** Inode-like number, the name of this sock in traces and tables. */
  readonly id: number
  readonly namespace: NetNamespace
  /** AF_*, SOCK_* and IPPROTO_* numbers. */
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly waitQueue = new WaitQueue()
  options: SockOptions = DEFAULT_SOCK_OPTIONS

  /** What an earlier event left to be reported, once, by the next call (row F8). */
  error: Errno | undefined = undefined
  /** Reported only if the connection dies of silence later (RFC 1122 4.2.3.9). */
  softError: Errno | undefined = undefined
  /** IP_RECVERR, zero-copy and timestamp reports; undefined while there is none. */
  errorQueue: ErrorQueueEntry[] | undefined = undefined
  /** RCV_SHUTDOWN and SEND_SHUTDOWN. */
  shutdownBits = 0
  /** Limits in bytes as Linux stores them: doubled. */
  sndbuf: number
  rcvbuf: number
  /** Set by setsockopt: auto-tuning keeps its hands off. */
  sndbufLocked = false
  rcvbufLocked = false
  /** SO_LINGER. Beside the shared options: whoever resets connections sets it for each. */
  lingerOn = false
  lingerSeconds = 0
  /** Paid for packets that no device has let go of yet (row D3; Linux: sk_wmem_alloc). */
  packetCharge = 0
  /** Process that made it and its effective user, for SO_PEERCRED, ss and privilege checks. */
  ownerPid = 0
  ownerUid = 0
  /** No file refers to it any more (Linux: SOCK_DEAD): nobody will read, nobody is woken. */
  orphaned = false

  constructor(namespace: NetNamespace, family: number, type: number, protocol: number, sndbuf: number, rcvbuf: number) {
    this.id = namespace.takeSockId()
    this.namespace = namespace
    this.family = family
    this.type = type
    this.protocol = protocol
    this.sndbuf = sndbuf
    this.rcvbuf = rcvbuf
  }

  /** POLLIN ... POLLRDHUP as they stand now. */
  abstract readiness(): number

  /** May another datagram leave (Linux: sock_alloc_send_skb)? */
  get mayCharge(): boolean { return this.packetCharge < this.sndbuf }

  /** What poll calls room: half of the buffer (Linux: sock_writeable). */
  get hasPacketRoom(): boolean { return this.packetCharge * 2 < this.sndbuf }

  /** The sock pays for `packet` until a carrier has it. */
  chargePacket(packet: Packet, charge: number = truesize(packet.end - packet.start)): void {
    packet.owner = this
    packet.charge = charge
    this.packetCharge += charge
  }

  packetGone(charge: number): void {
    this.packetCharge -= charge
    if (this.hasPacketRoom && this.waitQueue.length > 0) this.wake(POLLOUT | POLLWRNORM | POLLWRBAND)
  }

  setOptions(change: Partial<SockOptions>): void { this.options = { ...this.options, ...change } }

  /** The pending error, taken: SO_ERROR and every call report it once. */
  takeError(): Errno | undefined {
    const error = this.error
    this.error = undefined
    return error
  }

  /** What would be reported if the connection died now: only SO_ERROR tells, and takes it (Linux). */
  takeSoftError(): Errno | undefined {
    const error = this.softError
    this.softError = undefined
    return error
  }

  /** Leaves an error for the next call and wakes everyone with POLLERR. */
  reportError(error: Errno): void {
    this.error = error
    this.wake(POLLERR)
  }

  /** Tells sleepers and pollers that these poll bits have just become true. */
  wake(mask: number): void {
    if (this.orphaned && this.waitQueue.length === 0) return
    if (this.namespace.trace.on) {
      this.namespace.trace.emit({ name: 'readiness', at: this.namespace.clock.now(), host: this.namespace.host, sock: this.id, mask })
    }
    if ((mask & (POLLHUP | POLLRDHUP)) === 0) this.waitQueue.wake(mask)
    else this.waitQueue.wakeEvery(mask)
  }
}
