// The TCP connections of a host, as text and numbers: what whoever overhears them knows.

import { toInt32 } from '../../base/seq.ts'
import type { Host } from '../../kernel/host.ts'

export interface Connection {
  /** This host's end. */
  readonly source: string
  readonly localPort: number
  readonly destination: string
  readonly remotePort: number
  /** RCV.NXT and SND.NXT of this host's end, as 32-bit integers. */
  readonly rcvNxt: number
  readonly sndNxt: number
}

export function connectionsOf(kernel: Host): Connection[] {
  const found: Connection[] = []
  for (const { state, flow: { source, destination }, localPort, remotePort, rcv, snd } of kernel.tcp.sockets()) {
    if (state === 'CLOSED' || state === 'LISTEN') continue
    const ends = { source: source.toString(), localPort, destination: destination.toString(), remotePort }
    found.push({ ...ends, rcvNxt: toInt32(rcv.nxt), sndNxt: toInt32(snd.nxt) })
  }
  return found
}
