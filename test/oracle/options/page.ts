// docs/options.md: what our kernel answers for every option of Linux's lists, as played by probe.ts. Drawn by `npm run options`;
// test/oracle/options.test.ts says that Linux answers the same.

import { runOnOurs } from '../our-kernel.ts'
import { SHOWN_INTS } from './entry.ts'
import type { OptionEntry, OptionLevel } from './entry.ts'
import { OPTION_LEVELS } from './levels.ts'
import { NOBODYS_OPTION, SOCKET_KINDS, probe, transcript } from './probe.ts'
import type { Transcript } from './probe.ts'

const INTRODUCTION = `# Socket options

Every option number of Linux 6.18's lists, on thirteen kinds of sockets. Drawn by \`npm run options\` from what our kernel answers;
\`test/oracle/options.test.ts\` plays the same on Linux (fresh reads with seven lengths, nineteen values and more of every length, a read
after each) and fails on a difference that this page does not name. The kinds:
${[...SOCKET_KINDS.keys()].join(', ')};
"connection" is an established TCP socket.

Columns: where it is there; what it reads on a fresh socket; what ints do when set (\`a → b\`: set to a, reads b); the test that shows what
it is for. Where an option is not there for a kind, setting and reading it answer Linux's errno.
`

const UNSUPPORTED_INTRODUCTION = `Answered as Linux answers a number that nobody knows: ENOPROTOOPT, or EINVAL for a value shorter than an int where
the level looks at lengths first, or EOPNOTSUPP from families without the level.
`

export interface OptionsPage { readonly text: string, readonly problems: readonly string[] }

function isErrno(answer: unknown): boolean { return typeof answer === 'string' && /^E[A-Z]+[0-9]*$/.test(answer) }

function readable(bytes: string): string {
  if (isErrno(bytes)) return bytes
  if (bytes.length === 8) return String(Buffer.from(bytes, 'hex').readInt32LE(0))
  if (bytes === '') return 'nothing'
  return bytes.length <= 32 ? `\`${bytes}\`` : `${bytes.length / 2} bytes`
}

/** Ints by what became of them. */
function settings(entry: OptionEntry, { settings: all }: Transcript): string {
  const outcomes = new Map<string, string[]>()
  for (const [value, set, read] of all) {
    if (typeof value !== 'number' || !SHOWN_INTS.includes(value)) continue
    const got = readable(read)
    const outcome = isErrno(set) ? String(set) : entry.isVolatile === true ? 'taken' : isErrno(read) ? 'taken'
      : got === String(value) ? 'as set' : `→ ${got}`
    outcomes.set(outcome, [...outcomes.get(outcome) ?? [], String(value)])
  }
  if (outcomes.size === 1) return [...outcomes.keys()].join('')
  if (outcomes.size === 2 && outcomes.get('as set')?.join() === '1,0' && outcomes.has('→ 1')) return 'off by 0, on by anything else'
  return [...outcomes].map(([outcome, values]) => {
    const list = values.join(', ')
    return outcome.startsWith('→') ? `${list} ${outcome}` : `${outcome}: ${list}`
  }).join('; ')
}

async function play(level: OptionLevel, entry: OptionEntry): Promise<Map<string, Transcript>> {
  const played = new Map<string, Transcript>()
  for (const kind of SOCKET_KINDS.keys()) {
    const { scenario, from } = probe(level, entry, kind)
    const { results, error } = await runOnOurs(scenario)
    if (error !== undefined) throw new Error(`${scenario.name}: ${error}`)
    played.set(kind, transcript(entry, results.slice(from)))
  }
  return played
}

/** Does it answer otherwise than a number that nobody knows? */
function isThere(each: Transcript, nobodys: Transcript | undefined): boolean {
  return JSON.stringify([each.initial, each.settings]) !== JSON.stringify([nobodys?.initial, nobodys?.settings])
}

/** Kinds that answer alike share a row. */
function rows(entry: OptionEntry, played: ReadonlyMap<string, Transcript>, nobodys: ReadonlyMap<string, Transcript>): string[] {
  const alike = new Map<string, string[]>()
  for (const [kind, each] of played) {
    if (!isThere(each, nobodys.get(kind))) continue
    const initial = entry.isVolatile === true && !isErrno(each.initial) ? `${each.initial.length / 2} bytes` : readable(each.initial)
    const key = `${isErrno(each.initial) ? `– (${each.initial})` : initial} | ${settings(entry, each)}`
    alike.set(key, [...alike.get(key) ?? [], kind])
  }
  const shown = `${entry.none === undefined ? '' : `no effect on Linux either (${entry.none}): `}${entry.effect ?? ''}`
  return [...alike].map(([key, kinds], index) => {
    const where = kinds.length === SOCKET_KINDS.size ? 'all' : kinds.join(', ')
    return `| ${index === 0 ? `\`${entry.name}\` ${entry.id}` : ''} | ${where} | ${key} | ${index === 0 ? shown : '″'} |`
  })
}

async function drawLevel(level: OptionLevel, problems: string[]): Promise<string> {
  const there: string[] = []
  const differing: string[] = []
  const missing: string[] = []
  for (const entry of level.options) {
    const drawn = rows(entry, await play(level, entry), await play(level, { ...entry, id: NOBODYS_OPTION }))
    if (entry.unsupported !== undefined) {
      if (drawn.length > 0) problems.push(`${level.name} ${entry.name} answers: strike \`unsupported\` off its line`)
      missing.push(`| \`${entry.name}\` ${entry.id} | ${entry.unsupported} |`)
      continue
    }
    if (drawn.length === 0) problems.push(`${level.name} ${entry.name} is there for no socket: say why in \`unsupported\``)
    if (entry.effect === undefined) problems.push(`${level.name} ${entry.name} cites no test that shows its effect`)
    if (entry.differs !== undefined) differing.push(`- \`${entry.name}\`: ${entry.differs}`)
    there.push(...drawn)
  }
  const supported = level.options.length - missing.length
  return [
    `## ${level.name}`, '', `${level.header}: ${level.options.length} numbers, ${supported} there.`, '',
    '| option | sockets | fresh | set | shown by |', '|---|---|---|---|---|', ...there, '',
    ...differing.length === 0 ? [] : ['Otherwise than Linux:', '', ...differing, ''],
    ...missing.length === 0 ? [] : [UNSUPPORTED_INTRODUCTION, '| option | why |', '|---|---|', ...missing, ''],
  ].join('\n')
}

export async function drawOptions(): Promise<OptionsPage> {
  const problems: string[] = []
  const levels: string[] = []
  for (const level of OPTION_LEVELS) levels.push(await drawLevel(level, problems))
  return { text: [INTRODUCTION, ...levels].join('\n'), problems }
}

/** Titles that must exist, for the script to look for. */
export const CITED: readonly (readonly [option: string, title: string])[] = OPTION_LEVELS.flatMap(level =>
  level.options.flatMap(({ name, effect }) => effect === undefined ? [] : [[`${level.name} ${name}`, effect] as const]))
