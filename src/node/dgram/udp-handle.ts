// UDP as a handle of Node's dgram (libuv: uv_udp_t), over a descriptor of a host: bind, connect, send with completions,
// receiving one datagram a turn, multicast, buffer sizes.

import { IpAddress, parseIp, parseIpv4 } from '../../base/address/ip.ts'
import { errnoNumber } from '../../base/errno.ts'
import type { Errno } from '../../base/errno.ts'
import {
  AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP, IPV6_UNICAST_HOPS, IPV6_V6ONLY, IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP, IP_MULTICAST_IF, IP_MULTICAST_LOOP, IP_MULTICAST_TTL,
  IP_TTL, MSG_TRUNC, POLLERR, POLLIN,
  SOCK_CLOEXEC, SOCK_DGRAM,
  SOCK_NONBLOCK, SOL_SOCKET, SO_BROADCAST, SO_RCVBUF, SO_REUSEADDR, SO_SNDBUF,
} from '../../base/posix.ts'
import type { AddressHolder } from '../../kernel/syscalls.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import { FdHandle } from '../facade/fd-handle.ts'
import { fillAddress, toSocketAddress } from '../facade/node-address.ts'
import type { NodeAddress } from '../facade/node-address.ts'
import { uvNumber } from '../facade/node-errors.ts'
import type { NodeStack } from '../facade/node-stack.ts'

const UV_UDP_IPV6ONLY = 1
const UV_UDP_REUSEADDR = 4
const LARGEST_DATAGRAM = 65536
/** So that others have their turn. */
const MOST_READS = 32
/** Node's own switch: every datagram is queued first and sent in a later turn. */
const QUEUES_ALWAYS = process.execArgv.includes('--test-udp-no-try-send')

interface SendRequest { oncomplete?: (status: number, sent: number) => void }

interface QueuedSend { request: SendRequest, bytes: Uint8Array, address: SocketAddress | undefined }

type OnMessage = (status: number, handle: UdpHandle, bytes: Buffer | undefined, from: NodeAddress & { size?: number }) => void

/** What bufferSize tells of a failure. */
interface ErrorContext { errno?: number, code?: string, message?: string, syscall?: string }

export class UdpHandle extends FdHandle {
  readonly family: 4 | 6
  onmessage: OnMessage | undefined = undefined
  onerror: unknown = undefined
  lookup: unknown = undefined
  private receiving = false
  private queue: QueuedSend[] = []
  private connected = false

  constructor(stack: NodeStack, family: 4 | 6) {
    super(stack, 'UDPWRAP')
    this.family = family
  }

