// The families of calls that a drawn sequence may know beside those that all draw.

import type { Family } from './draw.ts'
import { EVENTS, TIMERS } from './events.ts'
import { FLAGS } from './flags.ts'
import { LENGTHS } from './lengths.ts'
import { MOVES } from './moves.ts'
import { MULTICAST } from './multicast.ts'
import { NESTED } from './nested.ts'
import { TIMEOUTS } from './timeouts.ts'
import { VECTORS } from './vectors.ts'
import { VERSIONS } from './versions.ts'
import { WAITS } from './waits.ts'

export const FAMILIES: readonly Family[] = [
  WAITS, EVENTS, TIMERS, TIMEOUTS, NESTED, LENGTHS, FLAGS, VECTORS, MOVES, VERSIONS, MULTICAST,
]
