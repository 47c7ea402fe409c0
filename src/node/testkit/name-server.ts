// A name server on a host of a world: a process of its kernel that answers on port 53, by UDP and TCP. It goes on when the host's
// programs are killed, and is started again when the host boots.

import { IpAddress } from '../../base/address/ip.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM } from '../../base/posix.ts'
import type { Host } from '../../kernel/host.ts'
import type { Process } from '../../kernel/process.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import { listenTcp } from '../../service/stream-service.ts'
import { DNS_PORT } from '../dns/channel.ts'

type Stub = (question: Uint8Array) => Promise<Uint8Array | undefined>

/** RFC 1035 §4.2.1: what fits without the extensions that stub resolvers do not ask for. */
const LONGEST_BY_DATAGRAM = 512
const TRUNCATED = 0x02
const HEADER_BYTES = 12
const MOST_CONNECTIONS = 100

async function answerDatagrams(process: Process, fd: number, stub: Stub): Promise<void> {
  const buffer = new Uint8Array(LONGEST_BY_DATAGRAM)
  for (;;) {
    const from: { address: SocketAddress | undefined } = { address: undefined }
    const got = await process.recvfrom(fd, buffer, 0, buffer.length, 0, from)
    if (got === 'EBADF' || got === 'ENOTSOCK') return
    const { address } = from
    if (typeof got === 'string' || address === undefined) continue
    void stub(buffer.slice(0, got)).then(answer => {
      if (answer === undefined) return
      const fitting = answer.length <= LONGEST_BY_DATAGRAM ? answer : cut(answer)
      process.sys.sendto(fd, fitting, 0, fitting.length, 0, address)
    })
  }
}

/** The question alone, marked: whoever asked comes again by TCP. */
function cut(answer: Uint8Array): Uint8Array {
  let at = HEADER_BYTES
  while (answer[at] !== 0) at += answer[at] + 1
  const short = answer.slice(0, at + 5)
  short[2] |= TRUNCATED
  short.fill(0, 6, HEADER_BYTES)
  return short
}

async function answerStream(process: Process, fd: number, stub: Stub): Promise<void> {
  const buffer = new Uint8Array(65_537)
  let length = 0
  for (;;) {
    const got = await process.recv(fd, buffer, length, buffer.length - length, 0)
    if (typeof got === 'string' || got === 0) break
    length += got
    const wanted = 2 + (buffer[0] << 8 | buffer[1])
    if (length < 2 || length < wanted) continue
    const answer = await stub(buffer.slice(2, wanted))
    if (answer === undefined) break
    const message = new Uint8Array(2 + answer.length)
    message.set([answer.length >> 8, answer.length & 0xff])
    message.set(answer, 2)
    await process.sendall(fd, message)
    buffer.copyWithin(0, wanted, length)
    length -= wanted
  }
  process.sys.close(fd)
}

export function startNameServer(kernel: Host, stub: Stub): void {
  const process = kernel.spawn('named')
  const has6 = kernel.ip.addresses().some(({ address }) => address.family === 6 && !address.isLoopback)
  const any: SocketAddress = has6
    ? { family: 'AF_INET6', address: IpAddress.ANY6, port: DNS_PORT, flowinfo: 0, scopeId: 0 }
    : { family: 'AF_INET', address: IpAddress.ANY4, port: DNS_PORT }
  const fd = process.sys.socket(has6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)
  const bound = typeof fd === 'string' ? fd : process.sys.bind(fd, any)
  const streams = listenTcp(process, {
    name: 'named', address: any, maxConnections: MOST_CONNECTIONS, connection: each => answerStream(process, each, stub),
  })
  if (typeof fd === 'string' || bound !== 0 || typeof streams === 'string') throw new Error(`port 53 of host ${kernel.name} is taken`)
  void answerDatagrams(process, fd, stub)
}
