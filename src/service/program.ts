// What a program sees of its host: both faces of the system calls. Services are written against this and nothing else,
// so the same program runs on a TAP device and in a simulated world.

import type { AsyncSys, Sys } from '../kernel/syscalls.ts'

export interface Program extends AsyncSys {
  readonly sys: Sys
}

/** A service that runs until told to stop; `stop` closes what it listens on. */
export interface Service {
  /** `tcp 80` and the like, for `ss` and logs. */
  readonly name: string
  stop(): void
}

/** As system calls take it. */
export type SocketAddress = Parameters<Sys['bind']>[1]
