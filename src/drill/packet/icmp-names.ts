// ICMP types and codes by packetdrill's names (the BSD words), of both versions.

import { NotApplicable } from '../refusal.ts'
import type { IcmpText } from '../ast.ts'

interface IcmpType { readonly type: number, readonly codes: Readonly<Record<string, number>> }

const V4: Readonly<Record<string, IcmpType>> = {
  echo_reply: { type: 0, codes: {} },
  unreachable: {
    type: 3,
    codes: {
      net_unreachable: 0, host_unreachable: 1, protocol_unreachable: 2, port_unreachable: 3, frag_needed: 4, source_route_failed: 5,
      net_unknown: 6,
      host_unknown: 7, source_host_isolated: 8, net_prohibited: 9, host_prohibited: 10, net_unreachable_for_tos: 11,
      host_unreachable_for_tos: 12,
      packet_filtered: 13, precedence_violation: 14, precedence_cutoff: 15,
    },
  },
  source_quench: { type: 4, codes: {} },
  redirect: { type: 5, codes: { net: 0, host: 1, tos_net: 2, tos_host: 3 } },
  echo_request: { type: 8, codes: {} },
  router_advertisement: { type: 9, codes: {} },
  router_solicitation: { type: 10, codes: {} },
  time_exceeded: { type: 11, codes: { ttl_exceeded: 0, fragment_reassembly_time_exceeded: 1 } },
  parameter_problem: { type: 12, codes: {} },
  timestamp_request: { type: 13, codes: {} },
  timestamp_reply: { type: 14, codes: {} },
  information_request: { type: 15, codes: {} },
  information_reply: { type: 16, codes: {} },
  address_mask_request: { type: 17, codes: {} },
  address_mask_reply: { type: 18, codes: {} },
}

const V6: Readonly<Record<string, IcmpType>> = {
  unreachable: {
    type: 1,
    codes: {
      no_route: 0, net_unreachable: 0, admin_prohibited: 1, not_neighbour: 2, beyond_scope: 2, address_unreachable: 3, port_unreachable: 4,
      policy_fail: 5, reject_route: 6,
    },
  },
  packet_too_big: { type: 2, codes: {} },
  time_exceeded: { type: 3, codes: { exceeded_hop_limit: 0, exceeded_frag_time: 1 } },
  parameter_problem: { type: 4, codes: { header_field: 0, unknown_next_header: 1, unknown_option: 2 } },
  echo_request: { type: 128, codes: {} },
  echo_reply: { type: 129, codes: {} },
  router_solicitation: { type: 133, codes: {} },
  router_advertisement: { type: 134, codes: {} },
  neighbor_solicitation: { type: 135, codes: {} },
  neighbor_advertisement: { type: 136, codes: {} },
  redirect: { type: 137, codes: {} },
}

/** Type and code; `type_3`, `code_4` are taken as numbers. A name the version lacks makes the script not applicable. */
export function icmpNumbers(icmp: IcmpText, version: 4 | 6): { type: number, code: number } {
  const table = version === 4 ? V4 : V6
  const numeric = /^type_(\d+)$/.exec(icmp.type)
  const known = table[icmp.type]
  const type = numeric === null ? known?.type : Number(numeric[1])
  if (type === undefined) throw new NotApplicable(`ICMP for IPv${version} has no type \`${icmp.type}\``)
  if (icmp.code === undefined) return { type, code: 0 }
  const digits = /^code_(\d+)$/.exec(icmp.code)
  const code = digits === null ? known?.codes[icmp.code] : Number(digits[1])
  if (code === undefined) throw new NotApplicable(`ICMP for IPv${version} has no code \`${icmp.code}\` of ${icmp.type}`)
  return { type, code }
}

/** Where the MTU of an error stands in its second word: IPv4's frag_needed in the low half, IPv6's in the whole word. */
export function icmpMtuWord(mtu: number, version: 4 | 6): number { return version === 4 ? mtu & 0xffff : mtu }
