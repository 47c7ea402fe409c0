// `sockeye drill PATH...`: runs packetdrill scripts against our own stack, one line a script.

import { Command, InvalidArgumentError } from 'commander'
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FAMILIES, captureBench, familiesOf, hostBenches, runMutants, runSource } from '../src/entry/drill.ts'
import type { BenchMaker, Family, Finding, Mode, MutantReport, SourceFile } from '../src/entry/drill.ts'

interface Flags {
  list?: string
  root?: string
  json?: boolean
  family?: (Family | 'all')[]
  mode: Mode
  capture?: string
  define?: Record<string, string>
  option?: Record<string, string>
  sysctl?: Record<string, string>
  mutants?: boolean
  quiet?: boolean
}

interface Row { readonly path: string, readonly finding: Finding, readonly mutants: MutantReport | undefined }

function collectFamily(value: string, before: (Family | 'all')[] = []): (Family | 'all')[] {
  if (value !== 'all' && !FAMILIES.includes(value as Family)) throw new InvalidArgumentError('one of ipv4, ipv6, mapped, all')
  return [...before, value as Family | 'all']
}

function collectDefine(value: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, text] = /^([A-Za-z_]\w*)=(.*)$/s.exec(value) ?? []
  if (name === undefined) throw new InvalidArgumentError('NAME=value')
  return { ...before, [name]: text }
}

function collectSysctl(value: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, text] = /^([a-z0-9_./]+)=(.*)$/s.exec(value) ?? []
  if (name === undefined) throw new InvalidArgumentError('name=value')
  return { ...before, [name.replaceAll('/', '.')]: text }
}

function mode(value: string): Mode {
  if (value !== 'exact' && value !== 'neutral') throw new InvalidArgumentError('exact or neutral')
  return value
}

/** Every `*.pkt` under a folder, in order; a file as it is. */
function scriptsAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(entry => entry.isDirectory() ? scriptsAt(join(path, entry.name)) : entry.name.endsWith('.pkt') ? [join(path, entry.name)] : [])
}

