// The SOL_SOCKET options whose values are structures, names or 64-bit numbers.

import type { Errno } from '../../base/errno.ts'
import {
  SO_ATTACH_FILTER, SO_BINDTODEVICE, SO_BINDTOIFINDEX, SO_COOKIE, SO_DETACH_FILTER, SO_LINGER, SO_LOCK_FILTER, SO_MAX_PACING_RATE,
  SO_MEMINFO, SO_PEEK_OFF, SO_PEERCRED, SO_PEERNAME, SO_RCVTIMEO, SO_RCVTIMEO_NEW, SO_SNDTIMEO, SO_SNDTIMEO_NEW, SO_TIMESTAMPING,
  SO_TIMESTAMPING_NEW, SOCK_STREAM, SOF_TIMESTAMPING_BIND_PHC, SOF_TIMESTAMPING_LAST, SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_ID_TCP, SOF_TIMESTAMPING_OPT_STATS, SOF_TIMESTAMPING_OPT_TSONLY,
} from '../../base/posix.ts'
import { InetSock } from '../../sock/inet-sock.ts'
import { encodeSockaddr } from '../../sock/sockaddr-codec.ts'
import type { Sock } from '../../sock/sock.ts'
import { nameBytes, nameText } from '../../sock/name-text.ts'
import { attachFilter } from '../../sock/socket-filter.ts'
import type { Socket } from '../socket.ts'
import { flagRow, intRow, intValue, structBytes } from './table.ts'
import type { OptionRow } from './table.ts'

const IFNAMSIZ = 16
/** MAX_SCHEDULE_TIMEOUT in seconds: longer means for ever. */
const LONGEST_TIMEOUT_S = 2 ** 43
/** What SO_RCVTIMEO with negative seconds stores: the call gives up at once. */
const AT_ONCE_US = -1

function int64(value: Uint8Array, at: number): number {
  return (intValue(value.subarray(at, at + 4)) >>> 0) + intValue(value.subarray(at + 4, at + 8)) * 4_294_967_296
}

function int64Bytes(values: readonly number[]): Uint8Array {
  return structBytes(values.flatMap(value => [value % 4_294_967_296, Math.floor(value / 4_294_967_296)]))
}

function timeoutRow(name: string, id: number, field: 'receiveTimeoutUs' | 'sendTimeoutUs'): OptionRow<Socket> {
  return {
    name, id,
    get: ({ sock }) => {
      const us = Math.max(0, sock.options[field])
      return int64Bytes([Math.floor(us / 1_000_000), us % 1_000_000])
    },
    set: (socket, value): 0 | Errno => {
      if (value.length < 16) return 'EINVAL'
      const seconds = int64(value, 0)
      const micros = int64(value, 8)
      if (micros < 0 || micros >= 1_000_000) return 'EDOM'
      const us = seconds < 0 ? AT_ONCE_US : seconds >= LONGEST_TIMEOUT_S ? 0 : seconds * 1_000_000 + micros
      socket.sock.setOptions({ [field]: us })
      return 0
    },
  }
}

/** Two ints: on, seconds. */
const LINGER: OptionRow<Socket> = {
  name: 'SO_LINGER', id: SO_LINGER,
  get: ({ sock }) => structBytes([sock.lingerOn ? 1 : 0, sock.lingerSeconds]),
  set: (socket, value) => {
    if (value.length < 8) return 'EINVAL'
    const { sock } = socket
    sock.lingerOn = intValue(value) !== 0
    if (sock.lingerOn) sock.lingerSeconds = intValue(value, 4) >>> 0
    socket.ops.optionChanged?.(socket.sock, SO_LINGER)
    return 0
  },
}

function boundDevice(sock: Sock): number { return sock instanceof InetSock ? sock.flow.deviceIndex : sock.options.deviceIndex }

function bindToDevice(sock: Sock, index: number): 0 | Errno {
  // Whoever is bound may not free itself without privilege.
  if (boundDevice(sock) !== 0 && sock.ownerUid !== 0) return 'EPERM'
  if (!(sock instanceof InetSock)) {
    // Families without routes remember it and go on as before.
    sock.setOptions({ deviceIndex: index })
    return 0
  }
  sock.flow.deviceIndex = index
  sock.flow.route = undefined
  return 0
}

