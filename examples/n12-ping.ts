// N12: ping over a raw socket. The program writes the ICMP message and its checksum; the stack adds the IP header, and every
// ICMP message that comes in is handed up with its header, the echo's answer among them.

import { AF_INET, IPPROTO_ICMP, SOCK_RAW } from '../src/entry/main.ts'
import { pack, unpack } from '../src/entry/framing.ts'
import { Theatre, at, bytes, must } from './support/theatre.ts'

export const title = 'ping over a raw socket'
const ECHO_REQUEST = 8
const ECHO_REPLY = 0
const ID = 77

/** RFC 1071: the one's complement of the sum of 16-bit words. */
function checksum(message: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < message.length; i += 2) sum += (message[i] << 8) | (message[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function echoRequest(sequence: number): Uint8Array {
  const message = Uint8Array.from([...pack('!BBHHH', ECHO_REQUEST, 0, 0, ID, sequence), ...bytes('sixteen bytes...')])
  message.set(pack('!H', checksum(message)), 2)
  return message
}

async function program(theatre: Theatre): Promise<void> {
  const ping = theatre.client.spawn('ping')
  const user = theatre.client.spawn('user', { uid: 1000 })
  theatre.say(user, `without privilege socket() says ${user.sys.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)}`)
  const fd = must(ping.sys.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))
  const buffer = new Uint8Array(1500)
  for (let sequence = 1; sequence <= 3; sequence++) {
    const sentAt = theatre.world.now()
    const message = echoRequest(sequence)
    must(ping.sys.sendto(fd, message, 0, message.length, 0, at('10.0.0.2', 0)))
    for (;;) {
      const count = must(await ping.recv(fd, buffer, 0, buffer.length, 0))
      const header = (buffer[0] & 0xf) * 4
      const [type, , , id, number] = unpack('!BBHHH', buffer.subarray(header, header + 8)) ?? []
      if (type !== ECHO_REPLY || id !== ID || number !== sequence) continue
      theatre.say(ping, `${count} bytes, ttl ${buffer[8]}, seq ${number}, ${(theatre.world.now() - sentAt) / 1000} ms`)
      break
    }
    await ping.sleep(1000)
  }
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true, sleeps: true }
  await theatre.play(program(theatre))
}
