// `sockeye get URL`: one HTTP download through our stack, to a file or to stdout, with progress on stderr.

import { Command } from 'commander'
import { closeSync, openSync } from 'node:fs'
import type { HttpFailure, HttpResponseHead, HttpSink } from '../src/entry/main.ts'
import { httpExchange } from '../src/entry/main.ts'
import { atRunTime, Failure, usage } from './failure.ts'
import { lookUp, socketAddress } from './names.ts'
import { writeAll } from './output.ts'
import { addStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { runOnStack } from './stack.ts'
import type { Stack } from './stack.ts'

interface GetOptions extends StackOptionTexts {
  readonly output?: string
  readonly head?: true
  readonly quiet?: true
  readonly maxRedirects: string
}

const PROGRESS_EVERY_MS = 200

function parseUrl(text: string, base?: URL): URL {
  let url: URL
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || base !== undefined ? text : `http://${text}`, base)
  } catch {
    throw usage(`${text}: that is no URL; write it like http://198.18.0.1/file`)
  }
  if (url.protocol !== 'http:') throw usage(`${url.href}: only http: is there, without TLS`)
  return url
}

/** Writes the body and tells how far it is. */
class Download implements HttpSink {
  bytes = 0
  redirect: string | undefined = undefined
  private readonly fd: number
  private readonly isQuiet: boolean
  private readonly startedAt = performance.now()
  private total: number | undefined = undefined
  private shownAt = 0

  constructor(fd: number, isQuiet: boolean) {
    this.fd = fd
    this.isQuiet = isQuiet
  }

  head(head: HttpResponseHead): boolean {
    this.redirect = [301, 302, 303, 307, 308].includes(head.status) ? head.fields.get('location') : undefined
    const length = head.fields.get('content-length')
    this.total = length === undefined ? undefined : Number(length)
    return this.redirect === undefined
  }

  body(bytes: Uint8Array, length: number): void {
    writeAll(this.fd, bytes, length)
    this.bytes += length
    if (!this.isQuiet && process.stderr.isTTY) this.progress()
  }

  private progress(): void {
    const now = performance.now()
    if (now - this.shownAt < PROGRESS_EVERY_MS) return
    this.shownAt = now
    const share = this.total === undefined ? '' : ` of ${this.total} (${Math.floor(this.bytes / this.total * 100)} %)`
    process.stderr.write(`\r${this.bytes}${share} bytes, ${this.rate()}   `)
  }

  private rate(): string {
    const seconds = Math.max((performance.now() - this.startedAt) / 1000, 1e-6)
    return `${(this.bytes / seconds / 1e6).toFixed(1)} MB/s`
  }

  summary(): string {
    return `${this.bytes} bytes in ${((performance.now() - this.startedAt) / 1000).toFixed(3)} s, ${this.rate()}`
  }
}

function explain(url: URL, failure: HttpFailure): Failure {
  if (failure.call === 'http') return new Failure(`${url.href}: ${failure.errno}: ${failure.detail}`, 1)
  return atRunTime(`${url.href}: ${failure.call}`, failure.errno, failure.detail)
}

async function exchange(stack: Stack, url: URL, download: Download, options: GetOptions): Promise<HttpResponseHead> {
  const address = lookUp(url.hostname, stack.options.addresses)
  const result = await Promise.race([stack.interrupted, httpExchange(stack.spawn('get'), {
    address: socketAddress(address, url.port === '' ? 80 : Number(url.port)), host: url.host, target: `${url.pathname}${url.search}`,
    method: options.head ? 'HEAD' : 'GET',
  }, download)])
  if (result === 'interrupted') throw new Failure(`${url.href}: EINTR: interrupted after ${download.bytes} bytes`, 1)
  if ('call' in result) throw explain(url, result)
  return result
}

async function follow(stack: Stack, first: URL, download: Download, options: GetOptions): Promise<HttpResponseHead> {
  let url = first
  for (let hops = Number(options.maxRedirects); ; hops--) {
    const head = await exchange(stack, url, download, options)
    if (download.redirect === undefined) return head
    if (hops <= 0) throw new Failure(`${url.href}: ELOOP: too many redirects`, 1)
    url = parseUrl(download.redirect, url)
  }
}

function openOutput(path: string | undefined): number {
  if (path === undefined || path === '-') return 1
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new Failure(`-o ${path}: ${(error as NodeJS.ErrnoException).code ?? 'EIO'}: the file cannot be written`, 2)
  }
}

async function get(text: string, options: GetOptions): Promise<number> {
  const url = parseUrl(text)
  return runOnStack(options, async stack => {
    const fd = openOutput(options.output)
    const download = new Download(fd, options.quiet === true)
    try {
      const head = await follow(stack, url, download, options)
      if (options.head) printHead(head)
      if (!options.quiet) console.error(`${process.stderr.isTTY ? '\r' : ''}${head.status} ${head.reason}, ${download.summary()}`)
      if (head.status >= 400) throw new Failure(`${url.href}: the server answered ${head.status} ${head.reason}`, 1)
      return 0
    } finally {
      if (fd !== 1) closeSync(fd)
    }
  })
}

function printHead(head: HttpResponseHead): void {
  console.log(`HTTP/1.1 ${head.status} ${head.reason}`)
  for (const [name, value] of head.fields) console.log(`${name}: ${value}`)
}

export function getCommand(): Command {
  return addStackOptions(new Command('get'))
    .description('download over HTTP through our stack')
    .argument('<url>', 'http://HOST[:PORT]/PATH; HOST is an address or a name in /etc/hosts')
    .option('-o, --output <file>', 'write the body to this file (default: stdout)')
    .option('-I, --head', 'ask for the head only and print it')
    .option('-q, --quiet', 'no progress')
    .option('--max-redirects <count>', 'follow at most so many', '5')
    .action(async (url: string, options: GetOptions) => { process.exitCode = await get(url, options) })
}
