// An error of a socket comes from the loop: nothing in it says which socket, or where a program made it. It is found again among
// those that closed lately, by how it failed and whom it was connected to.

import { StreamHandle } from '../net/stream-handle.ts'
import { describeSeconds } from './duration.ts'
import { siteOf } from './failure.ts'
import type { Life, OpenHandle } from './life.ts'
import { KINDS } from './report.ts'

interface SocketError { readonly errno: number, readonly address?: string, readonly port?: number }

/** The error itself, what caused it, or the first of several attempts. */
function socketError(error: unknown): SocketError | undefined {
  let each = error
  for (let depth = 0; each instanceof Error && depth < 5; depth++) {
    if (typeof (each as Partial<SocketError>).errno === 'number') return each as unknown as SocketError
    each = each instanceof AggregateError ? each.errors[0] : each.cause
  }
  return undefined
}

function isMeant({ handle }: OpenHandle, { errno, address, port }: SocketError): boolean {
  if (!(handle instanceof StreamHandle) || handle.failure !== errno) return false
  const { target } = handle
  return address === undefined || target === undefined || (target.address === address && target.port === port)
}

/** `socket TCP to 10.0.0.1:80, opened at 0 s at connect (/home/me/client.js:12:5)` */
export function failedSocket(life: Life, error: unknown): string | undefined {
  const wanted = socketError(error)
  const found = wanted === undefined ? undefined : [...life.handles.values(), ...life.closed].reverse().find(each => isMeant(each, wanted))
  if (found === undefined) return undefined
  const { target } = found.handle as StreamHandle
  const peer = target === undefined ? '' : ` to ${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`
  return `socket ${KINDS[found.type] ?? found.type}${peer}, opened at ${describeSeconds(found.openedAtUs)} ${siteOf(found.place)}`
}
