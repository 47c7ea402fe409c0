// An open file that is a socket: read and write are recv and send without flags.

import type { Errno } from '../base/errno.ts'
import { O_RDWR } from '../base/posix.ts'
import type { WaitQueue } from '../sock/wait-queue.ts'
import type { Socket } from '../socket/socket.ts'
import { OpenFile } from './open-file.ts'

export class SocketFile extends OpenFile {
  readonly kind = 'socket'
  readonly socket: Socket
  readonly waitQueue: WaitQueue
  readonly id: number

  constructor(socket: Socket, statusFlags: number) {
    super(O_RDWR | statusFlags)
    this.socket = socket
    this.waitQueue = socket.sock.waitQueue
    this.id = socket.sock.id
  }

  override readiness(): number { return this.socket.ops.readiness(this.socket.sock) }

  override read(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (length === 0) return 0
    return this.socket.ops.receive(this.socket.sock, buffer, offset, length, 0, undefined)
  }

  override write(buffer: Uint8Array, offset: number, length: number): number | Errno {
    return this.socket.ops.send(this.socket.sock, buffer, offset, length, 0, undefined, undefined)
  }

  override ioctl(request: number, _argument: number): number | Errno { return this.socket.ops.ioctl(this.socket.sock, request) }

  override get receiveTimeoutUs(): number { return this.socket.sock.options.receiveTimeoutUs }
  override get sendTimeoutUs(): number { return this.socket.sock.options.sendTimeoutUs }

  protected override onRelease(): void { this.socket.release() }
}
