// Socket addresses byte for byte as a C program on Linux x86-64 passes them (row F10): sockaddr_in 16, sockaddr_in6 28,
// sockaddr_un 110, sockaddr_ll 20, sockaddr_nl 12, sockaddr_storage 128.

import { IpAddress } from '../base/address/ip.ts'
import { MacAddress } from '../base/address/mac.ts'
import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_UNSPEC } from '../base/posix.ts'
import type { SocketAddress } from './socket-address.ts'
import { nameBytes, nameText } from './name-text.ts'

export const SOCKADDR_IN_BYTES = 16
export const SOCKADDR_IN6_BYTES = 28
/** Without scope id: RFC 2133's shape, still accepted. */
export const SOCKADDR_IN6_OLD_BYTES = 24
export const SOCKADDR_UN_BYTES = 110
export const UNIX_PATH_BYTES = 108
export const SOCKADDR_LL_BYTES = 20
export const SOCKADDR_NL_BYTES = 12
export const SOCKADDR_STORAGE_BYTES = 128

function view(bytes: Uint8Array): DataView { return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }

function fresh(family: number, length: number): DataView {
  const made = new DataView(new ArrayBuffer(length))
  made.setUint16(0, family, true)
  return made
}

function asBytes(from: DataView): Uint8Array { return new Uint8Array(from.buffer) }

export function encodeSockaddr(address: SocketAddress): Uint8Array {
  switch (address.family) {
    case 'AF_UNSPEC': return asBytes(fresh(AF_UNSPEC, 2))
    case 'AF_INET': {
      const made = fresh(AF_INET, SOCKADDR_IN_BYTES)
      made.setUint16(2, address.port)
      made.setInt32(4, address.address.w3)
      return asBytes(made)
    }
    case 'AF_INET6': {
      const made = fresh(AF_INET6, SOCKADDR_IN6_BYTES)
      made.setUint16(2, address.port)
      made.setUint32(4, address.flowinfo)
      const { w0, w1, w2, w3 } = address.address
      for (const [index, word] of [w0, w1, w2, w3].entries()) made.setInt32(8 + 4 * index, word)
      made.setUint32(24, address.scopeId, true)
      return asBytes(made)
    }
    case 'AF_UNIX': return encodeUnix(address.path, address.abstract)
    case 'AF_PACKET': {
      const made = fresh(AF_PACKET, SOCKADDR_LL_BYTES)
      made.setUint16(2, address.protocol)
      made.setInt32(4, address.interfaceIndex, true)
      made.setUint16(8, address.hardwareType, true)
      made.setUint8(10, address.packetType)
      if (address.address !== undefined) {
        made.setUint8(11, 6)
        address.address.writeTo(new Uint8Array(made.buffer), 12)
      }
      return asBytes(made)
    }
    case 'AF_NETLINK': {
      const made = fresh(AF_NETLINK, SOCKADDR_NL_BYTES)
      made.setUint32(4, address.pid, true)
      made.setUint32(8, address.groups, true)
      return asBytes(made)
    }
    case 'AF_OTHER': return asBytes(fresh(address.number, address.length))
  }
}

function encodeUnix(path: string | undefined, isAbstract: boolean): Uint8Array {
  if (path === undefined) return asBytes(fresh(AF_UNIX, 2))
  const name = nameBytes(path)
  const made = asBytes(fresh(AF_UNIX, 2 + name.length + 1))
  made.set(name, isAbstract ? 3 : 2)
  return made
}

/** `length` is the caller's addrlen: EINVAL when there is no room for a family, or more than any has. */
export function decodeSockaddr(bytes: Uint8Array, length: number = bytes.length): SocketAddress | Errno {
  if (length < 2 || length > SOCKADDR_STORAGE_BYTES || length > bytes.length) return 'EINVAL'
  const from = view(bytes)
  const number = from.getUint16(0, true)
  return decodeFamily(number, bytes, from, length) ?? { family: 'AF_OTHER', number, length }
}

function decodeFamily(family: number, bytes: Uint8Array, from: DataView, length: number): SocketAddress | undefined {
  switch (family) {
    case AF_UNSPEC: return { family: 'AF_UNSPEC' }
    case AF_INET:
      return length < SOCKADDR_IN_BYTES ? undefined
        : { family: 'AF_INET', address: IpAddress.v4(from.getInt32(4)), port: from.getUint16(2) }
    case AF_INET6:
      return length < SOCKADDR_IN6_OLD_BYTES ? undefined : {
        family: 'AF_INET6', address: IpAddress.of(from.getInt32(8), from.getInt32(12), from.getInt32(16), from.getInt32(20)),
        port: from.getUint16(2), flowinfo: from.getUint32(4), scopeId: length < SOCKADDR_IN6_BYTES ? 0 : from.getUint32(24, true),
      }
    case AF_UNIX: return length > SOCKADDR_UN_BYTES ? undefined : decodeUnix(bytes, length)
    case AF_PACKET: return length < SOCKADDR_LL_BYTES - 2 ? undefined : decodePacket(bytes, from)
    case AF_NETLINK:
      return length < SOCKADDR_NL_BYTES ? undefined
        : { family: 'AF_NETLINK', pid: from.getUint32(4, true), groups: from.getUint32(8, true) }
    default: return undefined
  }
}

function decodePacket(bytes: Uint8Array, from: DataView): SocketAddress {
  const hasAddress = from.getUint8(11) === 6
  return {
    family: 'AF_PACKET', protocol: from.getUint16(2), interfaceIndex: from.getInt32(4, true), hardwareType: from.getUint16(8, true),
    packetType: from.getUint8(10), address: hasAddress ? MacAddress.fromBytes(bytes, 12) : undefined,
  }
}

/** A path of 108 bytes needs no NUL, 109 are too many; a leading NUL makes the rest, whole, an abstract name (row H1). */
function decodeUnix(bytes: Uint8Array, length: number): SocketAddress {
  if (length === 2) return { family: 'AF_UNIX', path: undefined, abstract: false }
  if (bytes[2] === 0) return { family: 'AF_UNIX', path: nameText(bytes, 3, length), abstract: true }
  const nul = bytes.indexOf(0, 2)
  return { family: 'AF_UNIX', path: nameText(bytes, 2, nul < 0 || nul > length ? length : nul), abstract: false }
}

/** Value-result length: what fits of the address is copied, the full length is answered (row F10). */
export function copySockaddr(address: SocketAddress, into: Uint8Array): number {
  const bytes = encodeSockaddr(address)
  into.set(bytes.subarray(0, Math.min(bytes.length, into.length)))
  return bytes.length
}
