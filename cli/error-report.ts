// What MSG_ERRQUEUE delivers beside the packet that failed: struct sock_extended_err and the offender's address (ip(7)).

import type { ControlMessage, Errno } from '../src/entry/main.ts'
import { errnoFromNumber, IP_RECVERR, IpAddress, IPV6_RECVERR, SOL_IP, SOL_IPV6 } from '../src/entry/main.ts'

export interface ErrorReport {
  readonly errno: Errno
  readonly origin: 'local' | 'icmp' | 'icmp6'
  readonly type: number
  readonly code: number
  /** The MTU, where the error names one. */
  readonly info: number
  readonly offender: IpAddress | undefined
}

const ORIGINS: Readonly<Record<number, ErrorReport['origin']>> = { 1: 'local', 2: 'icmp', 3: 'icmp6' }
const EXTENDED_ERROR_BYTES = 16
const SOCKADDR_IN_ADDRESS_AT = 4
const SOCKADDR_IN6_ADDRESS_AT = 8

export function decodeErrorReport(control: readonly ControlMessage[]): ErrorReport | undefined {
  const message = control.find(({ level, type }) => level === SOL_IP && type === IP_RECVERR || level === SOL_IPV6 && type === IPV6_RECVERR)
  if (message === undefined || message.data.length < EXTENDED_ERROR_BYTES) return undefined
  const { data } = message
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return {
    errno: errnoFromNumber(view.getUint32(0, true)) ?? 'EIO',
    origin: ORIGINS[data[4]] ?? 'local',
    type: data[5],
    code: data[6],
    info: view.getUint32(8, true),
    offender: offender(view, data),
  }
}

function offender(view: DataView, data: Uint8Array): IpAddress | undefined {
  const family = data.length >= EXTENDED_ERROR_BYTES + 2 ? view.getUint16(EXTENDED_ERROR_BYTES, true) : 0
  if (family === 2) return IpAddress.fromBytes(data, EXTENDED_ERROR_BYTES + SOCKADDR_IN_ADDRESS_AT, 4)
  if (family === 10) return IpAddress.fromBytes(data, EXTENDED_ERROR_BYTES + SOCKADDR_IN6_ADDRESS_AT, 6)
  return undefined
}
