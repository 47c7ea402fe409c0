// The seam every socket family fills (Linux: proto_ops): what a file that is a socket asks of its protocol. Every call
// is synchronous and never sleeps: it answers EAGAIN (connect: EINPROGRESS) and kernel/blocking.ts sleeps for those who
// want to. Results are a count, 0, or an errno; nothing throws.

import type { Errno } from '../base/errno.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import type { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'

/** What recvmsg reports beside the bytes; the caller owns and reuses it. */
export class ReceiveResult {
  address: SocketAddress | undefined = undefined
  /** MSG_TRUNC, MSG_CTRUNC, MSG_OOB, MSG_EOR, MSG_ERRQUEUE. */
  flags = 0
  control: ControlMessage[] = []

  clear(): void {
    this.address = undefined
    this.flags = 0
    if (this.control.length > 0) this.control = []
  }
}

/** An option's value travels as the bytes a C program passes: int as 4 little-endian bytes, structs byte for byte. */
export interface ProtocolOps<S extends Sock = Sock> {
  readonly name: string
  bind(sock: S, address: SocketAddress): 0 | Errno
  /** 0 when done at once, EINPROGRESS when started, EALREADY, EISCONN ... AF_UNSPEC dissolves. */
  connect(sock: S, address: SocketAddress): 0 | Errno
  listen(sock: S, backlog: number): 0 | Errno
  /** The sock of a new connection, with the ops of the listener; EAGAIN while there is none. */
  accept(sock: S): Sock | Errno
  /** Two socks joined (socketpair); EOPNOTSUPP where the family has none. */
  pair?(first: S, second: S): 0 | Errno
  /** Where the caller stands, for relative paths in the address of the next call. */
  callFrom?(sock: S, workingDirectory: string): void
  localAddress(sock: S): SocketAddress | Errno
  remoteAddress(sock: S): SocketAddress | Errno
  /** Takes what fits now; EAGAIN when nothing does. `flags` are MSG_*; datagrams go whole or not at all. `vectors`: the pieces' lengths. */
  send(sock: S, buffer: Uint8Array, offset: number, length: number, flags: number, address: SocketAddress | undefined,
    control: readonly ControlMessage[] | undefined, vectors?: readonly number[]): number | Errno
  /** Gives what is there; 0 at end-of-file; EAGAIN when nothing is. `result` only when the caller wants it. */
  receive(sock: S, buffer: Uint8Array, offset: number, length: number, flags: number, result: ReceiveResult | undefined): number | Errno
  /** What a send is refused for before its ancillary data is looked at. */
  refusesToSend?(sock: S): Errno | undefined
  /** A send began the connection (Fast Open): a sleeping caller waits until it is decided, and is told how. */
  isOpening?(sock: S): boolean
  finishOpening?(sock: S): 0 | Errno
  /** That caller has more to send. */
  writerWaits?(sock: S): void
  /** Whom a connection that accept gave is with, even when it is over already. */
  acceptedAddress?(sock: S): SocketAddress | Errno
  shutdown(sock: S, how: number): 0 | Errno
  /** The last file is gone. The sock lives on as the protocol needs (FIN, TIME-WAIT); it must never be used again. */
  release(sock: S): void
  /** While true a blocking close with SO_LINGER goes on waiting. */
  isLingering?(sock: S): boolean
  setOption(sock: S, level: number, name: number, value: Uint8Array): 0 | Errno
  /** At most `length` bytes of the value; how many a C program would be told is the array's length. */
  getOption(sock: S, level: number, name: number, length: number, request?: Uint8Array): Uint8Array | Errno
  /** FIONREAD, SIOCOUTQ, SIOCATMARK ...; the answer is the int written through the pointer. ENOTTY when unknown. */
  ioctl(sock: S, request: number): number | Errno
  readiness(sock: S): number
  /** SO_ACCEPTCONN. */
  isListening?(sock: S): boolean
  /** A SOL_SOCKET option that the socket room keeps has changed: SO_KEEPALIVE arms a timer, SO_RCVLOWAT may wake. */
  optionChanged?(sock: S, name: number): void
  /** SO_PEERCRED: pid, uid, gid. */
  peerCredentials?(sock: S): readonly [number, number, number]
  /** What the queues are charged for: ss, SO_MEMINFO. */
  queuedBytes?(sock: S): { readonly receive: number, readonly send: number }
  /** mmap of the whole of what the socket shares: a packet ring. ENODEV where the family has none. */
  map?(sock: S): Uint8Array | Errno
  /** SO_PEEK_OFF is understood. */
  hasPeekOffset?(sock: S): boolean
}

/** One row of the protocol switch: how the socks of a family and type are made and worked (Linux: inet_protosw). */
export interface SocketFamily {
  create(family: number, type: number, protocol: number): Sock | Errno
  readonly ops: ProtocolOps
}
