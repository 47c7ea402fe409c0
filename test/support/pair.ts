// Two hosts on one wire, or one host alone, in virtual time: what socket tests need.

import { Trace } from '../../src/base/trace.ts'
import { seededSource } from '../../src/base/random.ts'
import { createHost } from '../../src/kernel/host.ts'
import type { Host } from '../../src/kernel/host.ts'
import { Stage } from '../../src/sim/stage.ts'
import { PacketMemory } from '../../src/wire/packet-memory.ts'

export interface Lone {
  readonly stage: Stage
  readonly memory: PacketMemory
  readonly trace: Trace
  readonly host: Host
  makeHost(name: string): Host
  /** Runs an awaited program to its end in virtual time. */
  run<T>(program: () => Promise<T>): Promise<T>
  /** Lets everything pending happen. */
  settle(ms?: number): Promise<void>
}

export function lone(seed: number = 1): Lone {
  const stage = new Stage()
  const memory = new PacketMemory()
  const trace = new Trace()
  const random = seededSource(seed)
  const makeHost = (name: string): Host => createHost({ name, clock: stage.clock, random, memory, trace, onWake: stage.noteWake })
  return {
    stage, memory, trace, makeHost, host: makeHost('h'),
    run: program => stage.runUntilDone(program()),
    settle: (ms = 10) => stage.runFor(ms),
  }
}