  private ensureSocket(): Errno | undefined {
    if (this.descriptor >= 0) return undefined
    const fd = this.sys.socket(this.family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (typeof fd === 'string') return fd
    this.adopt(fd)
    return undefined
  }

  /** libuv binds before it joins a group, whatever of: the socket is of the group's family, and others may share its port. */
  private ensureBound(family: 4 | 6): Errno | undefined {
    if (this.descriptor >= 0) return undefined
    const fd = this.sys.socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (typeof fd === 'string') return fd
    this.adopt(fd)
    this.setInt(SOL_SOCKET, SO_REUSEADDR, 1)
    const any = toSocketAddress(family === 4 ? '0.0.0.0' : '::', 0, family)
    const result = any === undefined ? 'EINVAL' : this.sys.bind(fd, any)
    return result === 0 ? undefined : result
  }

  bind(text: string, port: number, flags: number = 0): number {
    const address = toSocketAddress(text, port, this.family)
    if (address === undefined || (flags & UV_UDP_IPV6ONLY) !== 0 && this.family === 4) return uvNumber('EINVAL')
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    if ((flags & UV_UDP_REUSEADDR) !== 0) this.setInt(SOL_SOCKET, SO_REUSEADDR, 1)
    if ((flags & UV_UDP_IPV6ONLY) !== 0) this.setInt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    return this.status(this.sys.bind(this.descriptor, address))
  }

  connect(text: string, port: number): number {
    const address = toSocketAddress(text, port, this.family)
    if (address === undefined) return uvNumber('EINVAL')
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    const result = this.sys.connect(this.descriptor, address)
    this.connected = result === 0
    return this.status(result)
  }

  disconnect(): number {
    this.connected = false
    return this.status(this.sys.connect(this.descriptor, { family: 'AF_UNSPEC' }))
  }

  getsockname(out: NodeAddress): number {
    return this.descriptor < 0 ? uvNumber('EBADF') : fillAddress(this.sys.getsockname(this.descriptor), out)
  }

  getpeername(out: NodeAddress): number {
    return this.descriptor < 0 ? uvNumber('EBADF') : fillAddress(this.sys.getpeername(this.descriptor), out)
  }

  /** (request, chunks, count, port, address, wantsCallback), or without port and address when connected. */
  send(request: SendRequest, chunks: readonly ArrayBufferView[], _count: number, portOrCallback: number | boolean, text?: string): number {
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    let address: SocketAddress | undefined
    if (typeof portOrCallback === 'number') {
      address = toSocketAddress(text ?? '', portOrCallback, this.family)
      if (address === undefined) return uvNumber('EINVAL')
    }
    // libuv's own answers, before the kernel is asked.
    if (address !== undefined && this.connected) return uvNumber('EISCONN')
    if (address === undefined && !this.connected) return uvNumber('EDESTADDRREQ')
    const bytes = chunks.length === 1 ? bytesOf(chunks[0]) : Buffer.concat(chunks.map(bytesOf))
    if (this.queue.length === 0 && !QUEUES_ALWAYS) {
      const sent = this.sys.sendto(this.descriptor, bytes, 0, bytes.length, 0, address)
      this.arrive()
      // More than zero means done, by one so that an empty datagram counts.
      if (typeof sent === 'number') return sent + 1
      if (sent !== 'EAGAIN') return uvNumber(sent)
    }
    this.queue.push({ request, bytes: Uint8Array.from(bytes), address })
    this.updateActive()
    if (QUEUES_ALWAYS) this.schedule()
    return 0
  }

  recvStart(): number {
    if (this.descriptor < 0) return uvNumber('EBADF')
    this.receiving = true
    this.updateActive()
    this.schedule()
    return 0
  }

  recvStop(): number {
    this.receiving = false
    this.updateActive()
    return 0
  }

  protected process(): void {
    for (let count = 0; count < MOST_READS && this.receiving && !this.closing; count++) {
      if ((this.readiness() & (POLLIN | POLLERR)) === 0 || !this.receiveOne()) break
    }
    if (this.closing) return
    this.flush()
    if (this.receiving && (this.readiness() & (POLLIN | POLLERR)) !== 0) this.schedule()
  }

  /** Was anybody told of anything? An error is the last thing in a turn. */
  private receiveOne(): boolean {
    const from: AddressHolder = { address: undefined }
    const buffer = Buffer.allocUnsafeSlow(LARGEST_DATAGRAM)
    const count = this.sys.recvfrom(this.descriptor, buffer, 0, buffer.length, MSG_TRUNC, from)
    if (count === 'EAGAIN') return false
    if (typeof count === 'string') {
      // Linux reports a refused datagram to connected sockets only; libuv hands it on as an error.
      this.tell(() => { this.onmessage?.(uvNumber(count), this, undefined, {}) })
      return false
    }
    const rinfo: NodeAddress & { size?: number } = {}
    if (from.address !== undefined) fillAddress(from.address, rinfo)
    const bytes = Buffer.from(buffer.subarray(0, count))
    this.tell(() => { this.onmessage?.(count, this, bytes, { address: rinfo.address, family: rinfo.family, port: rinfo.port }) })
    return true
  }

  private flush(): void {
    while (this.queue.length > 0) {
      const { request, bytes, address } = this.queue[0]
      const sent = this.sys.sendto(this.descriptor, bytes, 0, bytes.length, 0, address)
      this.arrive()
      if (sent === 'EAGAIN') return
      this.queue.shift()
      this.updateActive()
      this.feed(() => { request.oncomplete?.(typeof sent === 'number' ? 0 : uvNumber(sent), typeof sent === 'number' ? sent : 0) })
    }
  }

  protected override afterClose(): void {
    const queue = this.queue
    this.queue = []
    for (const { request } of queue) request.oncomplete?.(uvNumber('ECANCELED'), 0)
  }

  private updateActive(): void { this.setActive(!this.closing && (this.receiving || this.queue.length > 0)) }

  getSendQueueSize(): number { return this.queue.reduce((sum, each) => sum + each.bytes.length, 0) }
  getSendQueueCount(): number { return this.queue.length }

  /** Reads or sets a buffer's size; undefined on failure, with `context` filled. */
  bufferSize(size: number, isReceive: boolean | number, context: ErrorContext): number | undefined {
    const name = isReceive === true || isReceive === 1 ? SO_RCVBUF : SO_SNDBUF
    const syscall = name === SO_RCVBUF ? 'uv_recv_buffer_size' : 'uv_send_buffer_size'
    let failed: Errno | undefined = this.descriptor < 0 ? 'EBADF' : undefined
    if (failed === undefined && size > 0x7fffffff) failed = 'EINVAL'
    if (failed === undefined && size > 0) {
      const result = this.sys.setsockopt(this.descriptor, SOL_SOCKET, name, size)
      if (result !== 0) failed = result
    }
    const value = failed === undefined ? this.sys.getsockopt(this.descriptor, SOL_SOCKET, name) : failed
    if (typeof value !== 'string') return new DataView(value.buffer, value.byteOffset).getInt32(0, true)
    const texts: Partial<Record<Errno, string>> = { EBADF: 'bad file descriptor', EINVAL: 'invalid argument' }
    Object.assign(context, { errno: -errnoNumber(value), code: value, message: texts[value] ?? value, syscall })
    return undefined
  }

  // --- options

  setBroadcast(on: number): number { return this.option(SOL_SOCKET, SO_BROADCAST, on) }

  setTTL(ttl: number): number {
    if (!(ttl >= 1 && ttl <= 255)) return uvNumber('EINVAL')
    return this.family === 4 ? this.option(IPPROTO_IP, IP_TTL, ttl) : this.option(IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl)
  }

  setMulticastTTL(ttl: number): number {
    if (!(ttl >= 0 && ttl <= 255)) return uvNumber('EINVAL')
    return this.family === 4 ? this.option(IPPROTO_IP, IP_MULTICAST_TTL, ttl) : this.option(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl)
  }

  setMulticastLoopback(on: number): number {
    return this.family === 4 ? this.option(IPPROTO_IP, IP_MULTICAST_LOOP, on) : this.option(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on)
  }

  setMulticastInterface(text: string): number {
    const [bare, zone] = text.split('%')
    const address = parseIp(bare)
    if (address === undefined) return uvNumber('EINVAL')
    if (this.descriptor < 0) return uvNumber('EBADF')
    // The address chooses the option, whatever the socket is: the kernel says what it thinks of it.
    if (!bare.includes(':')) return this.bytesOption(IPPROTO_IP, IP_MULTICAST_IF, addressBytes(address))
    return this.family === 6 ? this.option(IPPROTO_IPV6, IPV6_MULTICAST_IF, this.interfaceIndex(zone)) : uvNumber('ENOPROTOOPT')
  }

  addMembership(group: string, interfaceAddress?: string): number { return this.membership(group, interfaceAddress, true) }
  dropMembership(group: string, interfaceAddress?: string): number { return this.membership(group, interfaceAddress, false) }

  private membership(groupText: string, interfaceText: string | undefined, joins: boolean): number {
    const group = parseIp(String(groupText))
    if (group === undefined) return uvNumber('EINVAL')
    const failed = this.ensureBound(group.family)
    if (failed !== undefined) return uvNumber(failed)
    if (group.family === 4) {
      const local = interfaceText === undefined ? IpAddress.ANY4 : parseIpv4(String(interfaceText))
      if (local === undefined) return uvNumber('EINVAL')
      const request = Buffer.concat([addressBytes(group), addressBytes(local)])
      return this.bytesOption(IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request)
    }
    const [bare, zone] = String(interfaceText ?? '::').split('%')
    if (!bare.includes(':') || parseIp(bare) === undefined) return uvNumber('EINVAL')
    const request = Buffer.alloc(20)
    group.write16(request, 0)
    request.writeInt32LE(this.interfaceIndex(zone), 16)
    return this.bytesOption(IPPROTO_IPV6, joins ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, request)
  }

  addSourceSpecificMembership(source: string, group: string, local?: string): number {
    return this.sourceMembership(source, group, local, IP_ADD_SOURCE_MEMBERSHIP)
  }

  dropSourceSpecificMembership(source: string, group: string, local?: string): number {
    return this.sourceMembership(source, group, local, IP_DROP_SOURCE_MEMBERSHIP)
  }

  private sourceMembership(sourceText: string, groupText: string, localText: string | undefined, name: number): number {
    const [anySource, anyGroup] = [sourceText, groupText].map(each => parseIp(String(each)))
    if (anySource === undefined || anyGroup === undefined) return uvNumber('EINVAL')
    const failed = this.ensureBound(anyGroup.family)
    if (failed !== undefined) return uvNumber(failed)
    if (anyGroup.family === 6) return uvNumber('ENOPROTOOPT')
    const source = parseIpv4(sourceText)
    const group = parseIpv4(groupText)
    const local = localText === undefined ? IpAddress.ANY4 : parseIpv4(localText)
    if (source === undefined || group === undefined || local === undefined) return uvNumber('EINVAL')
    return this.bytesOption(IPPROTO_IP, name, Buffer.concat([addressBytes(group), addressBytes(local), addressBytes(source)]))
  }

  private interfaceIndex(zone: string | undefined): number {
    if (zone === undefined) return 0
    return this.stack.process.state.kernel.namespace.deviceNamed(zone)?.index ?? (Number(zone) || 0)
  }

  private option(level: number, name: number, value: number): number { return this.status(this.setInt(level, name, value)) }

  private bytesOption(level: number, name: number, value: Uint8Array): number {
    return this.status(this.sys.setsockopt(this.descriptor, level, name, value))
  }

  private status(result: 0 | Errno): number { return result === 0 ? 0 : uvNumber(result) }
}

// What programs that look at handles know it as.
Object.defineProperty(UdpHandle, 'name', { value: 'UDP' })

/** Programs may send any view of a buffer. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function addressBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(4)
  address.writeTo(bytes, 0)
  return bytes
}
