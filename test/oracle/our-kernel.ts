// Scenarios on our kernel: one host, its loopback, a virtual clock. After each call everything due happens, as on Linux,
// whose loopback delivers inside the call that sends; time itself moves only for `sleep` and for calls that wait.

import { seededSource } from '../../src/base/random.ts'
import { SIGIO, SIGPIPE, SIGURG } from '../../src/base/signal.ts'
import { Trace } from '../../src/base/trace.ts'
import { createHost } from '../../src/kernel/host.ts'
import type { Host } from '../../src/kernel/host.ts'
import type { Process } from '../../src/kernel/process.ts'
import { Stage } from '../../src/sim/stage.ts'
import { PacketMemory } from '../../src/wire/packet-memory.ts'
import { OurCalls } from './calls.ts'
import type { Scenario, Step } from './scenario.ts'

const PATIENCE_MS = 5000
/** What one call and its echoes on loopback may take. */
const CALL_MS = 0.02

interface Started { result: unknown, isDone: boolean }

export const memory = new PacketMemory()

export interface Answers { readonly results: unknown[], readonly error?: string }

/** `chance` seeds what the kernel leaves to it: ports, sequence numbers, names. */
export async function runOnOurs(scenario: Scenario, sysctls: Readonly<Record<string, string>> = {},
  chance: string = scenario.name): Promise<Answers> {
  const stage = new Stage()
  const trace = new Trace()
  const host = createHost({
    name: 'h', clock: stage.clock, random: seededSource(chance), memory, trace, onWake: stage.noteWake,
  })
  for (const [name, value] of Object.entries({ 'net.ipv4.ping_group_range': '0 2147483647', ...sysctls })) host.setSysctl(name, value)
  const results: unknown[] = []
  try {
    const run = new Run(stage, host)
    for (const step of scenario.steps) results.push(await run.step(step))
    return { results }
  } catch (error) {
    return { results, error: error instanceof Error ? error.stack ?? error.message : String(error) }
  } finally {
    host.close()
    // Calls that slept let go of their files now.
    await stage.runFor(1)
  }
}

class Run {
  private readonly stage: Stage
  private readonly processes = new Map<string, { process: Process, calls: OurCalls }>()
  private readonly started = new Map<string, Started>()

  constructor(stage: Stage, host: Host) {
    this.stage = stage
    const process = host.spawn('main')
    for (const signal of [SIGPIPE, SIGIO, SIGURG]) process.sys.sigaction(signal, { handler: 'SIG_IGN' })
    this.processes.set('main', { process, calls: new OurCalls(process) })
  }

  async step([name, save, call, args]: Step): Promise<unknown> {
    const entry = this.processes.get(name)
    if (entry === undefined) throw new Error(`no process ${name}`)
    if (call === 'fork') return this.fork(entry, save)
    if (call === 'result') return this.result(args[0] as string, args[1] as boolean)
    entry.calls.save = save
    const begun: Started = { result: 'never returned', isDone: false }
    const [made, rest] = call === 'start' ? [args[0] as string, args.slice(1)] : [call, args]
    const running = entry.calls.make(made, rest).then(result => {
      begun.result = result
      begun.isDone = true
    })
    if (call === 'start') {
      this.started.set(save, begun)
      running.catch((error: unknown) => { begun.result = String(error) })
      await this.stage.runFor(CALL_MS)
      return null
    }
    let failure: unknown
    running.catch((error: unknown) => { failure = error })
    await this.stage.runUntil(() => begun.isDone || failure !== undefined, PATIENCE_MS)
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error(String(failure))
    await this.stage.runFor(CALL_MS)
    return begun.result
  }

  private fork(parent: { process: Process, calls: OurCalls }, name: string): unknown {
    const made = parent.process.fork(child => {
      this.processes.set(name, { process: child, calls: new OurCalls(child, new Map(parent.calls.variables)) })
      return new Promise<number>(() => { /* lives as long as the scenario */ })
    })
    return typeof made === 'string' ? made : 0
  }

  private async result(name: string, isPatient: boolean): Promise<unknown> {
    const begun = this.started.get(name)
    if (begun === undefined) throw new Error(`nothing started as ${name}`)
    await this.stage.runUntil(() => begun.isDone, isPatient ? 3000 : 40)
    return begun.isDone ? begun.result : 'sleeps'
  }
}
