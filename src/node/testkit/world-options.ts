// What a world is made with.

import type { Duration } from './duration.ts'

export interface TestWorldOptions {
  /** Where chance begins. Default SOCKEYE_SEED of the environment, or 1. */
  readonly seed?: number | string
  /** Hosts have IPv6 addresses too, and names both. */
  readonly ipv6?: boolean
  /** What the calendar shows at the beginning; default 2030-01-01. */
  readonly startAt?: Date | number | string
  /** How long, in the world's time, one wait may take before it fails. Default 10 minutes. */
  readonly limit?: Duration
  /** Math.random and crypto.random* of programs come from the seed. Default true. */
  readonly seedCrypto?: boolean
  /** Names the files of a failure. Default 'world'. */
  readonly name?: string
  /** A folder for what a failure leaves behind; default SOCKEYE_ARTIFACTS of the environment, or none. */
  readonly artifacts?: string
  /** How many frames are kept for the case of a failure. Default 20,000; 0 for none. */
  readonly keepFrames?: number
  /** The trace hash costs a little; default true. */
  readonly hashes?: boolean
}
