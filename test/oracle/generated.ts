// Sequences of calls drawn by chance: a cast of sockets, pipes and files, and up to thirty calls on them by one or two
// processes. In most every descriptor is non-blocking; in the `sleepy` ones whatever may sleep is started and asked for
// later, so that no sequence can hang. Most know one to three families of calls more (drawn/families.ts), so that few kinds
// of calls meet often instead of all kinds rarely. What is drawn is a scenario like any other; sequence N of a seed is
// always the same.

import { SOCK_NONBLOCK } from '../../src/base/posix.ts'
import { SeededRandom } from '../../src/base/random.ts'
import { Cast, MEMBERS } from './drawn/cast.ts'
import { Draw } from './drawn/draw.ts'
import type { Family } from './drawn/draw.ts'
import { FAMILIES } from './drawn/families.ts'
import { Program } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/** ORACLE_FAMILIES=waits,timers: every sequence knows these, and no others. */
const WANTED = process.env.ORACLE_FAMILIES?.split(',')

function familiesFor(random: SeededRandom): readonly Family[] {
  if (WANTED !== undefined) return FAMILIES.filter(each => WANTED.includes(each.name))
  const known = new Set<Family>()
  for (let count = random.below(4); count > 0; count--) known.add(FAMILIES[random.below(FAMILIES.length)])
  return [...known]
}

/** Sequence `index` of `seed`. One in twelve sleeps, one in twelve forks. */
export function generated(seed: number, index: number): Scenario {
  const random = new SeededRandom(`${seed}/${index}`)
  const kind = random.below(12)
  const cast = new Cast(new Program(), kind === 0 ? 0 : SOCK_NONBLOCK)
  for (let members = 1 + random.below(3); members > 0; members--) cast.add(random.below(MEMBERS.length))
  new Draw(random, cast).run(4 + random.below(27), kind === 1, familiesFor(random))
  return { name: `sequence ${seed}/${index}`, steps: cast.p.steps }
}
