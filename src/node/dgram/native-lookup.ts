// Node's dgram once asked `dns.lookup` for everything; later versions take an address for what it is. Which of the two the running
// Node does is told by a socket of its own, asked once.

import nodeDns from 'node:dns'
import { NATIVE_DGRAM } from '../facade/native-modules.ts'
import { stateOf } from './inner-state.ts'

let known: boolean | undefined

export function asksForAddresses(): boolean {
  return known ??= askedForOne()
}

function askedForOne(): boolean {
  let asked = false
  const { lookup } = nodeDns
  nodeDns.lookup = (() => { asked = true }) as unknown as typeof lookup
  try {
    const socket = NATIVE_DGRAM.createSocket('udp4')
    stateOf(socket).handle?.lookup('127.0.0.1', () => undefined)
    socket.close()
  } finally {
    nodeDns.lookup = lookup
  }
  return asked
}
