// Who holds which local port of one transport (Linux: inet_hashinfo's bind hash, udp_table): bind with the rules of
// SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY and wildcards, the automatic choice for bind to 0 and for connect, and the claims
// of accepted connections and TIME-WAIT.

import type { IpAddress } from '../base/address/ip.ts'
import { assert } from '../base/assert.ts'
import type { Errno } from '../base/errno.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import { EphemeralPorts } from './ephemeral-port.ts'
import type { InetSock } from './inet-sock.ts'
import { PortClaims } from './port-claims.ts'
import { PortHold, datagramConflict, streamConflict } from './port-hold.ts'

export class BindTable {
  readonly ephemeral: EphemeralPorts
  private readonly kind: 'stream' | 'datagram'
  private readonly claims = new PortClaims()

  constructor(namespace: NetNamespace, kind: 'stream' | 'datagram') {
    this.ephemeral = new EphemeralPorts(namespace)
    this.kind = kind
  }

  /**
   * Claims `port` (0: the stack chooses) at `address`; sets the sock's bound address, local port and claim. EADDRINUSE;
   * EACCES for a privileged port. Address checks are inet-bind.ts's.
   */
  bind(sock: InetSock, address: IpAddress, port: number): Errno | undefined {
    assert(sock.portHold === undefined, 'a bound socket is bound again')
    if (port === 0) {
      const chosen = this.ephemeral.choose(sock.inet, each => !this.conflicts(sock, address, each, true))
      if (chosen === undefined) return 'EADDRINUSE'
      this.take(sock, address, chosen, false)
      return undefined
    }
    if (this.ephemeral.needsPrivilege(port) && sock.ownerUid !== 0) return 'EACCES'
    if (this.conflicts(sock, address, port, false)) return 'EADDRINUSE'
    this.take(sock, address, port, false)
    return undefined
  }

  /** A bound socket starts to listen: EADDRINUSE when another listener is in its way (behaviour 44). */
  listen(sock: InetSock): Errno | undefined {
    const hold = sock.portHold
    assert(hold !== undefined, 'an unbound socket listens')
    if (this.conflicts(sock, hold.address, hold.port, false)) return 'EADDRINUSE'
    hold.listening = true
    return undefined
  }

  unlisten(sock: InetSock): void {
    if (sock.portHold !== undefined) sock.portHold.listening = false
  }

  /**
   * Chooses a port for connect (RFC 6056). A port that other connections chose so may be shared as long as `isFree` finds
   * the four-tuple unused; one that somebody bound may not (row A4). EADDRNOTAVAIL when all are taken.
   */
  chooseForConnect(sock: InetSock, isFree: (port: number) => boolean): Errno | undefined {
    const { source, destination } = sock.flow
    const chosen = this.ephemeral.chooseFor(sock.inet, source, destination, sock.remotePort, port => {
      const latest = this.claims.latest(port)
      for (let each = latest; each !== undefined; each = this.claims.before(each)) if (!each.fromConnect) return false
      return latest === undefined || isFree(port)
    })
    if (chosen === undefined) return 'EADDRNOTAVAIL'
    this.take(sock, source, chosen, true)
    return undefined
  }

  /** The connection's local address became known (connect on a socket bound to the wildcard), or unknown again. */
  setAddress(sock: InetSock, address: IpAddress): void {
    if (sock.portHold?.sock === sock) sock.portHold.address = address
  }

  /** An accepted connection shares its listener's port. The child's addresses and options are set already. */
  inherit(child: InetSock, parent: InetSock): void {
    child.localPort = parent.localPort
    child.portHold = this.joinShared(child, child.flow.source, false, parent.portHold?.fromConnect ?? false)
  }

  /** The sock goes, its port stays claimed for TIME-WAIT: give the answer to `release` when that is over. */
  transferToTimeWait(sock: InetSock): PortHold {
    const hold = this.joinShared(sock, sock.flow.source, true, sock.portHold?.fromConnect ?? false)
    this.unbind(sock)
    return hold
  }

  /** Gives the sock's claim back; its localPort becomes 0. */
  unbind(sock: InetSock): void {
    const hold = sock.portHold
    sock.portHold = undefined
    sock.localPort = 0
    if (hold !== undefined) this.release(hold)
  }

  release(hold: PortHold): void {
    hold.count--
    if (hold.count > 0) return
    assert(this.claims.remove(hold), 'a port was given back twice')
  }

  /** Claims on ports, those of TIME-WAIT records included: for tools. */
  get holdCount(): number { return this.claims.size }

  /** Sockets that bound or connected by themselves, the latest first; accepted ones are not among them. */
  socksAt(port: number): InetSock[] {
    const socks: InetSock[] = []
    for (let each = this.claims.latest(port); each !== undefined; each = this.claims.before(each)) {
      if (each.sock !== undefined) socks.push(each.sock)
    }
    return socks
  }

  private conflicts(sock: InetSock, address: IpAddress, port: number, exclusive: boolean): boolean {
    const conflict = this.kind === 'stream' ? streamConflict : datagramConflict
    for (let each = this.claims.latest(port); each !== undefined; each = this.claims.before(each)) {
      if (conflict(sock, address, each, exclusive)) return true
    }
    return false
  }

  private take(sock: InetSock, address: IpAddress, port: number, fromConnect: boolean): void {
    if (!fromConnect) sock.boundAddress = address
    sock.localPort = port
    sock.portHold = this.add(new PortHold(sock, port, address, false, false, fromConnect))
  }

  private joinShared(sock: InetSock, address: IpAddress, timeWait: boolean, fromConnect: boolean): PortHold {
    let known = this.claims.latest(sock.localPort)
    while (known?.matches(sock, address, timeWait, fromConnect) === false) known = this.claims.before(known)
    if (known === undefined) return this.add(new PortHold(sock, sock.localPort, address, true, timeWait, fromConnect))
    known.count++
    return known
  }

  private add(hold: PortHold): PortHold {
    this.claims.add(hold)
    return hold
  }
}
