// One script, one family: read, set up, run, judged.

import { DrillSyntaxError } from './ast.ts'
import type { Script, ScriptOption } from './ast.ts'
import type { Bench, BenchMaker } from './bench.ts'
import { parseScript } from './grammar/script.ts'
import { Interpreter } from './interpreter.ts'
import { Mismatch, NotApplicable, ScriptError } from './refusal.ts'
import { failureReport } from './report.ts'
import type { Finding, Verdict } from './report.ts'
import { FAMILY_DEFINES, applyOptions, defaultSettings, fixedFamily } from './settings.ts'
import type { Family, Mode, Settings } from './settings.ts'

export interface RunOptions {
  readonly family: Family
  readonly mode?: Mode
  /** `-D NAME=value`, over the family's own. */
  readonly defines?: Readonly<Record<string, string>>
  /** Option lines from outside, over the script's: `{ name: 'tolerance_usecs', value: '0' }`. */
  readonly options?: readonly { readonly name: string, readonly value: string }[]
  /** Settings of the host before the script's own: `{ 'net.ipv4.tcp_rmem': '4096 87380 3732736' }`. */
  readonly sysctls?: Readonly<Record<string, string>>
  /** Inline drills: `quiet`, `state = ...`. */
  readonly additions?: boolean
  /** Called with the bench before the script starts: for capture and tracing. */
  readonly watch?: (bench: Bench) => void
}

export interface SourceFile { readonly name: string, readonly text: string }

/** The script as it reads in a family, or why it cannot be read. */
export function readScript(source: SourceFile, options: RunOptions): Script {
  const defines = new Map(Object.entries({ ...FAMILY_DEFINES[options.family], ...options.defines }))
  return parseScript(source.text, { defines, additions: options.additions === true })
}

export async function runSource(source: SourceFile, options: RunOptions, makeBench: BenchMaker): Promise<Finding> {
  let script: Script
  try {
    script = readScript(source, options)
  } catch (error) {
    return unread(error, options)
  }
  return await runScript(script, source.name, options, makeBench)
}

function unread(error: unknown, options: RunOptions): Finding {
  if (error instanceof NotApplicable) return { ...blank(options), verdict: 'na', reason: error.message }
  if (!(error instanceof DrillSyntaxError)) throw error
  return { ...blank(options), verdict: 'fail', reason: `syntax: ${error.message}`, line: error.line }
}

function blank({ family, mode = 'exact' }: RunOptions): Finding {
  return { family, mode, verdict: 'pass', reason: '', line: undefined, report: [], leakedPackets: 0, leftOut: [] }
}

function allOptions(script: Script, options: RunOptions): ScriptOption[] {
  return [...script.options, ...(options.options ?? []).map(each => ({ ...each, line: 0 }))]
}

function settingsFor(script: Script, name: string, options: RunOptions): Settings {
  const settings = defaultSettings(options.family, options.mode ?? 'exact')
  const lines = allOptions(script, options)
  const fixed = fixedFamily(lines, name)
  if (fixed !== undefined && fixed !== options.family) throw new NotApplicable(`a script for ${fixed}`)
  applyOptions(settings, lines)
  if (options.additions === true || settings.toleranceUs === 0) settings.eventUs = 0
  settings.freeEcho = options.additions === true || settings.mode === 'neutral'
  return settings
}

export async function runScript(script: Script, name: string, options: RunOptions, makeBench: BenchMaker): Promise<Finding> {
  let settings: Settings
  let bench: Bench
  try {
    settings = settingsFor(script, name, options)
    bench = makeBench(settings)
    presetSysctls(bench, options.sysctls ?? {})
  } catch (error) {
    return { ...blank(options), ...explain(error) }
  }
  options.watch?.(bench)
  const interpreter = new Interpreter(script, settings, bench)
  let finding = blank(options)
  try {
    await interpreter.run()
  } catch (error) {
    finding = { ...finding, ...judged(error, interpreter) }
  }
  return closed(bench, { ...finding, leftOut: [...interpreter.wire.leftOut] })
}

function presetSysctls(bench: Bench, sysctls: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(sysctls)) {
    if (bench.setSysctl(name, value) !== 'set') throw new NotApplicable(`the host does not take ${name}=${value}`)
  }
}

/** Taking the host down is part of the run: what it throws or leaves behind is its fault too. */
function closed(bench: Bench, finding: Finding): Finding {
  try {
    return { ...finding, leakedPackets: bench.close() }
  } catch (error) {
    const { reason } = explain(error)
    return finding.verdict === 'pass' ? { ...finding, verdict: 'fail', reason: `at close: ${reason}` } : finding
  }
}

function judged(error: unknown, interpreter: Interpreter): Pick<Finding, 'verdict' | 'reason' | 'line' | 'report'> {
  const { verdict, reason } = explain(error)
  const { failed, log, wire, connections, schedule } = interpreter
  const report = verdict === 'fail'
    ? failureReport(log, failed, reason, wire.wrong, wire.following, connections.current, schedule.startAt)
    : []
  const where = failed === undefined ? '' : `line ${failed.line}: `
  return { verdict, reason: `${where}${reason}`, line: failed?.line, report }
}

/** A bug of the stack (an assertion) is a failure of the script, with its words. */
function explain(error: unknown): { verdict: Verdict, reason: string } {
  if (error instanceof NotApplicable) return { verdict: 'na', reason: error.message }
  if (error instanceof Mismatch) return { verdict: 'fail', reason: error.message }
  if (error instanceof ScriptError) return { verdict: 'fail', reason: `script: ${error.message}` }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { verdict: 'fail', reason: `the stack threw ${text}${stackLine(error)}` }
}

function stackLine(error: unknown): string {
  const frame = error instanceof Error ? error.stack?.split('\n').find(line => line.includes(' at ') && !line.includes('assert')) : undefined
  return frame === undefined ? '' : ` (${frame.trim()})`
}
