// Compares what two kernels answered to one scenario, step by step. What no kernel promises is made equal first: ephemeral
// ports, names that the kernel chose, process numbers.

import { SCM_CREDENTIALS, SOL_SOCKET } from '../../src/base/posix.ts'
import { Descriptors } from './descriptors.ts'
import type { Transport } from './descriptors.ts'
import { LinuxKernel, LinuxKernels } from './linux-kernel.ts'
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

/** Ephemeral ports by order of appearance; those of TCP and of UDP are different things. */
class Names {
  private readonly ports = new Map<string, string>()
  private readonly processes = new Map<string, string>()
  private readonly descriptors = new Descriptors()

  /** What a step answered, without what only chance decides. */
  clean(step: Step | undefined, answer: unknown): unknown {
    if (step === undefined) return answer
    const cleaned = this.each(answer, this.descriptors.transportOf(step))
    this.descriptors.follow(step, answer)
    return cleaned
  }

  private each(value: unknown, transport: Transport): unknown {
    if (Array.isArray(value) && value[0] === SOL_SOCKET && value[1] === SCM_CREDENTIALS && typeof value[2] === 'string') {
      return [value[0], value[1], this.process(value[2])]
    }
    if (Array.isArray(value)) return value.map(each => this.each(each, transport))
    return typeof value === 'string' ? this.text(value, transport) : value
  }

  /** Of struct ucred: process numbers by order of appearance; 0 is nobody. */
  private process(body: string): string {
    const pid = body.slice(0, 8)
    if (pid.length < 8 || pid === '00000000') return body
    const name = this.processes.get(pid) ?? `(pid ${this.processes.size + 1})`
    this.processes.set(pid, name)
    return name + body.slice(8)
  }

  private text(value: string, transport: Transport): string {
    if (/^(0200|0a00)[0-9a-f]{28,52}$/.test(value)) {
      const port = Number.parseInt(value.slice(4, 8), 16)
      return port < FIRST_EPHEMERAL ? value : value.slice(0, 4) + this.port(port, transport) + value.slice(8)
    }
    return /^010000(3[0-9]|6[1-6]){5}$/.test(value) ? '010000(chosen)' : value
  }

  private port(port: number, transport: Transport): string {
    const kinds = transport === 'tcp' || transport === 'udp' ? [transport] : ['any', 'tcp', 'udp']
    const known = kinds.map(each => this.ports.get(`${each} ${port}`)).find(each => each !== undefined)
    if (known !== undefined) return known
    const name = `(port ${this.ports.size + 1})`
    this.ports.set(`${kinds[0]} ${port}`, name)
    return name
  }
}

export function firstDifference({ steps }: Scenario, ours: Answers, linux: Answers): Difference | undefined {
  const [a, b] = [new Names(), new Names()]
  for (let step = 0; step < Math.max(ours.results.length, linux.results.length); step++) {
    const mine = JSON.stringify(a.clean(steps[step], ours.results[step])) as string | undefined
    const theirs = JSON.stringify(b.clean(steps[step], linux.results[step])) as string | undefined
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

  playOurs(scenario: Scenario, chance: string = scenario.name): Promise<Answers> {
    const congestion: Record<string, string> = this.linux.congestion === 'reno' ? { 'net.ipv4.tcp_congestion_control': 'reno' } : {}
    return runOnOurs(scenario, { ...congestion, ...this.sysctls }, chance)
  }

  /** A difference counts only when Linux repeats it with every echo awaited. Who lists the host sees a fresh one. */
  async compare(scenario: Scenario): Promise<Verdict> {
    if (scenario.steps.some(([, , call]) => call === 'netlink')) return this.inPrivate(scenario)
    const verdict = await this.glance(scenario)
    return verdict.difference === undefined ? verdict : this.confirm(scenario)
  }

  /** In a network namespace that no other scenario has left its traces in. */
  private async inPrivate(scenario: Scenario): Promise<Verdict> {
    const own = new LinuxKernel()
    try {
      const linux = await own.run(scenario, { patient: true })
      const ours = await this.playOurs(scenario)
      return { scenario, ours, linux, difference: firstDifference(scenario, ours, linux) }
    } finally {
      own.close()
    }
  }

  /** Asks Linux once, in a process that may have played other scenarios. */
  async glance(scenario: Scenario): Promise<Verdict> {
    const linux = await this.linux.run(scenario, { warm: true })
    const ours = await this.playOurs(scenario)
    return { scenario, ours, linux, difference: firstDifference(scenario, ours, linux) }
  }

  /** Asks both twice, Linux patiently and in fresh processes, ours with another chance; what either answers otherwise is nobody's. */
  async confirm(scenario: Scenario): Promise<Verdict> {
    const [linux, again] = await Promise.all([1, 2].map(() => this.linux.run(scenario, { patient: true })))
    const ours = await this.playOurs(scenario)
    const chosen = await this.playOurs(scenario, `${scenario.name} again`)
    const wavers = firstDifference(scenario, linux, again) !== undefined || firstDifference(scenario, ours, chosen) !== undefined
    const difference = wavers ? undefined : firstDifference(scenario, ours, linux)
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