const BIND_TO_DEVICE: OptionRow<Socket> = {
  name: 'SO_BINDTODEVICE', id: SO_BINDTODEVICE,
  get: ({ sock }, length) => {
    const index = boundDevice(sock)
    if (index === 0) return new Uint8Array(0)
    if (length < IFNAMSIZ) return 'EINVAL'
    const device = sock.namespace.device(index)
    return device === undefined ? 'ENODEV' : nameBytes(`${device.name}\0`)
  },
  set: ({ sock }, value) => {
    const given = value.subarray(0, IFNAMSIZ - 1)
    const nul = given.indexOf(0)
    const name = nameText(given, 0, nul < 0 ? given.length : nul)
    const device = name === '' ? undefined : sock.namespace.deviceNamed(name)
    if (name !== '' && device === undefined) return 'ENODEV'
    return bindToDevice(sock, device?.index ?? 0)
  },
}

/** The same by the number of the device. */
const BIND_TO_INDEX = intRow<Socket>('SO_BINDTOIFINDEX', SO_BINDTOIFINDEX, ({ sock }) => boundDevice(sock), ({ sock }, n) => {
  // Whether there is such a device turns out when something is sent.
  return n < 0 ? 'EINVAL' : bindToDevice(sock, n)
})

const PACING: OptionRow<Socket> = {
  name: 'SO_MAX_PACING_RATE', id: SO_MAX_PACING_RATE,
  get: ({ sock }, length) => {
    const rate = sock.options.maxPacingRate
    if (length < 8) return structBytes([Math.min(rate, 4_294_967_295)])
    return Number.isFinite(rate) ? int64Bytes([rate]) : structBytes([-1, -1])
  },
  set: (socket, value) => {
    if (value.length < 4) return 'EINVAL'
    const rate = value.length >= 8 ? int64(value, 0) : intValue(value) >>> 0
    const isUnlimited = value.length >= 8 ? rate < 0 : rate === 4_294_967_295
    socket.sock.setOptions({ maxPacingRate: isUnlimited ? Infinity : rate })
    socket.ops.optionChanged?.(socket.sock, SO_MAX_PACING_RATE)
    return 0
  },
}

const PEER_NAME: OptionRow<Socket> = {
  name: 'SO_PEERNAME', id: SO_PEERNAME,
  get: ({ sock, ops }, length) => {
    const address = ops.remoteAddress(sock)
    if (typeof address === 'string') return 'ENOTCONN'
    const bytes = encodeSockaddr(address)
    return bytes.length < length ? 'EINVAL' : bytes
  },
}

/**
 * The value is the array of struct sock_filter itself, since there is no pointer to it; what is read back is the same. A
 * program that may not run is EINVAL.
 */
const FILTER: OptionRow<Socket> = {
  name: 'SO_ATTACH_FILTER', id: SO_ATTACH_FILTER,
  get: ({ sock }, length) => {
    const bytes = sock.options.filter?.encode() ?? new Uint8Array(0)
    return length !== 0 && bytes.length > length ? 'EINVAL' : bytes
  },
  set: ({ sock }, value) => attachFilter(sock, value),
}

const FILTER_ROWS: readonly OptionRow<Socket>[] = [
  FILTER,
  intRow('SO_DETACH_FILTER', SO_DETACH_FILTER, () => 'ENOPROTOOPT', ({ sock }) => {
    if (sock.options.filterLocked) return 'EPERM'
    if (sock.options.filter === undefined) return 'ENOENT'
    sock.setOptions({ filter: undefined })
    return 0
  }),
  flagRow('SO_LOCK_FILTER', SO_LOCK_FILTER, ({ sock }) => sock.options.filterLocked, ({ sock }, on) => {
    if (sock.options.filterLocked && !on) return 'EPERM'
    sock.setOptions({ filterLocked: on })
    return 0
  }),
]

/** struct so_timestamping: flags, and the PHC to bind to, of which there is none. */
const TIMESTAMPING: OptionRow<Socket> = {
  name: 'SO_TIMESTAMPING', id: SO_TIMESTAMPING,
  get: ({ sock }) => structBytes([sock.options.timestampingFlags, 0]),
  set: (socket, value) => setTimestamping(socket, value, false),
}

