// Short words for socket tests: addresses, bytes, poll masks, a connected pair.

import { IpAddress, parseIp } from '../../src/base/address/ip.ts'
import { AF_INET, AF_INET6, SOCK_STREAM } from '../../src/base/posix.ts'
import type { Process } from '../../src/kernel/process.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { lone } from './pair.ts'

export function at(text: string, port: number): SocketAddress {
  const address = parseIp(text) ?? IpAddress.ANY4
  return address.family === 4 ? { family: 'AF_INET', address, port } : { family: 'AF_INET6', address, port, flowinfo: 0, scopeId: 0 }
}

export function bytes(text: string): Uint8Array { return Uint8Array.from(text, each => each.charCodeAt(0)) }

export function portOf(address: unknown): number { return (address as { port: number }).port }

const NAMES = [['IN', 1], ['PRI', 2], ['OUT', 4], ['ERR', 8], ['HUP', 16], ['RDHUP', 0x2000]] as const

/** The poll mask in words, as the oracle prints it. */
export function mask(process: Process, fd: number, events: number = 0xffff): string {
  const each = { fd, events, revents: 0 }
  process.sys.poll([each])
  return NAMES.filter(([, bit]) => (each.revents & bit) !== 0).map(([name]) => name).join('|')
}

export function int(value: unknown): number {
  if (!(value instanceof Uint8Array)) throw new Error(String(value))
  return new DataView(value.buffer, value.byteOffset).getInt32(0, true)
}

/** One host, one process, and the calls of a test in short. */
export function machine() {
  const world = lone()
  const process = world.host.spawn('p')
  const { sys } = process
  const buffer = new Uint8Array(100_000)
  const socket = (family: number = AF_INET, type: number = SOCK_STREAM): number => sys.socket(family, type, 0) as number
  const listener = (backlog: number = 8, host: string = '127.0.0.1', family: number = AF_INET): readonly [number, SocketAddress] => {
    const fd = socket(family)
    sys.bind(fd, at(host, 0))
    sys.listen(fd, backlog)
    return [fd, sys.getsockname(fd) as SocketAddress]
  }
  const connected = async (): Promise<readonly [number, number]> => {
    const [server, name] = listener()
    const client = socket()
    sys.connect(client, name)
    await world.settle()
    sys.connect(client, name)
    const accepted = sys.accept(server) as number
    sys.close(server)
    return [client, accepted]
  }
  const send = (fd: number, text: string, flags: number = 0) => sys.send(fd, bytes(text), 0, text.length, flags)
  const recv = (fd: number, length: number = buffer.length, flags: number = 0): string => {
    const count = sys.recv(fd, buffer, 0, length, flags)
    return typeof count === 'string' ? count : `'${String.fromCharCode(...buffer.subarray(0, Math.min(count, length)))}'`
  }
  const option = (fd: number, level: number, name: number, value?: number | Uint8Array) => {
    if (value !== undefined) return sys.setsockopt(fd, level, name, value)
    const read = sys.getsockopt(fd, level, name)
    return read instanceof Uint8Array ? int(read) : read
  }
  return { ...world, process, sys, buffer, socket, listener, connected, send, recv, option, AF_INET6 }
}
