// Processes that play programs: Node on its own network, and Node on ours.

import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { SOCKEYE } from '../../tap/namespace.ts'
import type { Logs, Program } from './program.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const PLAYER = here('player.cjs')
/** Longer than any program takes. */
const PATIENCE_MS = 20_000

/** How a program comes to our network. */
export const WAYS = {
  suite: ['--require', here('../parity/in-suite.cjs')],
  run: [SOCKEYE, 'run'],
} as const

export type Way = keyof typeof WAYS

interface Answer { readonly id: number, readonly logs: Logs }

/** One such process; made again when a program has ended it. */
export class Player {
  private readonly operands: readonly string[]
  private child: ChildProcessWithoutNullStreams | undefined = undefined
  private stderr = ''
  private asked = 0
  private readonly waiting = new Map<number, (logs: Logs) => void>()

  private constructor(operands: readonly string[]) { this.operands = [...operands, PLAYER] }

  static onNode(): Player { return new Player(['--no-warnings']) }

  /** `preload` is loaded after our modules and before the player: faults on purpose. */
  static onOurs(way: Way, preload?: string): Player {
    return new Player(['--no-warnings', ...WAYS[way], ...preload === undefined ? [] : ['--require', preload]])
  }

  play(program: Program): Promise<Logs> {
    const child = this.child ??= this.start()
    const id = ++this.asked
    return new Promise(resolve => {
      const timer = setTimeout(() => { child.kill('SIGKILL') }, PATIENCE_MS * (1 + this.waiting.size))
      this.waiting.set(id, logs => {
        clearTimeout(timer)
        this.waiting.delete(id)
        resolve(logs)
      })
      child.stdin.write(`${JSON.stringify({ id, program })}\n`)
    })
  }

  close(): void {
    this.child?.stdin.end()
    this.child = undefined
  }

  private start(): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, this.operands)
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.stderr += text })
    child.stdin.on('error', () => { /* the end of the process tells */ })
    createInterface({ input: child.stdout }).on('line', line => {
      const { id, logs } = JSON.parse(line) as Answer
      this.waiting.get(id)?.(logs)
    })
    child.on('close', (code, signal) => {
      if (this.child === child) this.child = undefined
      // Whom it was playing when it ended is the first of those that wait; the others are asked again by whoever compares.
      for (const answer of this.waiting.values()) answer({ process: [['ended', code, signal, this.stderr.slice(0, 2000)]] })
      this.stderr = ''
    })
    return child
  }
}
