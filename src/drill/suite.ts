// Many scripts in many families, one verdict each; and the mutants of those that pass.

import type { BenchMaker } from './bench.ts'
import { mutantsOf } from './mutants.ts'
import type { Finding } from './report.ts'
import { readScript, runScript, runSource } from './run.ts'
import type { RunOptions, SourceFile } from './run.ts'
import { FAMILIES, applyOptions, defaultSettings, fixedFamily } from './settings.ts'
import type { Family } from './settings.ts'

export interface SuiteOptions extends Omit<RunOptions, 'family'> {
  /** undefined: the script's own family if it fixes one, else IPv4. */
  readonly families?: readonly Family[]
}

/** The families a script is run in. */
export function familiesOf(source: SourceFile, options: SuiteOptions): readonly Family[] {
  if (options.families !== undefined) return options.families
  try {
    const script = readScript(source, { ...options, family: 'ipv4' })
    return [fixedFamily(script.options, source.name) ?? 'ipv4']
  } catch {
    return [FAMILIES[0]]
  }
}

export async function* runSuite(sources: Iterable<SourceFile>, options: SuiteOptions,
  makeBench: BenchMaker): AsyncGenerator<{ source: SourceFile, finding: Finding }> {
  for (const source of sources) {
    for (const family of familiesOf(source, options)) yield { source, finding: await runSource(source, { ...options, family }, makeBench) }
  }
}

export interface MutantReport {
  readonly killed: number
  readonly equivalent: number
  /** Changes that went unnoticed: each is a hole in the judge, or in the script. */
  readonly survivors: readonly { readonly line: number, readonly what: string }[]
}

/** For a script that passes: what becomes of its mutants. */
export async function runMutants(source: SourceFile, options: RunOptions, makeBench: BenchMaker): Promise<MutantReport> {
  const script = readScript(source, options)
  const mode = options.mode ?? 'exact'
  const settings = defaultSettings(options.family, mode)
  applyOptions(settings, script.options)
  const { leftOut } = await runScript(script, source.name, options, makeBench)
  const made = mutantsOf(script, mode, settings.toleranceUs)
  const mutants = made.mutants.filter(each => !leftOut.includes(each.line))
  const equivalent = made.equivalent.length + made.mutants.length - mutants.length
  const survivors: { line: number, what: string }[] = []
  for (const mutant of mutants) {
    const { verdict } = await runScript(mutant.script, source.name, options, makeBench)
    if (verdict === 'pass') survivors.push({ line: mutant.line, what: mutant.what })
  }
  return { killed: mutants.length - survivors.length, equivalent, survivors }
}
