// The frame of every UDP service here: one socket, one answer for each question.

import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM } from '../base/posix.ts'
import type { Program, Service, SocketAddress } from './program.ts'

const MAX_DATAGRAM_BYTES = 65536

/** The answer's bytes, or nothing. `question` is reused: only its first `length` bytes count, and only during the call. */
export type Answer = (question: Uint8Array, length: number, from: SocketAddress) => Uint8Array | undefined

export function listenUdp(program: Program, name: string, address: SocketAddress, answer: Answer): Service | Errno {
  const { sys } = program
  const fd = sys.socket(address.family === 'AF_INET' ? AF_INET : AF_INET6, SOCK_DGRAM, 0)
  if (typeof fd === 'string') return fd
  const refused = sys.bind(fd, address)
  if (typeof refused === 'string') {
    sys.close(fd)
    return refused
  }
  void answerForEver(program, fd, answer)
  return { name, stop: () => { sys.close(fd) } }
}

async function answerForEver(program: Program, fd: number, answer: Answer): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES)
  const from: { address: SocketAddress | undefined } = { address: undefined }
  for (;;) {
    const got = await program.recvfrom(fd, buffer, 0, buffer.length, 0, from)
    if (got === 'EBADF' || got === 'ENOTSOCK' || got === 'EINVAL') return
    // An ICMP error for an earlier answer is no reason to stop.
    if (typeof got === 'string' || from.address === undefined) continue
    const bytes = answer(buffer, got, from.address)
    if (bytes !== undefined) await program.sendto(fd, bytes, 0, bytes.length, 0, from.address)
  }
}
