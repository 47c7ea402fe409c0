// How a command says that it cannot go on: one line on stderr and an exit code. 1 is a failure at run time, of the network
// or the peer; 2 is a wrong call or a set-up that the host refuses.

import type { Errno } from '../src/entry/main.ts'
import { errnoText } from '../src/entry/main.ts'

export class Failure extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A wrong call: what was wrong and what to write instead. */
export function usage(message: string): Failure { return new Failure(`EINVAL: ${message}`, 2) }

/** A set-up that the stack or the host refuses. */
export function setup(subject: string, errno: Errno, advice: string = ''): Failure {
  return new Failure(`${subject}: ${errno}: ${errnoText(errno)}${advice === '' ? '' : `; ${advice}`}`, 2)
}

/** What happened on the network. */
export function atRunTime(subject: string, errno: Errno, detail: string = ''): Failure {
  return new Failure(`${subject}: ${errno}: ${errnoText(errno)}${detail === '' ? '' : ` (${detail})`}`, 1)
}
