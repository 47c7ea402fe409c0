// The socks that owe output, in the order they were touched (RFC 9293 MUST-59), linked through their intents: nothing is
// allocated for a packet that comes or goes.

import type { TcpSock } from './tcp-sock.ts'

export class DirtyList {
  private first: TcpSock | undefined = undefined
  private last: TcpSock | undefined = undefined

  get isEmpty(): boolean { return this.first === undefined }

  add(tcp: TcpSock): void {
    if (this.last === undefined) this.first = tcp
    else this.last.intents.nextDirty = tcp
    this.last = tcp
  }

  take(): TcpSock | undefined {
    const { first } = this
    if (first === undefined) return undefined
    this.first = first.intents.nextDirty
    if (this.first === undefined) this.last = undefined
    first.intents.nextDirty = undefined
    return first
  }
}
