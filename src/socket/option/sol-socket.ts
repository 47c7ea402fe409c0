// SOL_SOCKET, for every family (rows F7, behaviours 47 and 51; Linux: sk_setsockopt, sk_getsockopt).

import type { Errno } from '../../base/errno.ts'
import { errnoNumber } from '../../base/errno.ts'
import {
  AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, IPPROTO_TCP, IPPROTO_UDP, SO_ACCEPTCONN, SO_BINDTODEVICE, SO_BROADCAST, SO_BSDCOMPAT,
  SO_BUF_LOCK, SO_DEBUG, SO_DOMAIN, SO_DONTROUTE, SO_ERROR, SO_KEEPALIVE, SO_MARK, SO_NO_CHECK, SO_OOBINLINE, SO_PASSCRED, SO_PRIORITY,
  SO_PROTOCOL, SO_RCVBUF, SO_RCVBUFFORCE, SO_RCVLOWAT, SO_RCVMARK, SO_RCVPRIORITY, SO_REUSEADDR, SO_REUSEPORT, SO_RXQ_OVFL,
  SO_SELECT_ERR_QUEUE, SO_SNDBUF,
  SO_SNDBUFFORCE, SO_SNDLOWAT, SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW, SO_TIMESTAMP_NEW, SO_TYPE, SO_ZEROCOPY,
} from '../../base/posix.ts'
import { mayPrioritise } from '../../sock/inet-control.ts'
import type { Sock } from '../../sock/sock.ts'
import type { SockOptions } from '../../sock/sock-options.ts'
import type { Socket } from '../socket.ts'
import { SOL_SOCKET_STRUCTS } from './sol-socket-structs.ts'
import { flagRow, getFrom, intRow, optionTable, setIn } from './table.ts'
import type { OptionRow } from './table.ts'

const MIN_SNDBUF = 4608
const MIN_RCVBUF = 2304
/** SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK. */
const SEND_LOCKED = 1
const RECEIVE_LOCKED = 2
const INT_MAX = 2_147_483_647
type SwitchName = { [K in keyof SockOptions]: SockOptions[K] extends boolean ? K : never }[keyof SockOptions]

function store(socket: Socket, id: number, change: Partial<SockOptions>): 0 {
  socket.sock.setOptions(change)
  socket.ops.optionChanged?.(socket.sock, id)
  return 0
}

/** On and off, and nothing else to it. */
function plain(name: string, id: number, field: SwitchName): OptionRow<Socket> {
  return flagRow(name, id, socket => socket.sock.options[field], (socket, on) => store(socket, id, { [field]: on }))
}

/** Credentials travel on local sockets and netlink. */
function passesControl(sock: Sock): boolean { return sock.family === AF_UNIX || sock.family === AF_NETLINK }

function isInet(sock: Sock): boolean { return sock.family === AF_INET || sock.family === AF_INET6 }

function limit(socket: Socket, name: string): number { return socket.sock.namespace.sysctl.row(name).value }

/** Linux doubles what is asked for, to pay for its own bookkeeping; a negative wish counts as the largest. */
function setSendBuffer(socket: Socket, wanted: number, most: number): 0 {
  const bytes = Math.min(wanted >>> 0, most)
  socket.sock.sndbuf = Math.max(bytes * 2, MIN_SNDBUF)
  socket.sock.sndbufLocked = true
  socket.ops.optionChanged?.(socket.sock, SO_SNDBUF)
  return 0
}

function setReceiveBuffer(socket: Socket, wanted: number, most: number): 0 {
  const bytes = Math.min(wanted >>> 0, most)
  socket.sock.rcvbuf = Math.max(bytes * 2, MIN_RCVBUF)
  socket.sock.rcvbufLocked = true
  socket.ops.optionChanged?.(socket.sock, SO_RCVBUF)
  return 0
}

