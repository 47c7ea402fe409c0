// `npm start` as its user meets it: a page within seconds, its own story in it, clean ends.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Running, SOCKEYE } from '../tap/namespace.ts'

const LIMIT_MS = 60_000

function sockeye(...operands: string[]): Running { return new Running(process.execPath, [SOCKEYE, 'start', ...operands]) }

async function urlOf(running: Running): Promise<string> {
  await running.says('story.txt')
  return /http:\/\/127\.0\.0\.1:\d+\//.exec(running.stdout)?.[0] ?? ''
}

describe('npm start', () => {
  let network: Running
  let url = ''

  beforeAll(async () => {
    network = sockeye('--port', '0', '--impair', 'delay 5ms')
    url = await urlOf(network)
  }, LIMIT_MS)

  afterAll(() => { network.child.kill('SIGKILL') })

  it('serves the page with everything it needs', async () => {
    const page = await (await fetch(url)).text()
    expect(page).toContain('</html>')
    expect(page).toMatch(/data-connection="198\.18\.0\.1:\d+"/)
    expect(page).not.toMatch(/@[A-Z]+@/)
    for (const [, name] of page.matchAll(/(?:src|href)="\/([a-z.]+\.(?:js|css))"/g)) expect((await fetch(url + name)).status).toBe(200)
  }, LIMIT_MS)

  it('tells the handshake of the connection that asks', async () => {
    const story = await (await fetch(`${url}story.txt`)).text()
    expect(story).toMatch(/Flags \[S\], seq 0, win 64240.*\n.*Flags \[S\.\], seq 0, ack 1.*\n.*Flags \[\.\], ack 1/)
    expect(story).toContain('pc: CLOSED > SYN-SENT > ESTABLISHED')
    expect(story).toContain('web: LISTEN > SYN-RECEIVED > ESTABLISHED')
    await network.says('Flags [S.]')
  }, LIMIT_MS)

  it('streams the story while it goes on', async () => {
    const events = await fetch(`${url}events`)
    const reader = (events.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    while (!text.includes('\n\n')) text += Buffer.from((await reader.read()).value ?? []).toString('latin1')
    await reader.cancel()
    const update = JSON.parse(text.split('\n')[0].slice('data: '.length)) as { connections: unknown[] }
    expect(update.connections.length).toBeGreaterThan(0)
  }, LIMIT_MS)

  it('repairs what the visitor has the cable lose', async () => {
    await (await fetch(`${url}lose/1`)).text()
    const bytes = new Uint8Array(await (await fetch(`${url}bytes/100000`)).arrayBuffer())
    expect(bytes.length).toBe(100_000)
    expect(bytes.every((byte, i) => byte === 0x61 + i % 26)).toBe(true)
    await network.says('was lost on the cable')
    await network.says('(sent again)')
  }, LIMIT_MS)

  it('a port that is taken is one line and exit code 2', async () => {
    const { code, stderr } = await sockeye('--port', new URL(url).port).finished
    expect(code).toBe(2)
    expect(stderr).toMatch(/^sockeye: 127\.0\.0\.1:\d+: EADDRINUSE: .*--port.*\n$/)
  }, LIMIT_MS)

  it('ends cleanly at Ctrl-C', async () => {
    network.child.kill('SIGINT')
    const { code, stdout, stderr } = await network.finished
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Sockeye is down')
  }, LIMIT_MS)
})
