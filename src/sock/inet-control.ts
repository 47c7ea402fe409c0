// Ancillary data of Internet sockets (row F4): what a received packet tells (IP_PKTINFO, IP_RECVTTL, timestamps ...), and
// what a sender asks for one datagram (Linux: ip_cmsg_recv, ip_cmsg_send).

import { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import {
  AF_INET, AF_INET6, IPV6_HOPLIMIT, IPV6_RECVORIGDSTADDR, IPV6_PKTINFO, IPV6_TCLASS, IP_PKTINFO, IP_RECVOPTS, IP_RECVORIGDSTADDR, IP_TOS,
  IP_TTL, SOL_IP, SOL_IPV6, SOL_SOCKET, SO_RXQ_OVFL, SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW, SO_TIMESTAMP_NEW,
  SO_TIMESTAMPING_NEW, SO_MARK, IP_RETOPTS, SO_PRIORITY, SO_TIMESTAMPING, SCM_CREDENTIALS, SCM_RIGHTS, SCM_TIMESTAMPING,
  SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE,
} from '../base/posix.ts'
import type { Packet } from '../wire/packet.ts'
import type { ControlMessage } from './control-message.ts'
import type { InetSock } from './inet-sock.ts'
import { answerOptions, readOptions } from './ip-options.ts'
import { priorityOfTos } from './priority.ts'
import type { Sock } from './sock.ts'
import { packetDestination, packetHopLimit, packetTrafficClass, packetVersion } from './packet-addresses.ts'

/** Of SOL_SOCKET a sender may say these also, and they are read past. */
const NO_WISHES: readonly number[] = [SCM_RIGHTS, SCM_CREDENTIALS, SO_TIMESTAMPING]
/** Seven classes may be chosen freely. */
const MAX_UNPRIVILEGED_PRIORITY = 6

/** Linux: sk_set_prio_allowed. */
export function mayPrioritise(sock: Sock, priority: number): boolean {
  return sock.ownerUid === 0 || (priority >= 0 && priority <= MAX_UNPRIVILEGED_PRIORITY)
}

const IPV4_HEADER_BYTES = 20
const MOST_OPTION_BYTES = 40
const RECEIVE_STAMPS = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE

function ints(...values: readonly number[]): Uint8Array {
  const data = new DataView(new ArrayBuffer(4 * values.length))
  for (const [index, value] of values.entries()) data.setInt32(4 * index, value, true)
  return new Uint8Array(data.buffer)
}

function int64s(...values: readonly number[]): Uint8Array {
  return ints(...values.flatMap(value => [value % 4_294_967_296, Math.floor(value / 4_294_967_296)]))
}

/** When a packet came, as SO_TIMESTAMP, SO_TIMESTAMPNS or SO_TIMESTAMPING ask to be told. */
export function timeControl(sock: Sock, atUs: number): ControlMessage[] {
  const { timestamp, timestampNew, timestampingFlags } = sock.options
  const control: ControlMessage[] = []
  const second = Math.floor(atUs / 1_000_000)
  const micros = atUs % 1_000_000
  const [inMicros, inNanos] = timestampNew ? [SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW] : [SO_TIMESTAMP, SO_TIMESTAMPNS]
  if (timestamp === 'us') control.push({ level: SOL_SOCKET, type: inMicros, data: int64s(second, micros) })
  if (timestamp === 'ns') control.push({ level: SOL_SOCKET, type: inNanos, data: int64s(second, micros * 1000) })
  if ((timestampingFlags & RECEIVE_STAMPS) === RECEIVE_STAMPS) control.push(softwareTimestamp(atUs, timestampNew))
  return control
}

/** struct scm_timestamping: three timespecs, of which only the first, software's, is known. */
export function softwareTimestamp(atUs: number, isNew: boolean): ControlMessage {
  const data = int64s(Math.floor(atUs / 1_000_000), (atUs % 1_000_000) * 1000, 0, 0, 0, 0)
  return { level: SOL_SOCKET, type: isNew ? SO_TIMESTAMPING_NEW : SCM_TIMESTAMPING, data }
}

/** What every queueing socket reports: times, drops, and what the sender's mark and priority were. */
export function socketControl(sock: Sock, packet: Packet, drops: number): ControlMessage[] {
  const control = timeControl(sock, packet.receivedAt)
  if (sock.options.receiveQueueOverflow && drops > 0) control.push({ level: SOL_SOCKET, type: SO_RXQ_OVFL, data: ints(drops) })
  if (sock.options.receiveMark) control.push({ level: SOL_SOCKET, type: SO_MARK, data: ints(packet.routingMark) })
  if (sock.options.receivePriority) control.push({ level: SOL_SOCKET, type: SO_PRIORITY, data: ints(packet.priority) })
  return control
}

/** Does any option ask for ancillary data? Asked before anything is built. */
export function wantsControl(sock: InetSock): boolean {
  const { inet, options } = sock
  return inet.packetInfo || inet.receiveTtl || inet.receiveTos || inet.receiveOriginalDestination || inet.packetInfo6
    || inet.receiveHopLimit || inet.receiveOriginalDestination6 || inet.receiveIpOptions || inet.returnIpOptions
    || options.receiveMark || options.receivePriority
    || inet.receiveTrafficClass || options.timestamp !== 'off' || (options.timestampingFlags & RECEIVE_STAMPS) === RECEIVE_STAMPS
    || options.receiveQueueOverflow
}

export function receivedControl(sock: InetSock, packet: Packet, drops: number): ControlMessage[] {
  const control = socketControl(sock, packet, drops)
  const isVersion4 = packetVersion(packet) === 4
  if (isVersion4) addVersion4(control, sock, packet)
  if (sock.isInet6) addVersion6(control, sock, packet, isVersion4)
  return control
}

const NO_OPTIONS = new Uint8Array(0)

function receivedOptions({ networkAt, memory: { u8 } }: Packet): Uint8Array {
  return u8.slice(networkAt + IPV4_HEADER_BYTES, networkAt + 4 * (u8[networkAt] & 15))
}

function addVersion4(control: ControlMessage[], { inet, namespace }: InetSock, packet: Packet): void {
  const destination = packetDestination(packet)
  if (inet.packetInfo) {
    // in_pktinfo: interface, the address of ours a reply should carry, the header's destination.
    const isOurs = namespace.ip.addressKind(destination) === 'local'
    const data = ints(packet.deviceIndex, 0, 0)
    if (isOurs) destination.writeTo(data, 4)
    destination.writeTo(data, 8)
    control.push({ level: SOL_IP, type: IP_PKTINFO, data })
  }
  if (inet.receiveTtl) control.push({ level: SOL_IP, type: IP_TTL, data: ints(packetHopLimit(packet)) })
  if (inet.receiveTos) control.push({ level: SOL_IP, type: IP_TOS, data: Uint8Array.of(packetTrafficClass(packet)) })
  const options = inet.receiveIpOptions || inet.returnIpOptions ? receivedOptions(packet) : NO_OPTIONS
  if (options.length > 0) {
    if (inet.receiveIpOptions) control.push({ level: SOL_IP, type: IP_RECVOPTS, data: options })
    const source = packet.memory.u8.subarray(packet.networkAt + 12, packet.networkAt + 16)
    if (inet.returnIpOptions) control.push({ level: SOL_IP, type: IP_RETOPTS, data: answerOptions(options, source) })
  }
  if (inet.receiveOriginalDestination) {
    const data = new Uint8Array(16)
    data[0] = AF_INET
    data.set(packet.memory.u8.subarray(packet.transportAt + 2, packet.transportAt + 4), 2)
    destination.writeTo(data, 4)
    control.push({ level: SOL_IP, type: IP_RECVORIGDSTADDR, data })
  }
}

function addVersion6(control: ControlMessage[], { inet }: InetSock, packet: Packet, isVersion4: boolean): void {
  if (inet.packetInfo6) {
    const data = new Uint8Array(20)
    packetDestination(packet).write16(data, 0)
    data.set(ints(packet.deviceIndex), 16)
    control.push({ level: SOL_IPV6, type: IPV6_PKTINFO, data })
  }
  if (isVersion4) return
  if (inet.receiveOriginalDestination6) {
    const data = new Uint8Array(28)
    data[0] = AF_INET6
    data.set(packet.memory.u8.subarray(packet.transportAt + 2, packet.transportAt + 4), 2)
    packetDestination(packet).write16(data, 8)
    control.push({ level: SOL_IPV6, type: IPV6_RECVORIGDSTADDR, data })
  }
  if (inet.receiveHopLimit) control.push({ level: SOL_IPV6, type: IPV6_HOPLIMIT, data: ints(packetHopLimit(packet)) })
  if (inet.receiveTrafficClass) control.push({ level: SOL_IPV6, type: IPV6_TCLASS, data: ints(packetTrafficClass(packet)) })
}

/** What one datagram asks for beside its bytes; absent fields follow the socket. */
export interface SendWishes {
  source?: IpAddress
  deviceIndex?: number
  hopLimit?: number
  trafficClass?: number
  /** Of the IPv4 header. */
  options?: Uint8Array | undefined
  mark?: number
  priority?: number
  /** MSG_DONTROUTE. */
  isOnLinkOnly?: boolean
  /** UDP_SEGMENT. */
  segmentSize?: number
}

function int(data: Uint8Array): number {
  return data.length >= 4 ? data[0] | (data[1] << 8) | (data[2] << 16) | (data[3] << 24) : data.length > 0 ? data[0] : 0
}

/** EINVAL for what is malformed or unknown at these levels; other levels are for others. */
export function readSendControl(sock: Sock, control: readonly ControlMessage[], version: 4 | 6): SendWishes | Errno {
  const wishes: SendWishes = {}
  for (const message of control) {
    const { level, type, data } = message
    if (level === SOL_IP && version === 4) {
      if (type === IP_PKTINFO && data.length >= 12) setPacketInfo4(wishes, data)
      else if (type === IP_TTL && int(data) >= 1 && int(data) <= 255) wishes.hopLimit = int(data)
      else if (type === IP_TOS && int(data) >= 0 && int(data) <= 255) setTos(wishes, int(data))
      else if (type === IP_RETOPTS) wishes.options = readOptions(data.subarray(0, MOST_OPTION_BYTES))
      else return 'EINVAL'
      if (type === IP_RETOPTS && wishes.options === undefined && data.length > 0) return 'EINVAL'
    } else if (level === SOL_IPV6 && version === 6) {
      if (type === IPV6_PKTINFO && data.length >= 20) setPacketInfo6(wishes, data)
      else if (type === IPV6_HOPLIMIT && int(data) >= -1 && int(data) <= 255) wishes.hopLimit = int(data)
      else if (type === IPV6_TCLASS && int(data) >= -1 && int(data) <= 255) wishes.trafficClass = Math.max(0, int(data))
      else return 'EINVAL'
    } else if (level === SOL_SOCKET) {
      const refused = setSocketWish(wishes, sock, message)
      if (refused !== undefined) return refused
    }
  }
  return wishes
}

/** What a stream is told beside its bytes: EINVAL for what is unknown, EPERM for what its owner may not ask for. */
export function refusesSocketControl(sock: Sock, control: readonly ControlMessage[] | undefined): Errno | undefined {
  for (const message of control ?? []) {
    const refused = message.level === SOL_SOCKET ? setSocketWish({}, sock, message) : undefined
    if (refused !== undefined) return refused
  }
  return undefined
}

/** The kind of service chooses the class as well (Linux: rt_tos2priority). */
function setTos(wishes: SendWishes, tos: number): void {
  wishes.trafficClass = tos
  wishes.priority = priorityOfTos(tos)
}

function setSocketWish(wishes: SendWishes, sock: Sock, { type, data }: ControlMessage): Errno | undefined {
  if (type === SO_MARK || type === SO_PRIORITY) {
    if (type === SO_MARK && sock.ownerUid !== 0) return 'EPERM'
    if (data.length !== 4) return 'EINVAL'
    if (type === SO_PRIORITY && !mayPrioritise(sock, int(data))) return 'EPERM'
    if (type === SO_MARK) wishes.mark = int(data)
    else wishes.priority = int(data)
    return undefined
  }
  return NO_WISHES.includes(type) ? undefined : 'EINVAL'
}

function setPacketInfo4(wishes: SendWishes, data: Uint8Array): void {
  const source = IpAddress.fromBytes(data, 4, 4)
  if (!source.isUnspecified) wishes.source = source
  if (int(data) !== 0) wishes.deviceIndex = int(data)
}

function setPacketInfo6(wishes: SendWishes, data: Uint8Array): void {
  const source = IpAddress.fromBytes(data, 0, 6)
  if (!source.isUnspecified) wishes.source = source
  if (int(data.subarray(16)) !== 0) wishes.deviceIndex = int(data.subarray(16))
}
