// N18: one number, two orders. The network has the large end first; htons and htonl turn a number of this machine, little
// end first, so that its bytes lie in that order.

import { AF_INET, SOCK_DGRAM } from '../src/entry/main.ts'
import { pack, unpack } from '../src/entry/framing.ts'
import { Theatre, at, must } from './support/theatre.ts'

export const title = 'byte order printed'

const hex = (each: Uint8Array): string => [...each].map(byte => byte.toString(16).padStart(2, '0')).join(' ')

async function program(theatre: Theatre): Promise<void> {
  const here = theatre.client.spawn('order')
  const say = (words: string): void => { theatre.say(here, words) }
  say(`0x01020304 as this machine keeps it: ${hex(pack('<I', 0x01020304))}`)
  say(`0x01020304 on the network:           ${hex(pack('!I', 0x01020304))}`)
  const htons = (n: number): number => Number(unpack('<H', pack('!H', n))?.[0])
  say(`htons(80) = ${htons(80)} (0x${htons(80).toString(16)}), and back: ${htons(htons(80))}`)
  const inetAddr = (words: string): number => Number(unpack('<I', Uint8Array.from(words.split('.').map(Number)))?.[0])
  say(`inet_addr("127.0.0.1") = ${inetAddr('127.0.0.1')} (0x${inetAddr('127.0.0.1').toString(16).padStart(8, '0')})`)
  say(`sockaddr_in of 10.0.0.2:80: ${hex(Uint8Array.from([...pack('<H', AF_INET), ...pack('!H', 80), 10, 0, 0, 2]))}`)

  theatre.chapter('on the wire: a datagram from port 258 (0x0102) to port 772 (0x0304)')
  const fd = must(here.sys.socket(AF_INET, SOCK_DGRAM, 0))
  must(here.sys.bind(fd, at('0.0.0.0', 258)))
  theatre.world.trace.observe({
    frame: (_when, host, _device, direction, memory, offset) => {
      if (host === 'client' && direction === 'out') theatre.note(`UDP header: ${hex(memory.subarray(offset + 34, offset + 42))}`)
    },
  })
  must(here.sys.sendto(fd, pack('!I', 0x01020304), 0, 4, 0, at('10.0.0.2', 772)))
  await here.sleep(5)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true }
  await theatre.play(program(theatre))
}
