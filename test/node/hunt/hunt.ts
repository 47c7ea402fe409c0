// The hunt: drawn programs on Node's own network and on ours. A difference counts when Node agrees with itself three times and ours
// differs each time; it is then shrunk to the fewest operations that show it, and one of each kind is kept.

import { isDeepStrictEqual } from 'node:util'
import { Player } from './players.ts'
import type { Way } from './players.ts'
import type { Json, Logs, Program } from './program.ts'

export interface Difference { readonly owner: string, readonly at: number, readonly ours: Json, readonly node: Json }

export interface Found { readonly name: string, readonly program: Program, readonly difference: Difference }

export interface HuntOptions {
  readonly draw: (seed: string) => Program
  readonly seed: string
  readonly from?: number
  readonly count: number
  readonly way: Way
  /** Kinds after which the hunt ends. */
  readonly most?: number
  readonly preload?: string
  readonly onFound?: (found: Found) => void
  readonly progress?: (played: number) => void
}

export interface Hunt {
  readonly played: number
  /** In which Node itself wavers. */
  readonly undecided: number
  /** What sockets saw, in all. */
  readonly lines: number
  readonly found: ReadonlyMap<string, Found>
}

const AHEAD = 16
const ASKED_AGAIN = 3

export function firstDifference(ours: Logs, node: Logs): Difference | undefined {
  for (const owner of new Set([...Object.keys(node), ...Object.keys(ours)])) {
    const [mine, theirs] = [ours[owner] ?? [], node[owner] ?? []]
    if (isDeepStrictEqual(mine, theirs)) continue
    for (let at = 0; at < Math.max(mine.length, theirs.length); at++) {
      if (!isDeepStrictEqual(mine[at], theirs[at])) return { owner, at, ours: mine[at] ?? 'nothing', node: theirs[at] ?? 'nothing' }
    }
  }
  return undefined
}

/** Some wrong arguments are the end of Node's process. */
function hasEnded(logs: Logs): boolean { return logs.process?.[0]?.[0] === 'ended' }

/** Differences of one kind look alike: where they differ, without numbers. */
export function kindOf({ owner, ours, node }: Difference): string {
  const plain = (value: Json): string => JSON.stringify(value).replace(/P?\d+/g, 'N').slice(0, 70)
  return `${owner.replace(/\d+/, '')}: ours ${plain(ours)}, Node ${plain(node)}`
}

export class Judge {
  readonly ours: Player
  readonly node: Player

  constructor(way: Way, preload?: string) {
    this.ours = Player.onOurs(way, preload)
    this.node = Player.onNode()
  }

  async glance(program: Program): Promise<Difference | undefined> {
    const [ours, node] = await Promise.all([this.ours.play(program), this.node.play(program)])
    return firstDifference(ours, node)
  }

  /** The difference, if it stays; `undecided` if Node itself wavers. */
  async confirm(program: Program): Promise<Difference | 'undecided' | undefined> {
    let first: Logs | undefined
    let difference: Difference | undefined
    for (let i = 0; i < ASKED_AGAIN; i++) {
      const node = await this.node.play(program)
      if (hasEnded(node)) return 'undecided'
      if (first !== undefined && firstDifference(node, first) !== undefined) return 'undecided'
      first = node
      difference = firstDifference(await this.ours.play(program), node)
      if (difference === undefined) return undefined
    }
    return difference
  }

  close(): void {
    this.ours.close()
    this.node.close()
  }
}

export async function hunt(options: HuntOptions): Promise<Hunt> {
  const { draw, seed, from = 0, count, way, most = Infinity, preload, onFound, progress } = options
  const judge = new Judge(way, preload)
  const found = new Map<string, Found>()
  let [played, undecided, lines] = [0, 0, 0]
  try {
    for (let at = from; at < from + count && found.size < most; at += AHEAD) {
      const names = Array.from({ length: Math.min(AHEAD, from + count - at) }, (_, i) => `${seed}/${at + i}`)
      const programs = names.map(draw)
      const asked = programs.map(each => Promise.all([judge.ours.play(each), judge.node.play(each)]))
      for (const [index, program] of programs.entries()) {
        const [ours, node] = await asked[index]
        played++
        lines += Object.values(node).reduce((sum, each) => sum + each.length, 0)
        if (firstDifference(ours, node) === undefined) continue
        await Promise.all(asked)
        const difference = await judge.confirm(program)
        if (difference === undefined || difference === 'undecided') {
          if (difference === 'undecided') undecided++
        } else if (!found.has(kindOf(difference))) {
          const small = await shrink(judge, { name: names[index], program, difference })
          if (!found.has(kindOf(small.difference))) onFound?.(small)
          found.set(kindOf(small.difference), small)
          found.set(kindOf(difference), small)
        }
      }
      progress?.(played)
    }
  } finally {
    judge.close()
  }
  return { played, undecided, lines, found }
}

/** Leaves out steps, then single operations, as long as the two differ in the same way. */
async function shrink(judge: Judge, start: Found): Promise<Found> {
  const kind = kindOf(start.difference)
  let best = start
  const attempt = async (program: Program): Promise<boolean> => {
    const difference = await judge.glance(program)
    if (difference === undefined || kindOf(difference) !== kind) return false
    best = { ...best, program, difference }
    return true
  }
  for (let hasShrunk = true; hasShrunk;) {
    hasShrunk = false
    for (const smaller of smallerOnes(best.program)) {
      if (!await attempt(smaller)) continue
      hasShrunk = true
      break
    }
  }
  const sure = await judge.confirm(best.program)
  return typeof sure === 'object' ? { ...best, difference: sure } : start
}

function* smallerOnes(program: Program): Generator<Program> {
  for (let at = program.length - 1; at >= 0; at--) yield [...program.slice(0, at), ...program.slice(at + 1)]
  for (const [at, step] of program.entries()) {
    for (let op = step.length - 1; op >= 0; op--) {
      yield [...program.slice(0, at), [...step.slice(0, op), ...step.slice(op + 1)], ...program.slice(at + 1)]
    }
  }
}

export function explain({ name, program, difference }: Found): string {
  const steps = program.map(step => `  [${step.map(op => JSON.stringify(op)).join(',\n   ')}],`).join('\n')
  const { owner, at, ours, node } = difference
  return `${name}: ${owner}, line ${at}\n ours ${JSON.stringify(ours)}\n Node ${JSON.stringify(node)}\n[\n${steps}\n]`
}
