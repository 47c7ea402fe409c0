// As much of rtnetlink as it takes to configure one interface of the host's kernel: requests that are acknowledged, with
// attributes, over one socket (rtnetlink(7)). Host byte order is little-endian on every machine Node runs Linux on.

import { AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW } from '../base/posix.ts'
import type { Libc } from './libc.ts'

const NETLINK_ROUTE = 0
const HEADER_BYTES = 16
const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLMSG_ERROR = 2
const REPLY_BYTES = 16384

export interface NetlinkAttribute { readonly type: number, readonly data: Uint8Array }

function aligned(length: number): number { return (length + 3) & ~3 }

/** A view on bytes that never move: short typed arrays may lie on the garbage-collected heap. */
function pinned(length: number): Uint8Array { return new Uint8Array(new ArrayBuffer(Math.max(length, 128)), 0, length) }

export function uint32Attribute(type: number, value: number): NetlinkAttribute {
  const data = new Uint8Array(4)
  new DataView(data.buffer).setUint32(0, value, true)
  return { type, data }
}

function encodeRequest(type: number, flags: number, body: Uint8Array, attributes: readonly NetlinkAttribute[]): Uint8Array {
  const attributesBytes = attributes.reduce((sum, each) => sum + aligned(4 + each.data.length), 0)
  const bytes = pinned(HEADER_BYTES + aligned(body.length) + attributesBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, NLM_F_REQUEST | NLM_F_ACK | flags, true)
  view.setUint32(8, 1, true)
  bytes.set(body, HEADER_BYTES)
  let at = HEADER_BYTES + aligned(body.length)
  for (const { type: attributeType, data } of attributes) {
    view.setUint16(at, 4 + data.length, true)
    view.setUint16(at + 2, attributeType, true)
    bytes.set(data, at + 4)
    at += aligned(4 + data.length)
  }
  return bytes
}

/** Sends one request and reads its acknowledgement; 0 or the errno's number. */
export function netlinkRequest(libc: Libc, type: number, flags: number, body: Uint8Array, attributes: readonly NetlinkAttribute[]): number {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)
  if (fd < 0) return libc.errno()
  try {
    const request = encodeRequest(type, flags, body, attributes)
    if (libc.write(fd, libc.addressOf(request), request.length) < 0) return libc.errno()
    const reply = pinned(REPLY_BYTES)
    // The kernel answers during the write, so this never waits.
    const got = libc.read(fd, libc.addressOf(reply), REPLY_BYTES)
    if (got < 0) return libc.errno()
    const view = new DataView(reply.buffer)
    return got >= HEADER_BYTES + 4 && view.getUint16(4, true) === NLMSG_ERROR ? -view.getInt32(HEADER_BYTES, true) : 0
  } finally {
    libc.close(fd)
  }
}
