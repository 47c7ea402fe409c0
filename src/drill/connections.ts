// Which connection is under test: one at a time, the last that a script listened for, connected, or was sent a SYN of.
// System calls and packets tell it what happens.

import type { IpAddress } from '../base/address/ip.ts'
import { ScriptError } from './refusal.ts'
import { Connection } from './packet/connection.ts'
import { TCP } from './packet/image.ts'
import type { SeenPacket } from './packet/seen.ts'
import type { Settings } from './settings.ts'

interface Endpoint { protocol: number, isStream: boolean, port: number, address: IpAddress, connection: Connection | undefined }

export class Connections {
  current: Connection | undefined = undefined
  private readonly settings: Settings
  private readonly sockets = new Map<number, Endpoint>()
  private readonly all: Connection[] = []
  private nextPort = 40001

  constructor(settings: Settings) { this.settings = settings }

  socketMade(fd: number, isStream: boolean, protocol: number): void {
    const { local } = this.settings
    const endpoint: Endpoint = { protocol, isStream, port: 0, address: local, connection: undefined }
    this.sockets.set(fd, endpoint)
    if (!isStream) this.adopt(endpoint, fd, new Connection('datagram', protocol, local, this.settings.remote, 0, this.settings.connectPort))
  }

  private adopt(endpoint: Endpoint, fd: number, connection: Connection): void {
    connection.fd = fd
    endpoint.connection = connection
    this.all.push(connection)
    this.current = connection
  }

  bound(fd: number, port: number, address: IpAddress | undefined): void {
    const endpoint = this.sockets.get(fd)
    if (endpoint === undefined) return
    endpoint.port = port
    if (address !== undefined && !address.isUnspecified) endpoint.address = address
    if (endpoint.connection?.role === 'datagram') endpoint.connection.localPort = port
  }

  listening(fd: number): void {
    const endpoint = this.sockets.get(fd)
    if (endpoint === undefined || endpoint.connection?.role === 'listening') return
    this.adopt(endpoint, fd, new Connection('listening', TCP, endpoint.address, this.settings.remote, endpoint.port, 0))
  }

  /** Before connect() or a sendto() with MSG_FASTOPEN: the SYN to come tells our port. */
  connecting(fd: number, remote: IpAddress, port: number, mayBeUnderWay = false): void {
    const endpoint = this.sockets.get(fd)
    if (endpoint === undefined) return
    const { connection } = endpoint
    if (connection?.role === 'datagram') {
      connection.remotePort = port
      return
    }
    if (connection?.role === 'connecting') {
      if (mayBeUnderWay) return
      connection.awaitsSyn = true
      this.current = connection
      return
    }
    this.adopt(endpoint, fd, new Connection('connecting', TCP, endpoint.address, remote, endpoint.port, port))
  }

  accepted(fd: number, peerPort: number): void {
    const connection = this.all.findLast(each => each.role === 'accepted' && each.remotePort === peerPort)
    this.sockets.set(fd, { protocol: TCP, isStream: true, port: connection?.localPort ?? 0, address: this.settings.local, connection })
    if (connection !== undefined) connection.fd = fd
  }

  closed(fd: number): void {
    const connection = this.sockets.get(fd)?.connection
    if (connection !== undefined) connection.fd = -1
    this.sockets.delete(fd)
  }

  /** Where an injected packet goes: to the connection under test; to a listener it opens a new one. */
  forInbound(ports: readonly [number, number] | undefined): Connection {
    if (ports !== undefined) {
      const known = this.all.findLast(each => each.role !== 'listening' && each.remotePort === ports[0] && each.localPort === ports[1])
      if (known !== undefined) {
        this.current = known
        return known
      }
    }
    const { current } = this
    if (current === undefined) throw new ScriptError('a packet arrives before there is a socket')
    if (current.role === 'datagram' && current.localPort === 0) throw new ScriptError('a datagram arrives before our port is known')
    if (current.awaitsSyn) throw new ScriptError('a packet arrives before our SYN was seen')
    const listener = current.role === 'listening' ? current : this.listenerFor(ports)
    if (listener === undefined) return current
    const connection = new Connection('accepted', TCP, listener.local, listener.remote, listener.localPort, ports?.[0] ?? this.nextPort)
    this.nextPort++
    this.all.push(connection)
    this.current = connection
    return connection
  }

  private listenerFor(ports: readonly [number, number] | undefined): Connection | undefined {
    return ports === undefined ? undefined : this.all.findLast(each => each.role === 'listening' && each.localPort === ports[1])
  }

  /** A SYN of an earlier connection, sent again, is not the one that the connection under test awaits. */
  private repeatsOther(seen: SeenPacket): boolean {
    if (this.current?.awaitsSyn !== true) return false
    return this.all.some(each => each !== this.current && each.role === 'connecting' && each.localKnown && each.localPort === seen.sourcePort
      && each.localIsn === seen.tcp?.seq)
  }

  /** Whether a packet from the stack is the connection under test's. */
  owns(seen: SeenPacket, ports: readonly [number, number] | undefined): boolean {
    if (ports !== undefined) {
      const named = this.all.findLast(each => each.role !== 'listening' && each.remotePort === ports[1] && each.localPort === ports[0])
      if (named !== undefined) this.current = named
    }
    return !this.repeatsOther(seen) && this.current?.claims(seen) === true
  }
}
