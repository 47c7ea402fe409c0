// Network namespaces of the host's kernel for tests against real programs: made by the test, gone with it. Addresses come
// from 198.18.0.0/15 and fd00:5eed::/32 only. Where there is no root or no /dev/net/tun, tests are skipped and say why.

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const SOCKEYE = fileURLToPath(new URL('../../bin/sockeye', import.meta.url))

/** Why tests on real devices cannot run here; undefined when they can. */
export function tapSkipReason(...programs: string[]): string | undefined {
  if (process.platform !== 'linux') return 'no Linux'
  if (process.getuid?.() !== 0) return 'no root'
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch {
    return 'no /dev/net/tun'
  }
  for (const program of ['ip', ...programs]) {
    if (!['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some(folder => existsSync(`${folder}/${program}`))) return `no ${program}`
  }
  return undefined
}

export interface Finished { readonly code: number | null, readonly stdout: string, readonly stderr: string, readonly bytes: Buffer }

/** A program that runs; its output so far. */
export class Running {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  private readonly chunks: Buffer[] = []
  private readonly listeners = new Set<() => void>()

  constructor(command: string, operands: readonly string[], input?: string | Buffer) {
    this.child = spawn(command, operands, { stdio: ['pipe', 'pipe', 'pipe'], cwd: ROOT })
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      if (this.stdout.length < 1 << 20) this.stdout += chunk.toString('latin1')
      this.changed()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk
      this.changed()
    })
    this.child.stdin?.on('error', () => { /* it has gone */ })
    if (input !== undefined) this.child.stdin?.end(input)
    this.finished = new Promise(resolve => {
      this.child.on('close', code => {
        this.changed()
        resolve({ code, stdout: this.stdout, stderr: this.stderr, bytes: Buffer.concat(this.chunks) })
      })
    })
  }

  private changed(): void { for (const each of this.listeners) each() }

  get hasEnded(): boolean { return this.child.exitCode !== null || this.child.signalCode !== null }

  /** Resolves when stdout holds the text; rejects when the program ends without. */
  async says(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (this.stdout.includes(text)) {
          this.listeners.delete(look)
          resolve()
        } else if (this.hasEnded) {
          reject(new Error(`ended without saying "${text}": ${this.stdout}${this.stderr}`))
        }
      }
      this.listeners.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void { if (!this.hasEnded) this.child.kill(signal) }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    this.kill(signal)
    return this.finished
  }
}

export class Namespace {
  private static count = 0
  readonly name: string
  private readonly programs: Running[] = []

  private constructor(name: string) { this.name = name }

  static create(): Namespace {
    Namespace.count++
    const namespace = new Namespace(`sk${process.pid}-${Namespace.count}`)
    execFileSync('ip', ['netns', 'add', namespace.name])
    execFileSync('ip', ['-n', namespace.name, 'link', 'set', 'lo', 'up'])
    return namespace
  }

  start(command: string, operands: readonly string[], input?: string | Buffer): Running {
    const program = new Running('ip', ['netns', 'exec', this.name, command, ...operands], input)
    this.programs.push(program)
    return program
  }

  run(command: string, operands: readonly string[], input: string | Buffer = ''): Promise<Finished> {
    return this.start(command, operands, input).finished
  }

  sockeye(...operands: string[]): Running { return this.start(process.execPath, [SOCKEYE, ...operands]) }

  /** Names of the devices in it, without `lo`. */
  devices(): string[] {
    const links = JSON.parse(execFileSync('ip', ['-n', this.name, '-j', 'link'], { encoding: 'utf8' })) as { ifname: string }[]
    return links.map(each => each.ifname).filter(each => each !== 'lo')
  }

  async remove(): Promise<void> {
    try {
      for (const program of this.programs) program.kill('SIGKILL')
      // Children of theirs hold the pipes open that `finished` waits for; whoever lives in here was started by the test.
      const pids = execFileSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' }).split('\n').filter(each => each !== '')
      for (const pid of pids) this.killNow(Number(pid))
      await Promise.all(this.programs.map(each => each.finished))
    } finally {
      execFileSync('ip', ['netns', 'del', this.name])
    }
  }

  private killNow(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL')
    } catch { /* it has gone by itself */ }
  }
}
