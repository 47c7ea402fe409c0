// Connections that are established and wait for accept, first come first served (row E3). Linux's rule: the queue is full
// when it holds more than the backlog, so backlog B lets B + 1 connections wait.

import type { TcpSock } from './tcp-sock.ts'

export class AcceptQueue {
  /** As given to listen, after somaxconn. */
  backlog: number
  private waiting: TcpSock[] = []

  constructor(backlog: number) { this.backlog = backlog }

  get length(): number { return this.waiting.length }
  get isFull(): boolean { return this.waiting.length > this.backlog }

  push(child: TcpSock): void { this.waiting.push(child) }

  /** The one that has waited longest. */
  shift(): TcpSock | undefined { return this.waiting.shift() }

  /** The listener is over: nobody will accept these. */
  takeAll(): TcpSock[] {
    const all = this.waiting
    this.waiting = []
    return all
  }
}
