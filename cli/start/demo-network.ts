// The network behind `npm start`: hosts `pc` and `web` with a cable between them on the real clock, or, with a TAP device,
// `web` alone with the kernel in pc's place. Either way the story sees what passes, and a port of this machine leads in.

import { readFileSync } from 'node:fs'
import type { Host, ImpairPlan, SocketAddress } from '../../src/entry/main.ts'
import { Cable, createHost, demoWeb, IpAddress, MacAddress, PacketMemory, parseIp, readTcpInfo, Story, Trace } from '../../src/entry/main.ts'
import type { Forward } from '../../src/entry/node.ts'
import { cryptoRandomSource, forwardPort, RealClock, wasmPlatform } from '../../src/entry/node.ts'
import { Failure, setup } from '../failure.ts'

const PC = '198.18.0.1'
const WEB = '198.18.0.2'
const WEB_PORT = 80
const MEMORY_BYTES = 64 << 20
/** What the visitor has lost is a segment full of data, not the answer that says so. */
const SMALL_FRAME_BYTES = 1000

export interface DemoNetwork {
  readonly story: Story
  readonly hosts: readonly Host[]
  readonly port: number
  /** For people: where the page is, and any other way in. */
  readonly urls: readonly string[]
  close(): Promise<void>
}

/** The page's files as they were built, beside this program. */
export function readPage(): { page: string, assets: Map<string, { content: Uint8Array, contentType: string }> } {
  const folder = new URL('../../lab/start/', import.meta.url)
  const assets = new Map<string, { content: Uint8Array, contentType: string }>()
  assets.set('style.css', { content: readFileSync(new URL('style.css', folder)), contentType: 'text/css; charset=utf-8' })
  for (const name of ['main', 'dom', 'feed', 'ladder', 'chart', 'sockets', 'words']) {
    const text = readFileSync(new URL(`${name}.js`, folder), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
    assets.set(`${name}.js`, { content: Buffer.from(text), contentType: 'text/javascript; charset=utf-8' })
  }
  return { page: readFileSync(new URL('index.html', folder), 'utf8'), assets }
}

/** What the page says of itself at its head. */
const SIMULATED = 'Your browser spoke to <code>127.0.0.1</code>. From there on, every byte went through the sockets of two simulated hosts: '
  + '<b class="pc">pc</b> opened the connection, <b class="web">web</b> served the page.'

export function serveOn(host: Host, story: Story, intro: string, onLose: (count: number) => void): void {
  const address: SocketAddress = { family: 'AF_INET6', address: IpAddress.ANY6, port: WEB_PORT, flowinfo: 0, scopeId: 0 }
  const { page, assets } = readPage()
  const ready = page.replace('@INTRO@', intro).replaceAll('@CLIENT@', story.hosts[0])
  const service = demoWeb(host.spawn('httpd'), { story, address, onLose, page: ready, assets })
  if (typeof service === 'string') throw setup(`port ${WEB_PORT} of ${host.name}`, service)
}

/** What `--impair` said, for the page. */
export function describeLink(text: string): string {
  const words = text.trim().replace(/(\d)\s*(ms|us|s|%)/g, '$1 $2').replace(/\bdelay (\S+ \S+)/, '$1 each way').replace(/\bloss (\S+ %)/, '$1 lost')
  return `cable: ${words.replace(/ (?=[\d.]+ % lost)/, ', ')}`
}

export async function simulatedNetwork(plan: ImpairPlan, planText: string, port: number): Promise<DemoNetwork> {
  const clock = new RealClock()
  const random = cryptoRandomSource()
  const memory = new PacketMemory({ bytes: MEMORY_BYTES, platform: wasmPlatform })
  const trace = new Trace()
  const [pc, web] = ['pc', 'web'].map(name => createHost({ name, clock, random, memory, trace }))
  const cable = new Cable({
    clock, random: [random.public, random.public], impair: [plan.out, plan.in], wireExact: true,
    ends: [
      { name: 'eth0', address: MacAddress.of(0x0200, 0x5e000001), env: pc.namespace },
      { name: 'eth0', address: MacAddress.of(0x0200, 0x5e000002), env: web.namespace },
    ],
  })
  pc.addDevice(cable.a)
  web.addDevice(cable.b)
  pc.addAddress(cable.a, `${PC}/24`)
  web.addAddress(cable.b, `${WEB}/24`)
  const story = new Story({ hosts: ['pc', 'web'], serverPort: WEB_PORT, now: () => clock.now(), link: describeLink(planText) })
  story.follow(trace)
  let toLose = 0
  cable.filter = {
    judge: packet => {
      if (toLose === 0 || packet.length < SMALL_FRAME_BYTES || story.isFeed(packet.u8, packet.start, packet.end)) return 'pass'
      toLose--
      return 'impair-loss'
    },
  }
  serveOn(web, story, SIMULATED, count => { toLose += count })
  const forward = await listenFor(port, pc, story)
  return {
    story, hosts: [pc, web], port: forward.port, urls: [`http://127.0.0.1:${forward.port}/`],
    close: async () => {
      await forward.close()
      for (const host of [pc, web]) host.close()
      cable.close()
      clock.close()
    },
  }
}

async function listenFor(port: number, pc: Host, story: Story): Promise<Forward> {
  const program = pc.spawn('forward')
  const web = parseIp(WEB) ?? IpAddress.ANY4
  try {
    return await forwardPort({
      host: '127.0.0.1', port, program, to: { family: 'AF_INET', address: web, port: WEB_PORT },
      onOpen: (fd, local) => {
        const told = story.connection(local)
        if (told === undefined) return
        told.readInfo[0] = () => {
          const info = readTcpInfo(program.sys, fd)
          return typeof info === 'string' ? undefined : info
        }
      },
      onClose: (_fd, local) => {
        const told = story.connection(local)
        if (told === undefined) return
        told.refreshInfo()
        told.readInfo[0] = undefined
      },
    })
  } catch (error) {
    throw portFailure(error, port)
  }
}

export function portFailure(error: unknown, port: number): Failure {
  const { code = 'EIO' } = error as NodeJS.ErrnoException
  const advice = code === 'EADDRINUSE'
    ? `another program has port ${port} of this machine; choose one with --port, for example: npm start -- --port ${port === 8080 ? 8081 : port + 1}`
    : code === 'EACCES' ? `port ${port} needs more rights; choose one above 1023 with --port` : 'the port cannot be listened on'
  return new Failure(`127.0.0.1:${port}: ${code}: ${advice}`, 2)
}
