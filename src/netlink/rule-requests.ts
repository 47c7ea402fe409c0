// Rules that choose a routing table by a packet's mark (Linux: fib_nl_newrule, fib_nl_delrule): what `ip rule` sends.

import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6 } from '../base/posix.ts'
import type { RouteRule } from '../ip/route/table.ts'
import { NLM_F_EXCL, RTM_DELRULE, readAttributes, u32Of } from './message.ts'
import type { Request } from './message.ts'
import type { RoutedIp } from './routed-ip.ts'

const HEADER_BYTES = 12
const ACTION_TO_TABLE = 1
const FRA_PRIORITY = 6
const FRA_FWMARK = 10
const FRA_TABLE = 15
const FRA_FWMASK = 16
/** What a rule may say here beside its header. Any other selector would make it another rule. */
const KNOWN: readonly number[] = [FRA_PRIORITY, FRA_FWMARK, FRA_TABLE, FRA_FWMASK]
/** Lengths of the prefixes, and the type of service. */
const SELECTORS = { from: 1, to: 4 } as const
/** The table main is asked here; a rule without a place of its own comes before all that were made since. */
const MAIN_PRIORITY = 32_766

/** fib_rule_hdr: family, three bytes of prefixes, table, two spare bytes, action, flags. */
export function changeRule(ip: RoutedIp, { type, flags, body }: Request): 0 | Errno {
  if (body.length < HEADER_BYTES) return 'EINVAL'
  const [given] = body
  if (given !== AF_INET && given !== AF_INET6) return 'EAFNOSUPPORT'
  const family = given === AF_INET ? 4 : 6
  const attributes = readAttributes(body, HEADER_BYTES)
  const isByMark = body.subarray(SELECTORS.from, SELECTORS.to).every(each => each === 0)
    && [...attributes.keys()].every(each => KNOWN.includes(each))
  if (!isByMark) return type === RTM_DELRULE ? 'ENOENT' : 'EOPNOTSUPP'
  const mark = u32Of(attributes.get(FRA_FWMARK))
  const mask = u32Of(attributes.get(FRA_FWMASK)) ?? (mark === undefined ? undefined : -1)
  const table = u32Of(attributes.get(FRA_TABLE)) ?? body[4]
  const priority = u32Of(attributes.get(FRA_PRIORITY))
  if (type === RTM_DELRULE) {
    return ip.removeRule({
      family, ...mark !== undefined && { mark: mark | 0 }, ...mask !== undefined && { mask: mask | 0 }, ...table !== 0 && { table },
      ...priority !== undefined && { priority },
    })
  }
  if (body[7] !== ACTION_TO_TABLE) return 'EOPNOTSUPP'
  if (table === 0) return 'EINVAL'
  const first = ip.rules().find(each => each.family === family)?.priority ?? MAIN_PRIORITY
  const rule: RouteRule = { family, priority: priority ?? first - 1, mark: (mark ?? 0) | 0, mask: (mask ?? 0) | 0, table }
  const added = ip.addRule(rule)
  return added === 'EEXIST' && (flags & NLM_F_EXCL) === 0 ? 0 : added
}
