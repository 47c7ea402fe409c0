// Routing sockets behind the socket interface (row I4).

import type { Errno } from '../base/errno.ts'
import { FIONREAD, MSG_OOB, MSG_PEEK, MSG_TRUNC, SIOCOUTQ, SOL_NETLINK } from '../base/posix.ts'
import { LAST_GROUP } from '../netlink/message.ts'
import type { NetlinkProtocol } from '../netlink/netlink-protocol.ts'
import type { NetlinkSock } from '../netlink/netlink-sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { flagRow, getFrom, intRow, optionTable, setIn, structBytes } from './option/table.ts'
import type { OptionRow } from './option/table.ts'
import type { ProtocolOps, ReceiveResult, SocketFamily } from './protocol-ops.ts'

type Switch = 'tellsGroup' | 'ignoresOverflow' | 'capsErrors' | 'extendedErrors' | 'strictChecks'

function switchRow(name: string, id: number, field: Switch): OptionRow<NetlinkSock> {
  return flagRow(name, id, sock => sock[field], (sock, on) => {
    sock[field] = on
    return 0
  })
}

function membershipRow(name: string, id: number, change: (sock: NetlinkSock, group: number) => unknown): OptionRow<NetlinkSock> {
  return intRow(name, id, () => 'ENOPROTOOPT', (sock, group) => {
    if (group < 1 || group > LAST_GROUP) return 'EINVAL'
    change(sock, group)
    return 0
  })
}

/** SOL_NETLINK. */
const OPTIONS = optionTable<NetlinkSock>([
  membershipRow('NETLINK_ADD_MEMBERSHIP', 1, (sock, group) => sock.groups.add(group)),
  membershipRow('NETLINK_DROP_MEMBERSHIP', 2, (sock, group) => sock.groups.delete(group)),
  switchRow('NETLINK_PKTINFO', 3, 'tellsGroup'),
  switchRow('NETLINK_NO_ENOBUFS', 5, 'ignoresOverflow'),
  {
    name: 'NETLINK_LIST_MEMBERSHIPS', id: 9,
    get: sock => structBytes([sock.groupMask, [...sock.groups].reduce((mask, each) => each > 32 ? mask | 1 << (each - 33) : mask, 0)]),
  },
  switchRow('NETLINK_CAP_ACK', 10, 'capsErrors'),
  switchRow('NETLINK_EXT_ACK', 11, 'extendedErrors'),
  switchRow('NETLINK_GET_STRICT_CHK', 12, 'strictChecks'),
])

function bind(netlink: NetlinkProtocol, sock: NetlinkSock, address: SocketAddress): 0 | Errno {
  if (address.family !== 'AF_NETLINK') return 'EINVAL'
  if (sock.portId !== 0 && sock.portId !== address.pid) return 'EINVAL'
  const refused = sock.portId === 0 ? netlink.bind(sock, address.pid) : 0
  if (refused !== 0) return refused
  for (let group = 1; group <= 32; group++) {
    if ((address.groups & (1 << (group - 1))) !== 0) sock.groups.add(group)
    else sock.groups.delete(group)
  }
  return 0
}

function connect(netlink: NetlinkProtocol, sock: NetlinkSock, address: SocketAddress): 0 | Errno {
  if (address.family === 'AF_UNSPEC') {
    sock.peerPortId = 0
    sock.isConnected = false
    return 0
  }
  if (address.family !== 'AF_NETLINK') return 'EINVAL'
  if ((address.groups !== 0 || address.pid !== 0) && sock.ownerUid !== 0) return 'EPERM'
  if (sock.portId === 0) void netlink.bind(sock, 0)
  sock.peerPortId = address.pid
  sock.isConnected = true
  return 0
}

function receive(sock: NetlinkSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  result: ReceiveResult | undefined): number | Errno {
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  if (sock.error !== undefined) return sock.takeError() ?? 'EAGAIN'
  const message = sock.queue.at(0)
  if (message === undefined) return 'EAGAIN'
  const whole = message.bytes.length
  const count = Math.min(length, whole)
  buffer.set(message.bytes.subarray(0, count), offset)
  if (result !== undefined) {
    const { group } = message
    result.address = { family: 'AF_NETLINK', pid: 0, groups: group > 0 && group <= 32 ? 1 << (group - 1) >>> 0 : 0 }
    if (count < whole) result.flags |= MSG_TRUNC
    if (sock.tellsGroup) result.control.push({ level: SOL_NETLINK, type: 3, data: structBytes([group]) })
  }
  if ((flags & MSG_PEEK) === 0) sock.take()
  return (flags & MSG_TRUNC) === 0 ? count : whole
}

export function netlinkFamily(netlink: NetlinkProtocol): SocketFamily {
  const ops: ProtocolOps<NetlinkSock> = {
    name: 'NETLINK',
    bind: (sock, address) => bind(netlink, sock, address),
    connect: (sock, address) => connect(netlink, sock, address),
    listen: () => 'EOPNOTSUPP',
    accept: () => 'EOPNOTSUPP',
    localAddress: sock => ({ family: 'AF_NETLINK', pid: sock.portId, groups: sock.groupMask }),
    remoteAddress: sock => ({ family: 'AF_NETLINK', pid: sock.peerPortId, groups: 0 }),
    send(sock, buffer, offset, length, flags, address) {
      if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
      if (length === 0) return 'ENODATA'
      if (address !== undefined && address.family !== 'AF_NETLINK') return 'EINVAL'
      if (length > sock.sndbuf - 32) return 'EMSGSIZE'
      return netlink.send(sock, buffer.slice(offset, offset + length), address?.pid ?? sock.peerPortId)
    },
    receive,
    shutdown: () => 'EOPNOTSUPP',
    release: sock => { netlink.release(sock) },
    setOption: (sock, level, name, value) => level === SOL_NETLINK ? setIn(OPTIONS, sock, name, value) : 'ENOPROTOOPT',
    getOption: (sock, level, name, length) => level === SOL_NETLINK ? getFrom(OPTIONS, sock, name, length) : 'ENOPROTOOPT',
    ioctl: (sock, request) => request === FIONREAD ? sock.queue.at(0)?.bytes.length ?? 0 : request === SIOCOUTQ ? 0 : 'ENOTTY',
    readiness: sock => sock.readiness(),
    queuedBytes: sock => ({ receive: sock.chargedBytes, send: 0 }),
  }
  return { create: (family, type, protocol) => netlink.create(family, type, protocol), ops }
}