/** On TCP no more than half of what the buffer may become, which grows for it (Linux: tcp_set_rcvlowat). */
function setReceiveLowWater(socket: Socket, wanted: number): 0 {
  const { sock } = socket
  if (sock.protocol !== IPPROTO_TCP) return store(socket, SO_RCVLOWAT, { receiveLowWater: wanted })
  const largest = sock.rcvbufLocked ? sock.rcvbuf : sock.namespace.sysctl.row('net.ipv4.tcp_rmem').values[2]
  return store(socket, SO_RCVLOWAT, { receiveLowWater: Math.min(wanted, largest >> 1) })
}

function force(socket: Socket, value: number, set: (socket: Socket, wanted: number, most: number) => 0): 0 | Errno {
  return socket.sock.ownerUid === 0 ? set(socket, Math.max(value, 0), INT_MAX >> 1) : 'EPERM'
}

const BUFFERS: readonly OptionRow<Socket>[] = [
  intRow('SO_SNDBUF', SO_SNDBUF, ({ sock }) => sock.sndbuf, (socket, n) => setSendBuffer(socket, n, limit(socket, 'net.core.wmem_max'))),
  intRow('SO_RCVBUF', SO_RCVBUF, ({ sock }) => sock.rcvbuf, (socket, n) => setReceiveBuffer(socket, n, limit(socket, 'net.core.rmem_max'))),
  intRow('SO_SNDBUFFORCE', SO_SNDBUFFORCE, () => 'ENOPROTOOPT', (socket, n) => force(socket, n, setSendBuffer)),
  intRow('SO_RCVBUFFORCE', SO_RCVBUFFORCE, () => 'ENOPROTOOPT', (socket, n) => force(socket, n, setReceiveBuffer)),
  intRow('SO_RCVLOWAT', SO_RCVLOWAT, ({ sock }) => sock.options.receiveLowWater,
    (socket, n) => setReceiveLowWater(socket, n < 0 ? INT_MAX : Math.max(n, 1))),
  intRow('SO_BUF_LOCK', SO_BUF_LOCK, ({ sock }) => (sock.sndbufLocked ? SEND_LOCKED : 0) | (sock.rcvbufLocked ? RECEIVE_LOCKED : 0),
    ({ sock }, n) => {
      if ((n & ~(SEND_LOCKED | RECEIVE_LOCKED)) !== 0) return 'EINVAL'
      sock.sndbufLocked = (n & SEND_LOCKED) !== 0
      sock.rcvbufLocked = (n & RECEIVE_LOCKED) !== 0
      return 0
    }),
  intRow('SO_SNDLOWAT', SO_SNDLOWAT, () => 1),
]

function timestampRow(name: string, id: number, unit: 'us' | 'ns', timestampNew: boolean): OptionRow<Socket> {
  return flagRow(name, id, ({ sock }) => sock.options.timestamp === unit && sock.options.timestampNew === timestampNew,
    (socket, on) => store(socket, id, on ? { timestamp: unit, timestampNew } : { timestamp: 'off' }))
}

const IDENTITY: readonly OptionRow<Socket>[] = [
  intRow('SO_TYPE', SO_TYPE, ({ sock }) => sock.type),
  intRow('SO_PROTOCOL', SO_PROTOCOL, ({ sock }) => sock.protocol),
  intRow('SO_DOMAIN', SO_DOMAIN, ({ sock }) => sock.family),
  intRow('SO_ERROR', SO_ERROR, ({ sock }) => {
    const error = sock.takeError() ?? sock.takeSoftError()
    return error === undefined ? 0 : errnoNumber(error)
  }),
  intRow('SO_ACCEPTCONN', SO_ACCEPTCONN, ({ sock, ops }) => ops.isListening?.(sock) === true ? 1 : 0),
]

