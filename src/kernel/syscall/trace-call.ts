// One trace event for a finished call: its arguments and its result as text (rows G4, N). Only built while somebody listens.

import { describeSockaddr } from '../../sock/socket-address.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import type { ProcessState } from '../process-state.ts'

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return value.length === 4 ? String(new DataView(value.buffer, value.byteOffset).getInt32(0, true)) : `${value.length} bytes`
  if (typeof value === 'object' && value !== null && 'family' in value) return describeSockaddr(value as SocketAddress)
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

export function traceCall(process: ProcessState, call: string, fd: number, result: unknown, ...args: readonly unknown[]): void {
  const { namespace } = process.kernel
  namespace.trace.emit({
    name: 'syscall', at: namespace.now(), host: namespace.host, pid: process.pid, call, fd,
    args: args.filter(each => each !== undefined).map(describe).join(', '), result: describe(result),
  })
}
