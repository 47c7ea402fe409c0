// The web server of `npm start`: serves the page, its live feed and as many bytes as are asked for, over our own system
// calls, and says in the story what each connection was used for.

import { describeEndpoint } from '../../base/address/endpoint.ts'
import { utf8Encode } from '../../base/bytes.ts'
import type { Errno } from '../../base/errno.ts'
import { MSG_DONTWAIT, POLLIN } from '../../base/posix.ts'
import { RequestReader } from '../http/request.ts'
import type { HttpRequest } from '../http/request.ts'
import { encodeHead, sendAll } from '../http/response.ts'
import type { Program, Service, SocketAddress } from '../program.ts'
import { closeGently, listenTcp } from '../stream-service.ts'
import { readTcpInfo } from '../tcp-info.ts'
import type { ConnectionStory } from './connection-story.ts'
import type { Story } from './story.ts'
import { connectionText } from './story-text.ts'

export interface Asset { readonly content: Uint8Array, readonly contentType: string }

export interface DemoWebOptions {
  readonly story: Story
  readonly address: SocketAddress
  /** The page with its two marks for the story and the connection, as text. */
  readonly page: string
  /** Style and scripts, by name. */
  readonly assets: ReadonlyMap<string, Asset>
  /** The visitor wants the cable to lose the next data segments. */
  readonly onLose?: (count: number) => void
}

const IDLE_MS = 1500
const FEED_TURN_MS = 250
const FEED_SILENCE_TURNS = 40
const MAX_BYTES = 20_000_000

export function demoWeb(program: Program, options: DemoWebOptions): Service | Errno {
  return listenTcp(program, {
    name: 'story',
    address: options.address,
    maxConnections: 200,
    connection: fd => new Visit(program, fd, options).serve(),
  })
}

/** One connection to the server. */
class Visit {
  private readonly program: Program
  private readonly fd: number
  private readonly options: DemoWebOptions
  private readonly told: ConnectionStory | undefined

  constructor(program: Program, fd: number, options: DemoWebOptions) {
    this.program = program
    this.fd = fd
    this.options = options
    this.told = this.findStory()
  }

  private findStory(): ConnectionStory | undefined {
    const peer = this.program.sys.getpeername(this.fd)
    if (typeof peer === 'string' || !('port' in peer)) return undefined
    const told = this.options.story.connection(describeEndpoint(peer))
    if (told !== undefined) told.readInfo[1] = () => this.ownInfo()
    return told
  }

  private ownInfo(): ReturnType<NonNullable<ConnectionStory['readInfo'][1]>> {
    const info = readTcpInfo(this.program.sys, this.fd)
    return typeof info === 'string' ? undefined : info
  }

  async serve(): Promise<void> {
    const reader = new RequestReader(this.program, this.fd, IDLE_MS)
    for (;;) {
      const request = await reader.next()
      if (request === 'closed') break
      if (typeof request === 'number') {
        await this.answer(request, 'text/plain', utf8Encode(`${request}\n`), false)
        break
      }
      this.note(request)
      if (!await this.route(request)) break
    }
    await closeGently(this.program, this.fd)
    if (this.told !== undefined) this.told.readInfo[1] = undefined
  }

  private note(request: HttpRequest): void {
    if (this.told === undefined) return
    const before = this.told.purpose
    const [path] = request.target.split('?')
    this.told.purpose = before === '' ? `${request.method} ${path}` : before.length > 60 ? before : `${before}, ${path}`
    if (path === '/events') this.told.isFeed = true
  }

  /** True when the connection may carry another request. */
  private async route(request: HttpRequest): Promise<boolean> {
    const [path] = request.target.split('?')
    const isHead = request.method === 'HEAD'
    if (request.method !== 'GET' && !isHead) return this.answer(405, 'text/plain', utf8Encode('GET only\n'), request.keepAlive)
    // The page itself closes its connection, so that a visitor sees a whole life, the farewell included.
    if (path === '/') return this.answer(200, 'text/html; charset=utf-8', utf8Encode(this.page()), false, isHead)
    if (path === '/events') return this.feed()
    if (path === '/story.txt') return this.answer(200, 'text/plain; charset=utf-8', utf8Encode(this.text()), false, isHead)
    const bytes = /^\/bytes\/(\d{1,8})$/.exec(path)
    if (bytes !== null) return this.answer(200, 'application/octet-stream', pattern(Math.min(MAX_BYTES, Number(bytes[1]))), false, isHead)
    const lose = /^\/lose\/(\d{1,2})$/.exec(path)
    if (lose !== null) {
      this.options.onLose?.(Number(lose[1]))
      return this.answer(200, 'text/plain', utf8Encode('it will be lost\n'), request.keepAlive, isHead)
    }
    const asset = this.options.assets.get(path.slice(1))
    if (asset === undefined) return this.answer(404, 'text/plain', utf8Encode('not found\n'), request.keepAlive, isHead)
    return this.answer(200, asset.contentType, asset.content, request.keepAlive, isHead)
  }

  private text(): string {
    if (this.told === undefined) return 'nothing is known of this connection\n'
    this.told.refreshInfo()
    return connectionText(this.told.toJson(0), this.options.story)
  }

  private page(): string {
    const escaped = this.text().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    return this.options.page.replace('@CONNECTION@', this.told?.id ?? '').replace('@STORY@', () => escaped)
  }

  private async answer(status: number, contentType: string, body: Uint8Array, keep: boolean, isHead: boolean = false): Promise<boolean> {
    const head = encodeHead(status, [
      ['Server', 'sockeye'], ['Content-Type', contentType], ['Content-Length', String(body.length)], ['Cache-Control', 'no-store'],
      ['Connection', keep ? 'keep-alive' : 'close'],
    ])
    const whole = new Uint8Array(head.length + (isHead ? 0 : body.length))
    whole.set(head)
    if (!isHead) whole.set(body, head.length)
    return await sendAll(this.program, this.fd, whole) && keep
  }

  /** Server-sent events until the visitor leaves. */
  private async feed(): Promise<false> {
    const { program, fd } = this
    const { story } = this.options
    const head = encodeHead(200, [
      ['Server', 'sockeye'], ['Content-Type', 'text/event-stream'], ['Cache-Control', 'no-store'], ['Connection', 'close'],
    ])
    if (!await sendAll(program, fd, head)) return false
    const waiting = [{ fd, events: POLLIN, revents: 0 }]
    const scratch = new Uint8Array(512)
    let version = 0
    for (let silent = 0; ;) {
      const update = story.update(version)
      ;({ version } = update)
      const isNews = update.connections.some(each => !each.isFeed)
      silent = isNews ? 0 : silent + 1
      if (isNews || silent === FEED_SILENCE_TURNS) {
        silent = 0
        if (!await sendAll(program, fd, utf8Encode(`data: ${JSON.stringify(update)}\n\n`))) return false
      }
      const ready = await program.poll(waiting, FEED_TURN_MS)
      if (typeof ready === 'string') return false
      if (ready > 0) {
        const got = program.sys.recv(fd, scratch, 0, scratch.length, MSG_DONTWAIT)
        if (got === 0 || (typeof got === 'string' && got !== 'EAGAIN')) return false
      }
    }
  }
}

function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = 0x61 + i % 26
  return bytes
}