/** Names in a list file, relative to a root: nothing beyond the list is opened. */
function scriptsListed(list: string, root: string): string[] {
  const names = readFileSync(list, 'utf8').split('\n').map(line => line.replace(/#.*/, '').trim()).filter(line => line !== '')
  return names.map(name => join(root, name))
}

function describe(row: Row, familyShown: boolean): string {
  const { path, finding, mutants } = row
  const verdict = { pass: 'pass', fail: 'FAIL', na: 'n/a ' }[finding.verdict]
  const where = familyShown || finding.family !== 'ipv4' || finding.mode !== 'exact' ? ` [${finding.family}${finding.mode === 'exact' ? '' : `, ${finding.mode}`}]` : ''
  const proof = mutants === undefined ? '' : `  ${mutants.killed} mutants died, ${mutants.survivors.length} survived, ${mutants.equivalent} equivalent`
  return `${verdict} ${path}${where}${finding.reason === '' ? '' : `: ${finding.reason}`}${proof}`
}

function print(row: Row, flags: Flags): void {
  if (flags.json === true) return
  console.log(describe(row, flags.family !== undefined))
  if (flags.quiet !== true) for (const line of row.finding.report) console.log(`    ${line}`)
  if (row.finding.leakedPackets !== 0) console.log(`    the host left ${row.finding.leakedPackets} packets behind`)
  for (const { line, what } of row.mutants?.survivors ?? []) console.log(`    survivor: line ${line}, ${what}`)
}

async function runOne(source: SourceFile, family: Family, flags: Flags, benches: BenchMaker): Promise<Row> {
  const options = {
    family, mode: flags.mode, defines: flags.define ?? {}, sysctls: flags.sysctl ?? {},
    options: Object.entries(flags.option ?? {}).map(([name, value]) => ({ name, value })),
  }
  const capture = flags.capture === undefined ? undefined : captureBench()
  const finding = await runSource(source, capture === undefined ? options : { ...options, watch: capture.watch }, benches)
  if (capture !== undefined && flags.capture !== undefined) {
    const name = source.name.replace(/^[./]+/, '').replaceAll('/', '-').replace(/\.pkt$/, '')
    writeFileSync(join(flags.capture, `${name}.${family}.pcapng`), capture.bytes())
  }
  const mutants = flags.mutants === true && finding.verdict === 'pass' ? await runMutants(source, options, benches) : undefined
  return { path: source.name, finding, mutants }
}

async function drill(paths: readonly string[], flags: Flags): Promise<number> {
  const listed = flags.list === undefined ? [] : scriptsListed(flags.list, flags.root ?? '.')
  const scripts = [...paths.flatMap(scriptsAt), ...listed]
  if (scripts.length === 0) throw new Error('no script to run: name files, folders, or a --list')
  if (flags.capture !== undefined) mkdirSync(flags.capture, { recursive: true })
  const families = flags.family === undefined ? undefined : flags.family.includes('all') ? FAMILIES : FAMILIES.filter(each => flags.family?.includes(each))
  const benches = hostBenches()
  const rows: Row[] = []
  for (const path of scripts) {
    const source = { name: path, text: readFileSync(path, 'utf8') }
    for (const family of familiesOf(source, families === undefined ? {} : { families })) {
      const row = await runOne(source, family, flags, benches)
      rows.push(row)
      print(row, flags)
    }
  }
  return summary(rows, flags)
}

function summary(rows: readonly Row[], flags: Flags): number {
  const count = (verdict: Finding['verdict']): number => rows.filter(row => row.finding.verdict === verdict).length
  const survivors = rows.reduce((sum, row) => sum + (row.mutants?.survivors.length ?? 0), 0)
  if (flags.json === true) {
    const scripts = rows.map(({ path, finding }) => ({ path, family: finding.family, verdict: finding.verdict, reason: finding.reason }))
    console.log(JSON.stringify({ scripts }))
  } else {
    if (flags.mutants === true) {
      const killed = rows.reduce((sum, row) => sum + (row.mutants?.killed ?? 0), 0)
      const equivalent = rows.reduce((sum, row) => sum + (row.mutants?.equivalent ?? 0), 0)
      console.log(`${killed} mutants died, ${survivors} survived, ${equivalent} equivalent`)
    }
    console.log(`${count('pass')} passed, ${count('fail')} failed, ${count('na')} not applicable`)
  }
  return count('fail') > 0 || survivors > 0 ? 1 : 0
}

/** Adds `drill` to a program, if one is given. Exit codes: 0 all well, 1 a script failed, 2 wrong call. */
export function drillCommand(program?: Command): Command {
  const command = new Command('drill')
    .description('Run packetdrill scripts against the stack, in virtual time')
    .argument('[path...]', 'scripts, or folders with *.pkt in them')
    .option('--list <file>', 'run the scripts a file names, one a line')
    .option('--root <dir>', 'the folder that the list\'s names start from', '.')
    .option('--family <family>', 'ipv4, ipv6, mapped or all; may be repeated (default: what the script fixes, else ipv4)', collectFamily)
    .option('--mode <mode>', 'exact: as Linux; neutral: what the RFCs leave open is left open', mode, 'exact' as Mode)
    .option('-D, --define <name=value>', 'replace a word in the scripts; may be repeated', collectDefine)
    .option('-O, --option <name=value>', 'an option line over the scripts\' own (tolerance_usecs=0, local_ip=...); may be repeated', collectDefine)
    .option('--sysctl <name=value>', 'a setting of the host before the script\'s own; may be repeated', collectSysctl)
    .option('--capture <dir>', 'write a pcapng file a script and family')
    .option('--mutants', 'prove the judge: change each passing script in one place after the other; every change must be noticed')
    .option('--quiet', 'one line a script, no reports')
    .option('--json', 'print the verdicts as JSON, nothing else')
    .action(async (paths: string[], flags: Flags) => {
      try {
        process.exitCode = await drill(paths, flags)
      } catch (error) {
        console.error(`sockeye: ${error instanceof Error ? error.message : String(error)}`)
        process.exitCode = 2
      }
    })
  program?.addCommand(command)
  return command
}
