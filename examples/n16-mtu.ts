// N16: a frame over the MTU is refused with EMSGSIZE, never cut silently; UDP above the MTU goes as IP fragments, unless
// the program forbids that.

import {
  AF_INET, AF_PACKET, ETH_P_ALL, IP_MTU_DISCOVER, IP_PMTUDISC_DO, SOCK_DGRAM, SOCK_RAW, SOL_IP,
} from '../src/entry/main.ts'
import { Theatre, at, must } from './support/theatre.ts'

export const title = 'a frame over the MTU is refused'

async function program(theatre: Theatre): Promise<void> {
  const here = theatre.client.spawn('frames')
  const { sys } = here
  theatre.chapter('frames, over AF_PACKET')
  const raw = must(sys.socket(AF_PACKET, SOCK_RAW, 0))
  const device = { family: 'AF_PACKET', protocol: ETH_P_ALL, interfaceIndex: theatre.cable.a.index, hardwareType: 1, packetType: 0,
    address: undefined } as const
  must(sys.bind(raw, device))
  for (const length of [13, 14 + 1500, 14 + 1501]) {
    const frame = new Uint8Array(length).fill(0xff, 0, 6) // to everyone
    if (length > 14) frame.set([0x88, 0xb5], 12) // an experimental protocol
    theatre.say(here, `a frame of ${length} bytes: ${sys.send(raw, frame, 0, length, 0)}`)
  }
  await here.sleep(5)

  theatre.chapter('datagrams, over UDP')
  const there = theatre.server.spawn('server')
  const server = must(there.sys.socket(AF_INET, SOCK_DGRAM, 0))
  must(there.sys.bind(server, at('0.0.0.0', 5000)))
  const fd = must(sys.socket(AF_INET, SOCK_DGRAM, 0))
  const send = (length: number): unknown => sys.sendto(fd, new Uint8Array(length), 0, length, 0, at('10.0.0.2', 5000))
  for (const length of [1472, 4000, 65_507, 65_508]) {
    theatre.shown = { frames: length < 5000 }
    theatre.say(here, `a datagram of ${length} bytes: ${send(length)}`)
    await here.sleep(5)
  }
  const buffer = new Uint8Array(70_000)
  for (let i = 0; i < 3; i++) theatre.say(there, `received ${must(await there.recv(server, buffer, 0, buffer.length, 0))} bytes`)
  must(sys.setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO))
  theatre.say(here, `with "do not fragment", 1472 bytes: ${send(1472)}, 1473 bytes: ${send(1473)}`)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true }
  await theatre.play(program(theatre))
}