const TIMESTAMPING_NEW: OptionRow<Socket> = {
  name: 'SO_TIMESTAMPING_NEW', id: SO_TIMESTAMPING_NEW,
  get: ({ sock }) => structBytes([sock.options.timestampNew ? sock.options.timestampingFlags : 0, 0]),
  set: (socket, value) => setTimestamping(socket, value, true),
}

function setTimestamping(socket: Socket, value: Uint8Array, timestampNew: boolean): 0 | Errno {
  if (value.length < 4) return 'EINVAL'
  const flags = intValue(value)
  const wrong = timestampingFault(socket, flags)
  if (wrong !== undefined) return wrong
  socket.sock.setOptions({ timestampingFlags: flags, timestampNew })
  socket.ops.optionChanged?.(socket.sock, SO_TIMESTAMPING)
  return 0
}

function timestampingFault({ sock, ops }: Socket, flags: number): Errno | undefined {
  if (flags < 0 || flags >= 2 * SOF_TIMESTAMPING_LAST) return 'EINVAL'
  if ((flags & SOF_TIMESTAMPING_OPT_ID_TCP) !== 0 && (flags & SOF_TIMESTAMPING_OPT_ID) === 0) return 'EINVAL'
  const numbersNow = (flags & ~sock.options.timestampingFlags & SOF_TIMESTAMPING_OPT_ID) !== 0
  // Bytes of a stream are numbered from here: there must be one.
  const isTcp = sock instanceof InetSock && sock.type === SOCK_STREAM
  if (numbersNow && isTcp && typeof ops.remoteAddress(sock) === 'string') return 'EINVAL'
  if ((flags & SOF_TIMESTAMPING_OPT_STATS) !== 0 && (flags & SOF_TIMESTAMPING_OPT_TSONLY) === 0) return 'EINVAL'
  // Time by a network card's clock, and no card here has one.
  if ((flags & SOF_TIMESTAMPING_BIND_PHC) !== 0) return boundDevice(sock) === 0 ? 'EOPNOTSUPP' : 'EINVAL'
  return undefined
}

export const SOL_SOCKET_STRUCTS: readonly OptionRow<Socket>[] = [
  ...FILTER_ROWS,
  timeoutRow('SO_RCVTIMEO', SO_RCVTIMEO, 'receiveTimeoutUs'),
  timeoutRow('SO_SNDTIMEO', SO_SNDTIMEO, 'sendTimeoutUs'),
  // On 64-bit machines the same: seconds were long enough already.
  timeoutRow('SO_RCVTIMEO_NEW', SO_RCVTIMEO_NEW, 'receiveTimeoutUs'),
  timeoutRow('SO_SNDTIMEO_NEW', SO_SNDTIMEO_NEW, 'sendTimeoutUs'),
  LINGER, BIND_TO_DEVICE, BIND_TO_INDEX, PACING, PEER_NAME, TIMESTAMPING, TIMESTAMPING_NEW,
  { name: 'SO_PEERCRED', id: SO_PEERCRED, get: ({ sock, ops }) => structBytes(ops.peerCredentials?.(sock) ?? [0, -1, -1]) },
  { name: 'SO_COOKIE', id: SO_COOKIE, get: ({ sock }, length) => length < 8 ? 'EINVAL' : int64Bytes([sock.id]) },
  {
    name: 'SO_MEMINFO', id: SO_MEMINFO,
    get: ({ sock, ops }) => structBytes([ops.queuedBytes?.(sock)?.receive ?? 0, sock.rcvbuf, ops.queuedBytes?.(sock)?.send ?? 0,
      sock.sndbuf, 0, 0, 0, 0, 0]),
  },
  intRow('SO_PEEK_OFF', SO_PEEK_OFF, ({ sock, ops }) => ops.hasPeekOffset?.(sock) === true ? sock.options.peekOffset : 'EOPNOTSUPP', (socket, n) => {
    if (socket.ops.hasPeekOffset?.(socket.sock) !== true) return 'EOPNOTSUPP'
    socket.sock.setOptions({ peekOffset: n })
    return 0
  }),
]
