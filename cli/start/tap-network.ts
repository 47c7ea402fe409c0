// `npm start -- --tap NAME`: `web` stands on a TAP device and the kernel of this machine takes pc's place. The impairment
// queue stands between web and the device.

import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import type { ImpairPlan } from '../../src/entry/main.ts'
import { Story } from '../../src/entry/main.ts'
import type { StackOptionTexts } from '../stack-options.ts'
import { readStackOptions } from '../stack-options.ts'
import { Stack } from '../stack.ts'
import { describeLink, portFailure, serveOn } from './demo-network.ts'
import type { DemoNetwork } from './demo-network.ts'

const WEB = '198.18.0.2'
const WEB_PORT = 80
const INTRO = 'Your browser spoke to the <b class="pc">kernel</b> of this machine, and the kernel, over a TAP device, to <b class="web">web</b>, '
  + 'a host of ours, which served the page.'

export async function tapNetwork(tap: string, plan: ImpairPlan, planText: string, port: number): Promise<DemoNetwork> {
  const texts: StackOptionTexts = {
    tap, hostAddress: ['198.18.0.1/24'], address: [`${WEB}/24`], gateway: [], sysctl: [], impair: planText, offload: true, name: 'web',
  }
  const stack = await Stack.open(readStackOptions(texts))
  const { namespace } = stack.host
  try {
    const story = new Story({
      hosts: ['kernel', namespace.host], serverPort: WEB_PORT, now: () => stack.clock.now(), link: describeLink(planText),
      oneSidedDelayUs: plan.out.delayUs,
    })
    story.follow(stack.trace)
    serveOn(stack.host, story, INTRO, () => { /* the kernel's losses are its own */ })
    const relay = await relayPort(port)
    return {
      story, hosts: [stack.host], port: relay.port, urls: [`http://127.0.0.1:${relay.port}/`, `http://${WEB}/`],
      close: async () => {
        relay.close()
        await stack.close()
      },
    }
  } catch (error) {
    await stack.close()
    throw error
  }
}

/** Through the kernel: from the loopback address to the device. */
function relayPort(port: number): Promise<{ port: number, close: () => void }> {
  const open = new Set<Socket>()
  const server = createServer(socket => {
    const onward = connect(WEB_PORT, WEB)
    for (const each of [socket, onward]) {
      open.add(each)
      each.on('close', () => { open.delete(each) })
      each.on('error', () => {
        socket.destroy()
        onward.destroy()
      })
    }
    socket.pipe(onward).pipe(socket)
  })
  return new Promise((resolve, reject) => {
    server.once('error', error => { reject(portFailure(error, port)) })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () => {
          server.close()
          for (const each of open) each.destroy()
        },
      })
    })
  })
}
