// Compares what two kernels answered to one scenario, step by step. What no kernel promises is made equal first: ephemeral
// ports, names that the kernel chose, process numbers.

import { LinuxKernels } from './linux-kernel.ts'
import { runOnOurs } from './our-kernel.ts'
import type { Answers } from './our-kernel.ts'
import type { Scenario, Step } from './scenario.ts'

const FIRST_EPHEMERAL = 32768

export interface Difference { readonly step: number, readonly ours: string, readonly linux: string }

export interface Verdict {
  readonly scenario: Scenario
  readonly ours: Answers
  readonly linux: Answers
  readonly difference: Difference | undefined
}

/** Ephemeral ports by order of appearance. */
class Names {
  private readonly ports = new Map<number, string>()

  clean(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(each => this.clean(each))
    return typeof value === 'string' ? this.text(value) : value
  }

  private text(value: string): string {
    if (/^(0200|0a00)[0-9a-f]{28,52}$/.test(value)) {
      const port = Number.parseInt(value.slice(4, 8), 16)
      return port < FIRST_EPHEMERAL ? value : value.slice(0, 4) + this.port(port) + value.slice(8)
    }
    return /^010000(3[0-9]|6[1-6]){5}$/.test(value) ? '010000(chosen)' : value
  }

  private port(port: number): string {
    const name = this.ports.get(port) ?? `(port ${this.ports.size + 1})`
    this.ports.set(port, name)
    return name
  }
}

export function firstDifference(ours: Answers, linux: Answers): Difference | undefined {
  const [a, b] = [new Names(), new Names()]
  for (let step = 0; step < Math.max(ours.results.length, linux.results.length); step++) {
    const mine = JSON.stringify(a.clean(ours.results[step])) as string | undefined
    const theirs = JSON.stringify(b.clean(linux.results[step])) as string | undefined
    if (mine !== theirs) return { step, ours: mine ?? ours.error ?? 'nothing', linux: theirs ?? linux.error ?? 'nothing' }
  }
  if (ours.error === undefined && linux.error === undefined) return undefined
  return { step: ours.results.length, ours: ours.error ?? 'an end', linux: linux.error ?? 'an end' }
}

export class Judge {
  readonly linux: LinuxKernels
  private readonly sysctls: Readonly<Record<string, string>>

  constructor(agents: number = 1, sysctls: Readonly<Record<string, string>> = {}) {
    this.linux = new LinuxKernels(agents)
    this.sysctls = sysctls
  }

  playOurs(scenario: Scenario): Promise<Answers> {
    const congestion: Record<string, string> = this.linux.congestion === 'reno' ? { 'net.ipv4.tcp_congestion_control': 'reno' } : {}
    return runOnOurs(scenario, { ...congestion, ...this.sysctls })
  }

  /** A difference counts only when Linux repeats it with every echo awaited. */
  async compare(scenario: Scenario): Promise<Verdict> {
    const verdict = await this.glance(scenario)
    return verdict.difference === undefined ? verdict : this.confirm(scenario)
  }

  /** Asks Linux once, in a process that may have played other scenarios. */
  async glance(scenario: Scenario): Promise<Verdict> {
    const linux = await this.linux.run(scenario, { warm: true })
    const ours = await this.playOurs(scenario)
    return { scenario, ours, linux, difference: firstDifference(ours, linux) }
  }

  /** Asks Linux twice, patiently, in fresh processes; what it answers otherwise each time is nobody's difference. */
  async confirm(scenario: Scenario): Promise<Verdict> {
    const [linux, again] = await Promise.all([1, 2].map(() => this.linux.run(scenario, { patient: true })))
    const ours = await this.playOurs(scenario)
    const difference = firstDifference(linux, again) === undefined ? firstDifference(ours, linux) : undefined
    return { scenario, ours, linux, difference }
  }

  close(): void { this.linux.close() }
}

function show([process, save, call, args]: Step): string {
  return `${process === 'main' ? '' : `${process}: `}${save === '' ? '' : `${save} = `}${call}(${args.map(each => JSON.stringify(each)).join(', ')})`
}

/** The calls up to the one that differs, with what both kernels said. */
export function explain({ scenario, linux, difference }: Verdict): string {
  if (difference === undefined) return 'equal'
  const lines = scenario.steps.slice(0, difference.step + 1)
    .map((step, at) => at === difference.step ? show(step) : `${show(step)} -> ${JSON.stringify(linux.results[at])}`)
  return [`${scenario.name}: step ${difference.step}`, ...lines, `  ours  ${difference.ours}`, `  Linux ${difference.linux}`].join('\n')
}
