// Which of our addresses a packet carries when its socket chose none (RFC 9293 MUST-44): IPv4 as Linux's inet_select_addr, IPv6
// by the rules of RFC 6724 5 (those that can differ here: 1-3, 5, 6, 8).

import type { IpAddress } from '../../base/address/ip.ts'
import { Prefix } from '../../base/address/prefix.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { AddressTable, InterfaceAddress } from '../interface-address.ts'

/**
 * The device's address whose network holds `nextHop`, else its first, else any of this host's that is not loopback. Without
 * `nextHop` (groups, broadcast) no address of loopback will do.
 */
export function sourceAddress4(addresses: AddressTable, device: NetDevice, nextHop: IpAddress | undefined): IpAddress | undefined {
  let first: IpAddress | undefined
  let elsewhere: IpAddress | undefined
  for (const entry of addresses.list) {
    const { address } = entry
    if (address.family !== 4) continue
    if (entry.device === device && (nextHop !== undefined || !address.isLoopback)) {
      if (nextHop !== undefined && entry.prefix.contains(nextHop)) return address
      first ??= address
    } else if (entry.device.medium !== 'loopback' && !address.isLinkLocal) {
      elsewhere ??= address
    }
  }
  return first ?? elsewhere
}

/** RFC 6724 2.1, the default policy table, longest prefix first. */
const POLICY: readonly { readonly prefix: Prefix | undefined, readonly label: number, readonly precedence: number }[] = [
  ['::1/128', 0, 50], ['::/96', 3, 1], ['::ffff:0:0/96', 4, 35], ['2002::/16', 2, 30], ['2001::/32', 5, 5], ['3ffe::/16', 12, 1],
  ['fec0::/10', 11, 1], ['fc00::/7', 13, 3], ['::/0', 1, 40],
].map(([text, label, precedence]) => ({ prefix: Prefix.parse(String(text)), label: Number(label), precedence: Number(precedence) }))

function policyOf(address: IpAddress): { readonly label: number, readonly precedence: number } {
  if (address.family === 4) return { label: 4, precedence: 35 }
  const row = POLICY.find(each => each.prefix?.contains(address) === true)
  return row ?? { label: 1, precedence: 40 }
}

export function policyLabel(address: IpAddress): number { return policyOf(address).label }
export function policyPrecedence(address: IpAddress): number { return policyOf(address).precedence }

/** Leading bits that two addresses share. */
export function commonPrefixLength(a: IpAddress, b: IpAddress): number {
  if (a.w0 !== b.w0) return Math.clz32(a.w0 ^ b.w0)
  if (a.w1 !== b.w1) return 32 + Math.clz32(a.w1 ^ b.w1)
  if (a.w2 !== b.w2) return 64 + Math.clz32(a.w2 ^ b.w2)
  return a.w3 === b.w3 ? 128 : 96 + Math.clz32(a.w3 ^ b.w3)
}

export function sourceAddress6(addresses: AddressTable, device: NetDevice, destination: IpAddress): IpAddress | undefined {
  let best: InterfaceAddress | undefined
  for (const entry of addresses.list) {
    const { address } = entry
    if (address.family !== 6 || !entry.isUsable || address.isMulticast) continue
    // Link-local addresses belong to their link; for a link-local or multicast destination only the device's own count.
    const bound = destination.scope <= 2 || address.isLinkLocal
    if (bound && entry.device !== device) continue
    if (address.isLoopback && !destination.isLoopback) continue
    if (best === undefined || isBetterSource(entry, best, destination, device)) best = entry
  }
  return best?.address
}

/** Whether RFC 6724 5 puts `a` before `b`. */
function isBetterSource(a: InterfaceAddress, b: InterfaceAddress, destination: IpAddress, device: NetDevice): boolean {
  const A = a.address
  const B = b.address
  if (A.equals(destination) !== B.equals(destination)) return A.equals(destination) // rule 1
  const scopeD = destination.scope
  if (A.scope !== B.scope) return A.scope < B.scope ? A.scope >= scopeD : B.scope < scopeD // rule 2
  if (a.state !== b.state) return a.state === 'preferred' // rule 3
  if ((a.device === device) !== (b.device === device)) return a.device === device // rule 5
  const label = policyLabel(destination)
  if ((policyLabel(A) === label) !== (policyLabel(B) === label)) return policyLabel(A) === label // rule 6
  const common = (each: InterfaceAddress): number => Math.min(commonPrefixLength(each.address, destination), each.prefix.length)
  return common(a) > common(b) // rule 8
}
