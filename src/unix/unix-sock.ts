// A Unix-domain socket (Linux: unix_sock): its name, its peer, and what waits to be read or accepted.

import { POLLHUP, POLLPRI, POLLRDHUP, SOCK_DGRAM } from '../base/posix.ts'
import { READABLE, WRITABLE, exceptionReadiness } from '../sock/readiness.ts'
import { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { SocketInode } from '../vfs/inode.ts'
import type { Credentials, Message, MessageSender } from './message.ts'
import { dropFiles } from './message.ts'

export const UNNAMED: SocketAddress = { family: 'AF_UNIX', path: undefined, abstract: false }

export class UnixSock extends Sock implements MessageSender {
  state: 'unconnected' | 'listening' | 'connected' = 'unconnected'
  name: SocketAddress = UNNAMED
  inode: SocketInode | undefined = undefined
  peer: UnixSock | undefined = undefined
  /** Datagram sockets that connected to this one: their peer is gone when it is. */
  readonly connectors = new Set<UnixSock>()
  /** Working directory of whoever made the last call with a path. */
  callerDirectory = '/'
  queue: Message[] = []
  /** A listener's connections: our ends, joined already, waiting for accept. */
  pending: UnixSock[] = []
  backlog = 0
  /** Sockets whose connect sleeps until the backlog has room. */
  readonly waitingConnects = new Set<UnixSock>()
  /** Datagram senders that found the queue full. */
  readonly waitingSenders = new Set<UnixSock>()
  /** Charged for what was sent and not read yet. */
  sentCharge = 0
  /** The peer that went away, whose name a connected socket goes on telling. */
  lostPeerName: SocketAddress | undefined = undefined
  /** A stream's urgent byte that nobody has read (SO_OOBINLINE or not). */
  urgent: Message | undefined = undefined
  /** Urgent bytes that reads went past: FIONREAD goes on counting them, as Linux's does. */
  passedUrgent = 0
  /** Connected to, and not accepted yet. */
  isEmbryo = false
  peerCredentials: Credentials | undefined = undefined
  gid = 0
  isReleased = false

  get credentials(): Credentials { return { pid: this.ownerPid, uid: this.ownerUid, gid: this.gid } }

  get isConnectionOriented(): boolean { return this.type !== SOCK_DGRAM }

  /** Linux reports room while at most a quarter of the buffer is used. */
  get hasRoom(): boolean { return this.state !== 'listening' && this.sentCharge * 4 <= this.sndbuf }

  /** Would a datagram from `sender` find the queue too long? A joined pair knows no limit but the buffer. */
  isFullFor(sender: UnixSock): boolean { return this !== sender && this.peer !== sender && this.queue.length > this.backlog }

  override readiness(): number {
    let mask = exceptionReadiness(this) | (this.queue.length > 0 || this.pending.length > 0 ? READABLE : 0)
    if (this.isConnectionOriented && this.state === 'unconnected') mask |= POLLHUP
    if (this.urgent !== undefined) mask |= POLLPRI
    const isBlockedByPeer = !this.isConnectionOriented && this.peer !== undefined && this.peer.isFullFor(this)
    if (this.hasRoom && !isBlockedByPeer) mask |= WRITABLE
    return mask
  }

  uncharge(bytes: number): void {
    this.sentCharge -= bytes
    if (this.hasRoom) this.wake(WRITABLE)
  }

  takeMessage(): Message | undefined {
    const message = this.queue.at(0)
    return message === undefined ? undefined : this.removeMessage(message)
  }

  removeMessage(message: Message): Message {
    this.queue.splice(this.queue.indexOf(message), 1)
    message.sender.uncharge(message.charge)
    for (const sender of this.waitingSenders) sender.wake(WRITABLE)
    this.waitingSenders.clear()
    return message
  }

  discardQueue(): void {
    this.urgent = undefined
    for (let message = this.takeMessage(); message !== undefined; message = this.takeMessage()) dropFiles(message)
  }

  wakeShutdown(): void { this.wake(READABLE | WRITABLE | POLLHUP | POLLRDHUP) }
}