const SWITCHES: readonly OptionRow<Socket>[] = [
  flagRow('SO_DEBUG', SO_DEBUG, ({ sock }) => sock.options.debug,
    (socket, on) => on && socket.sock.ownerUid !== 0 ? 'EACCES' : store(socket, SO_DEBUG, { debug: on })),
  plain('SO_REUSEADDR', SO_REUSEADDR, 'reuseAddress'),
  flagRow('SO_REUSEPORT', SO_REUSEPORT, ({ sock }) => sock.options.reusePort,
    (socket, on) => on && !isInet(socket.sock) ? 'EOPNOTSUPP' : store(socket, SO_REUSEPORT, { reusePort: on })),
  plain('SO_DONTROUTE', SO_DONTROUTE, 'dontRoute'),
  plain('SO_BROADCAST', SO_BROADCAST, 'broadcast'),
  plain('SO_KEEPALIVE', SO_KEEPALIVE, 'keepAlive'),
  plain('SO_OOBINLINE', SO_OOBINLINE, 'oobInline'),
  plain('SO_NO_CHECK', SO_NO_CHECK, 'noCheck'),
  plain('SO_RXQ_OVFL', SO_RXQ_OVFL, 'receiveQueueOverflow'),
  plain('SO_RCVMARK', SO_RCVMARK, 'receiveMark'),
  plain('SO_RCVPRIORITY', SO_RCVPRIORITY, 'receivePriority'),
  plain('SO_SELECT_ERR_QUEUE', SO_SELECT_ERR_QUEUE, 'selectErrorQueue'),
  flagRow('SO_PASSCRED', SO_PASSCRED, ({ sock }) => sock.options.passCredentials,
    (socket, on) => passesControl(socket.sock) ? store(socket, SO_PASSCRED, { passCredentials: on }) : 'EOPNOTSUPP'),
  timestampRow('SO_TIMESTAMP', SO_TIMESTAMP, 'us', false),
  timestampRow('SO_TIMESTAMPNS', SO_TIMESTAMPNS, 'ns', false),
  timestampRow('SO_TIMESTAMP_NEW', SO_TIMESTAMP_NEW, 'us', true),
  timestampRow('SO_TIMESTAMPNS_NEW', SO_TIMESTAMPNS_NEW, 'ns', true),
  // Obsolete: taken and forgotten.
  flagRow('SO_BSDCOMPAT', SO_BSDCOMPAT, () => false, () => 0),
  intRow('SO_ZEROCOPY', SO_ZEROCOPY, ({ sock }) => sock.options.zeroCopy ? 1 : 0, (socket, n) => {
    if (socket.sock.protocol !== IPPROTO_TCP && socket.sock.protocol !== IPPROTO_UDP) return 'EOPNOTSUPP'
    return n < 0 || n > 1 ? 'EINVAL' : store(socket, SO_ZEROCOPY, { zeroCopy: n === 1 })
  }),
  intRow('SO_PRIORITY', SO_PRIORITY, ({ sock }) => sock.options.priority, (socket, n) =>
    !mayPrioritise(socket.sock, n) ? 'EPERM' : store(socket, SO_PRIORITY, { priority: n })),
  intRow('SO_MARK', SO_MARK, ({ sock }) => sock.options.mark,
    (socket, n) => socket.sock.ownerUid !== 0 ? 'EPERM' : store(socket, SO_MARK, { mark: n })),
]

const TABLE = optionTable<Socket>([...BUFFERS, ...IDENTITY, ...SWITCHES, ...SOL_SOCKET_STRUCTS])

export function setSocketOption(socket: Socket, id: number, value: Uint8Array): 0 | Errno {
  // Anything but a device's name is at least an int, even where no such option exists.
  if (value.length < 4 && id !== SO_BINDTODEVICE) return 'EINVAL'
  return setIn(TABLE, socket, id, value)
}

export function getSocketOption(socket: Socket, id: number, length: number): Uint8Array | Errno {
  if (length >= 0 && id === SO_PASSCRED && !passesControl(socket.sock)) return 'EOPNOTSUPP'
  return getFrom(TABLE, socket, id, length)
}
