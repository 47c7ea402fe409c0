// The other end of control-server.ts: finds the running instance and asks it.

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Ask } from './control-server.ts'
import { CONTROL_PREFIX } from './control-server.ts'
import { Failure } from './failure.ts'

interface Answer { readonly result?: unknown, readonly error?: string, readonly detail?: string }

/** Names of the instances that run in this network namespace. */
export function instances(): string[] {
  let table = ''
  try {
    table = readFileSync('/proc/net/unix', 'utf8')
  } catch { /* no /proc, no names */ }
  const names = table.split('\n').map(line => line.split(' @')[1]).filter(each => each?.startsWith(CONTROL_PREFIX))
  // Node fills the name up with NUL bytes, which the table shows as @.
  return [...new Set(names.map(each => each.slice(CONTROL_PREFIX.length).replace(/@+$/, '')))]
}

function choose(wanted: string | undefined): string {
  if (wanted !== undefined) return wanted
  const names = instances()
  if (names.length === 1) return names[0]
  if (names.length === 0) throw new Failure('ENOENT: no instance runs in this network namespace; start one with: sockeye up ...', 1)
  throw new Failure(`EINVAL: several instances run here; choose one with --instance: ${names.join(', ')}`, 2)
}

/** An open line to the instance. */
export async function dial(wanted: string | undefined): Promise<Socket> {
  const name = choose(wanted)
  return new Promise((resolve, reject) => {
    const line = connect(`\0${CONTROL_PREFIX}${name}`)
    line.once('connect', () => { resolve(line) })
    line.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Failure(`${name}: ${error.code ?? 'EIO'}: this instance does not answer; running are: ${instances().join(', ') || 'none'}`, 1))
    })
  })
}

/** Hands each answer to `take` until the line closes or `take` answers false. */
export async function converse(line: Socket, ask: Ask, take: (answer: unknown) => boolean): Promise<void> {
  line.write(`${JSON.stringify(ask)}\n`)
  for await (const text of createInterface({ input: line })) if (!take(JSON.parse(text))) break
  line.destroy()
}

export async function request<T>(wanted: string | undefined, ask: Ask): Promise<T> {
  const line = await dial(wanted)
  let answer: Answer | undefined = undefined
  await converse(line, ask, record => {
    answer = record as Answer
    return false
  })
  const { error, detail, result } = answer ?? { error: 'EPERM', detail: 'it talks to its own user and to root only', result: undefined }
  if (error !== undefined) throw new Failure(`${ask.call}: ${error}${detail === undefined ? '' : `: ${detail}`}`, 1)
  return result as T
}
