// What ICMP errors mean to a socket (Linux: icmp_err_convert, icmpv6_err_convert; behaviour 25).

import type { Errno } from '../../base/errno.ts'
import { ICMP_PARAMETER_PROBLEM, ICMP_UNREACHABLE } from '../../wire/icmpv4.ts'
import {
  ICMPV6_PACKET_TOO_BIG, ICMPV6_PARAMETER_PROBLEM, ICMPV6_TIME_EXCEEDED, ICMPV6_UNREACHABLE,
} from '../../wire/icmpv6.ts'
import type { IcmpError } from '../icmp-error.ts'

type Meaning = readonly [Errno, boolean]

/** By code of Destination Unreachable: errno, and whether it is fatal to a connected datagram socket. */
const UNREACHABLE4: readonly Meaning[] = [
  ['ENETUNREACH', false], ['EHOSTUNREACH', false], ['ENOPROTOOPT', true], ['ECONNREFUSED', true], ['EMSGSIZE', false],
  ['EOPNOTSUPP', false], ['ENETUNREACH', true], ['EHOSTDOWN', true], ['ENONET', true], ['ENETUNREACH', true], ['EHOSTUNREACH', true],
  ['ENETUNREACH', false], ['EHOSTUNREACH', false], ['EHOSTUNREACH', true], ['EHOSTUNREACH', true], ['EHOSTUNREACH', true],
]

const UNREACHABLE6: readonly Meaning[] = [
  ['ENETUNREACH', false], ['EACCES', true], ['EHOSTUNREACH', false], ['EHOSTUNREACH', false], ['ECONNREFUSED', true], ['EACCES', true],
  ['EACCES', true],
]

const TIME_EXCEEDED = ['EHOSTUNREACH', false] as const
const PARAMETER_PROBLEM = ['EPROTO', true] as const
const TOO_BIG = ['EMSGSIZE', false] as const

/** Fills errno and fatal from version, type and code; false for codes nobody defined. */
export function convertError(error: IcmpError): boolean {
  const meaning = error.version === 4 ? meaning4(error.type, error.code) : meaning6(error.type, error.code)
  if (meaning === undefined) return false
  error.errno = meaning[0]
  error.fatal = meaning[1]
  return true
}

function meaning4(type: number, code: number): Meaning | undefined {
  if (type === ICMP_UNREACHABLE) return UNREACHABLE4[code]
  return type === ICMP_PARAMETER_PROBLEM ? PARAMETER_PROBLEM : TIME_EXCEEDED
}

function meaning6(type: number, code: number): Meaning {
  if (type === ICMPV6_UNREACHABLE) return UNREACHABLE6[code] ?? PARAMETER_PROBLEM
  if (type === ICMPV6_PACKET_TOO_BIG) return TOO_BIG
  if (type === ICMPV6_TIME_EXCEEDED) return TIME_EXCEEDED
  return type === ICMPV6_PARAMETER_PROBLEM ? PARAMETER_PROBLEM : ['EPROTO', false]
}
