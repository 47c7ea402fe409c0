// The connection under test and the two spaces its numbers live in. In a script a SYN's numbers are absolute, all others
// count from the initial sequence numbers; on the wire the peer's are used as written and ours are what the stack chose.

import type { IpAddress } from '../../base/address/ip.ts'
import type { TcpOptionText } from '../ast.ts'
import type { SeenPacket } from './seen.ts'

export type ConnectionRole = 'listening' | 'accepted' | 'connecting' | 'datagram'

export class Connection {
  readonly role: ConnectionRole
  /** IPPROTO_TCP, UDP or UDPLITE. */
  readonly protocol: number
  readonly local: IpAddress
  readonly remote: IpAddress
  /** 0 until known. */
  localPort: number
  remotePort: number
  /** The stack's descriptor, -1 while nobody holds one. */
  fd = -1
  /** The peer's initial sequence number: the same in both spaces. */
  remoteIsn = 0
  remoteKnown = false
  /** Ours: as written, and as on the wire. */
  scriptIsn = 0
  localIsn = 0
  localKnown = false
  /** The initial number of a SYN injected into what may be over: a SYN-ACK with a number of its own answers it. */
  renewedBy: number | undefined = undefined
  private wasReset = false
  /** A connect() that has not been seen on the wire yet. */
  awaitsSyn: boolean
  /** Timestamp values we sent: script's to wire's. */
  readonly timestamps = new Map<number, number>()
  firstScriptTimestamp = 0
  firstTimestamp = 0
  /** The one we sent last, looked at or not. */
  lastTimestamp: number | undefined = undefined

  constructor(role: ConnectionRole, protocol: number, local: IpAddress, remote: IpAddress, localPort: number, remotePort: number) {
    this.role = role
    this.protocol = protocol
    this.local = local
    this.remote = remote
    this.localPort = localPort
    this.remotePort = remotePort
    this.awaitsSyn = role === 'connecting'
  }

  /** Whether a packet leaving the stack belongs here; a connect()'s first SYN tells its port. */
  claims(seen: SeenPacket): boolean {
    if (seen.protocol !== this.protocol || !seen.destination.equals(this.remote)) return false
    if (this.awaitsSyn && (seen.destinationPort === this.remotePort || this.remotePort === 0) && isFreshSyn(seen)) {
      if (this.localKnown && seen.sourcePort === this.localPort && seen.tcp?.seq === this.localIsn) return true
      this.awaitsSyn = false
      this.localPort = seen.sourcePort
      this.remotePort = seen.destinationPort
      this.localKnown = false
      this.remoteKnown = false
      this.remoteIsn = 0
      return true
    }
    if (this.role === 'datagram') {
      if (this.localPort === 0) this.localPort = seen.sourcePort
      return seen.sourcePort === this.localPort && seen.destinationPort === this.remotePort
    }
    return seen.sourcePort === this.localPort && seen.destinationPort === this.remotePort && seen.source.equals(this.local)
  }

  learnLocal(script: number, live: number): void {
    this.scriptIsn = script
    this.localIsn = live
    this.localKnown = true
  }

  learnRemote(isn: number): void {
    this.remoteIsn = isn
    this.remoteKnown = true
  }

  /** A SYN of the peer's goes in: the first, the same again, or one that may open the connection anew. */
  synInjected(isn: number): void {
    if (!this.remoteKnown) this.learnRemote(isn)
    else this.renewedBy = isn !== this.remoteIsn || this.wasReset ? isn : undefined
  }

  resetInjected(): void { this.wasReset = true }

  /** A SYN of ours is expected and was seen. */
  synSeen(script: number, live: number, ack: number): void {
    const isRenewal = this.renewedBy !== undefined && live !== this.localIsn && ack === ((this.renewedBy + 1) >>> 0)
    if (isRenewal && this.renewedBy !== undefined) this.learnRemote(this.renewedBy)
    if (this.localKnown && !isRenewal) return
    this.renewedBy = undefined
    this.wasReset = false
    this.learnLocal(script, live)
  }

  private localOffset(absolute: boolean): number { return absolute ? this.localIsn - this.scriptIsn : this.localIsn }
  private remoteOffset(absolute: boolean): number { return absolute ? 0 : this.remoteIsn }

  /** Numbers of ours, from the script to the wire and back. `syn`: of a packet with SYN. */
  localToWire(value: number, syn: boolean, marked: boolean = false): number {
    return (value + (marked ? 0 : this.localOffset(syn))) >>> 0
  }

  localToScript(value: number, syn: boolean): number { return (value - this.localOffset(syn)) >>> 0 }
  /** Numbers of the peer's. */
  remoteToWire(value: number, syn: boolean, marked: boolean = false): number {
    return (value + (marked ? 0 : this.remoteOffset(syn))) >>> 0
  }

  remoteToScript(value: number, syn: boolean): number { return (value - this.remoteOffset(syn)) >>> 0 }

  /** SACK blocks of a packet: inbound ones name our bytes, outbound ones the peer's. */
  mapSack(options: readonly TcpOptionText[], map: (value: number) => number): TcpOptionText[] {
    return options.map(option => option.kind === 'sack'
      ? { kind: 'sack', blocks: option.blocks.map(([left, right]) => [map(left), map(right)] as const) }
      : option)
  }
}

function isFreshSyn(seen: SeenPacket): boolean {
  return seen.tcp !== undefined && (seen.tcp.flags & 0x12) === 0x02
}
