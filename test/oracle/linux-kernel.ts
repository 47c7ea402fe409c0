// Scenarios on the real kernel: linux-agent.py in a private network namespace, fed one scenario a line. Whoever cannot have
// one (no root, no unshare, no Python) is told why and skips.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Answers } from './our-kernel.ts'
import type { Scenario } from './scenario.ts'

const AGENT = fileURLToPath(new URL('linux-agent.py', import.meta.url))

/** Why there is no Linux to ask here; undefined when there is. */
export function whyNoLinux(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`
  if (spawnSync('python3', ['-c', 'import ctypes']).status !== 0) return 'python3 does not run'
  const tried = spawnSync('unshare', ['-n', 'true'])
  if (tried.status !== 0) return 'a private network namespace needs root (unshare -n is refused)'
  return undefined
}

export class LinuxKernel {
  release = ''
  congestion = ''
  private readonly agent: ChildProcessWithoutNullStreams
  private readonly waiting: ((line: string) => void)[] = []
  private readonly ready: Promise<void>
  private complaint = ''

  constructor() {
    this.agent = spawn('unshare', ['-n', 'python3', '-B', AGENT])
    createInterface({ input: this.agent.stdout }).on('line', line => this.waiting.shift()?.(line))
    this.agent.stderr.on('data', (data: Buffer) => { this.complaint += data.toString() })
    this.agent.on('exit', () => {
      for (const each of this.waiting.splice(0)) each(JSON.stringify({ results: [], error: `the agent ended: ${this.complaint}` }))
    })
    this.ready = this.next().then(line => {
      const hello = JSON.parse(line) as { kernel: string, congestion: string }
      this.release = hello.kernel
      this.congestion = hello.congestion
    })
  }

  private next(): Promise<string> { return new Promise(resolve => { this.waiting.push(resolve) }) }

  /** A patient run polls for quiet after each call; a warm one may be played by a process that played others before. */
  async run(scenario: Scenario, { patient = false, warm = false }: { patient?: boolean, warm?: boolean } = {}): Promise<Answers> {
    await this.ready
    const answer = this.next()
    this.agent.stdin.write(`${JSON.stringify({ steps: scenario.steps, patient, warm })}\n`)
    return JSON.parse(await answer) as Answers
  }

  close(): void { this.agent.stdin.end() }
}

/** Several agents, each in a namespace of its own, take turns. */
export class LinuxKernels {
  private readonly kernels: readonly LinuxKernel[]
  private next = 0

  constructor(count: number) { this.kernels = Array.from({ length: count }, () => new LinuxKernel()) }

  get congestion(): string { return this.kernels[0].congestion }
  get release(): string { return this.kernels[0].release }

  run(scenario: Scenario, options: { patient?: boolean, warm?: boolean } = {}): Promise<Answers> {
    return this.kernels[this.next++ % this.kernels.length].run(scenario, options)
  }

  close(): void { for (const each of this.kernels) each.close() }
}
