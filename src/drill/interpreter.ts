// Runs one script on one bench, event by event, in virtual time: system calls are made, packets injected and awaited,
// times checked. A failure is an exception of the drill's own (refusal.ts); returning means the script passed.

import { SOL_TCP, TCP_INFO } from '../base/posix.ts'
import type { Instant } from '../base/time.ts'
import type { PacketAction, Script, ScriptEvent, SyscallAction } from './ast.ts'
import type { Bench } from './bench.ts'
import { Calls } from './calls.ts'
import type { Value } from './code-names.ts'
import { runCode } from './code.ts'
import { Commands } from './commands.ts'
import { Connections } from './connections.ts'
import { Injector } from './inject.ts'
import { Mismatch, ScriptError } from './refusal.ts'
import type { LoggedEvent } from './report.ts'
import { Schedule } from './schedule.ts'
import type { Settings } from './settings.ts'
import { STATE_NAMES, TCP_INFO_BYTES, codeNames, tcpInfoField } from './tcp-info.ts'
import { Wire } from './wire.ts'

export class Interpreter {
  readonly log: LoggedEvent[] = []
  failed: LoggedEvent | undefined = undefined
  readonly wire: Wire
  readonly connections: Connections
  readonly schedule: Schedule
  private readonly script: Script
  private readonly bench: Bench
  private readonly calls: Calls
  private readonly commands: Commands
  private readonly injector: Injector
  private readonly variables = new Map<string, Value>()
  private readonly settings: Settings

  constructor(script: Script, settings: Settings, bench: Bench) {
    this.script = script
    this.settings = settings
    this.bench = bench
    this.connections = new Connections(settings)
    this.schedule = new Schedule(settings, bench.clock.now())
    this.calls = new Calls(bench, settings, this.connections, this.schedule)
    this.commands = new Commands(bench)
    this.injector = new Injector(bench, settings)
    this.wire = new Wire(bench, settings, this.connections, this.schedule, this.calls)
  }

  async run(): Promise<void> {
    if (this.settings.initialCommand !== undefined) this.commands.run(this.settings.initialCommand)
    if (this.script.setup !== undefined) this.commands.run(this.script.setup)
    for (const event of this.script.events) await this.event(event)
    await this.calls.idle()
    this.wire.settleOwedAck()
    if (this.script.cleanup !== undefined) this.commands.run(this.script.cleanup)
  }

  private async event(event: ScriptEvent): Promise<void> {
    this.schedule.begin(event, this.bench.clock.now())
    const entry = { atUs: this.schedule.us, line: event.line, text: event.text }
    this.failed = entry
    this.calls.reap()
    const { action } = event
    if (action.kind === 'packet' && action.direction === '>') await this.wire.expect(action, event)
    else {
      await this.calls.runTo(this.schedule.at)
      this.schedule.checkLate(this.bench.clock.now())
      await this.act(event)
    }
    this.log.push({ ...entry, atUs: this.bench.clock.now() - this.schedule.startAt })
    this.failed = undefined
  }

  private async act(event: ScriptEvent): Promise<void> {
    const { action } = event
    switch (action.kind) {
      case 'packet':
        this.inject(action)
        if (this.calls.busy) await this.calls.settle()
        await this.pass()
        return
      case 'syscall':
        await this.syscall(action, event)
        await this.pass()
        return
      case 'command': await this.command(action.text); return
      case 'code': this.code(action.text); return
      case 'quiet': this.wire.expectQuiet(); return
      case 'look': this.look(action.what, action.expected)
    }
  }

  /** Nothing real takes no time: no two packets arrive, and no two leave in answer to them, at one instant. */
  private async pass(): Promise<void> {
    if (this.settings.eventUs > 0) await this.calls.runTo(this.bench.clock.now() + this.settings.eventUs as Instant)
  }

  private async command(text: string): Promise<void> {
    const sleepUs = this.commands.run(text)
    if (sleepUs > 0) await this.calls.runTo(this.bench.clock.now() + sleepUs as Instant)
  }

  private inject(action: PacketAction): void {
    const ports = action.transport.kind === 'icmp' ? undefined : action.transport.ports
    this.injector.inject(action, this.connections.forInbound(ports))
  }

  private async syscall(action: SyscallAction, event: ScriptEvent): Promise<void> {
    await this.calls.idle()
    if (action.blockingEndUs === undefined) await this.calls.make(action)
    else await this.calls.start(action, this.schedule.endOf(event, action.blockingEndUs))
  }

  private info(): Uint8Array {
    const { current } = this.connections
    if (current === undefined || current.fd < 0) throw new ScriptError('no descriptor of the connection under test to look at')
    const info = this.bench.sys.getsockopt(current.fd, SOL_TCP, TCP_INFO, TCP_INFO_BYTES)
    if (typeof info === 'string') throw new Mismatch(`TCP_INFO: ${info}`)
    return info
  }

  private code(text: string): void {
    const info = this.info()
    const fd = this.connections.current?.fd ?? -1
    const meminfo = (): Uint8Array | undefined => {
      const words = this.bench.sys.getsockopt(fd, 1, 55, 36)
      return typeof words === 'string' ? undefined : words
    }
    runCode(text, codeNames(info, meminfo), this.variables)
  }

  private look(what: string, expected: string): void {
    const info = this.info()
    if (what === 'state') {
      const state = STATE_NAMES[info[0]] ?? String(info[0])
      if (state !== expected) throw new Mismatch(`state is ${state}, expected ${expected}`)
      return
    }
    const value = tcpInfoField(info, { cwnd: 'snd_cwnd', ssthresh: 'snd_ssthresh', mss: 'snd_mss' }[what] ?? what)
    if (value !== Number(expected)) throw new Mismatch(`${what} is ${String(value)}, expected ${expected}`)
  }
}
