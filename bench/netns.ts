// Network namespaces that a benchmark makes and removes itself, and the programs it runs in them.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

export function hasProgram(name: string): boolean { return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 }

/** Why namespaces cannot be made here; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  if (!hasProgram('ip')) return 'needs the program ip (iproute2)'
  const name = `sk${process.pid}try`
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'network namespaces cannot be made here'
  spawnSync('ip', ['netns', 'del', name])
  return undefined
}

export class Namespaces {
  private readonly names: string[] = []
  private readonly children = new Set<ChildProcess>()

  private readonly onExit = (): void => { this.close() }

  constructor() { process.once('exit', this.onExit) }

  make(label: string): string {
    const name = `sk${process.pid}${label}`
    execFileSync('ip', ['netns', 'add', name])
    this.names.push(name)
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
    return name
  }

  /** A veth pair with addresses of 198.18.0.0/15 (RFC 2544). */
  join(a: string, b: string, addressA: string, addressB: string): void {
    execFileSync('ip', ['-n', a, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v0', 'netns', b])
    for (const [name, address] of [[a, addressA], [b, addressB]]) {
      execFileSync('ip', ['-n', name, 'addr', 'add', address, 'dev', 'v0'])
      execFileSync('ip', ['-n', name, 'link', 'set', 'v0', 'up'])
    }
  }

  /** Starts a program and waits until its output holds `ready`. */
  async start(namespace: string, cpu: number, command: readonly string[], ready?: string): Promise<ChildProcess> {
    const child = spawn('ip', ['netns', 'exec', namespace, 'taskset', '-c', String(cpu), ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.children.add(child)
    child.once('exit', () => { this.children.delete(child) })
    if (ready !== undefined) await waitFor(child, ready)
    return child
  }

  /** Runs a program to its end; its output. */
  async run(namespace: string, cpu: number, command: readonly string[], limitMs: number): Promise<string> {
    const child = await this.start(namespace, cpu, command)
    let output = ''
    let errors = ''
    child.stdout?.on('data', (piece: Buffer) => { output += piece.toString() })
    child.stderr?.on('data', (piece: Buffer) => { errors += piece.toString() })
    const timer = setTimeout(() => { child.kill('SIGKILL') }, limitMs)
    const code = await new Promise<number | null>(resolve => { child.once('close', resolve) })
    clearTimeout(timer)
    if (code !== 0) throw new Error(`${command.join(' ')}: ${code === null ? `no end within ${limitMs} ms` : `exit code ${code}`}: ${errors.trim()} ${output.slice(-300)}`)
    return output
  }

  async stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null) return
    const gone = new Promise(resolve => { child.once('exit', resolve) })
    child.kill('SIGTERM')
    const timer = setTimeout(() => { child.kill('SIGKILL') }, 3000)
    await gone
    clearTimeout(timer)
  }

  close(): void {
    for (const child of this.children) child.kill('SIGKILL')
    for (const name of this.names.splice(0)) spawnSync('ip', ['netns', 'del', name])
    process.off('exit', this.onExit)
  }
}

function waitFor(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = ''
    const look = (piece: Buffer): void => {
      seen += piece.toString()
      if (seen.includes(text)) resolve()
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('exit', code => { reject(new Error(`ended with ${code ?? 'a signal'} before it was ready: ${seen.trim()}`)) })
    setTimeout(() => { reject(new Error(`not ready within 20 s: ${seen.trim()}`)) }, 20_000).unref()
  })
}
