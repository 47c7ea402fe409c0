// The kernel's side of a TAP or TUN device: its addresses, its MTU, up. By netlink, without other programs. Whatever is
// set here goes with the device, which goes when the program that made it ends. Called by programs before they attach.

import type { IpAddress } from '../base/address/ip.ts'
import type { Prefix } from '../base/address/prefix.ts'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../base/posix.ts'
import type { Libc } from './libc.ts'
import { netlinkRequest, uint32Attribute } from './netlink.ts'
import type { NetlinkAttribute } from './netlink.ts'
import { SetupError } from './setup-error.ts'

const RTM_NEWLINK = 16
const RTM_NEWADDR = 20
const NLM_F_REPLACE = 0x100
const NLM_F_CREATE = 0x400
const IFLA_MTU = 4
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_BROADCAST = 4
/** Ready at once: nobody else can hold the address on a device that we made. */
const IFA_F_NODAD = 2
const IFF_UP = 1
const LINK_BODY_BYTES = 16
const ADDRESS_BODY_BYTES = 8

const ADVICE: Readonly<Record<string, string>> = {
  EPERM: 'the kernel refuses to configure its side of the device; run as root or with CAP_NET_ADMIN',
  EADDRNOTAVAIL: 'that is no address a device can have',
  EINVAL: 'the kernel refuses this value',
  ENODEV: 'the device is gone',
  EACCES: 'IPv6 is switched off on the device (net.ipv6.conf.*.disable_ipv6)',
  EEXIST: 'the device has this address already',
}

export interface HostSide {
  /** Given by `--host-address`; either family. */
  readonly addresses: readonly Prefix[]
  readonly mtu?: number | undefined
}

function linkBody(index: number, up: boolean): Uint8Array {
  const body = new Uint8Array(LINK_BODY_BYTES)
  const view = new DataView(body.buffer)
  view.setUint8(0, AF_UNSPEC)
  view.setInt32(4, index, true)
  view.setUint32(8, up ? IFF_UP : 0, true)
  view.setUint32(12, up ? IFF_UP : 0, true)
  return body
}

function addressBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(address.family === 4 ? 4 : 16)
  address.writeTo(bytes, 0)
  return bytes
}

function addressAttributes(prefix: Prefix): NetlinkAttribute[] {
  const data = addressBytes(prefix.address)
  const attributes: NetlinkAttribute[] = [{ type: IFA_LOCAL, data }, { type: IFA_ADDRESS, data }]
  if (prefix.address.family === 4 && prefix.length < 31) attributes.push({ type: IFA_BROADCAST, data: addressBytes(prefix.broadcast()) })
  return attributes
}

function addAddress(libc: Libc, index: number, prefix: Prefix): number {
  const body = new Uint8Array(ADDRESS_BODY_BYTES)
  const view = new DataView(body.buffer)
  view.setUint8(0, prefix.address.family === 4 ? AF_INET : AF_INET6)
  view.setUint8(1, prefix.length)
  view.setUint8(2, prefix.address.family === 4 ? 0 : IFA_F_NODAD)
  view.setInt32(4, index, true)
  return netlinkRequest(libc, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, body, addressAttributes(prefix))
}

/** Gives the kernel's end of `device` its MTU and addresses and brings it up. Throws SetupError. */
export function configureHostSide(libc: Libc, device: string, side: HostSide): void {
  const index = libc.interfaceIndex(device)
  if (index === 0) throw new SetupError(device, 'ENODEV', 'the device is gone')
  const check = (subject: string, number: number): void => {
    if (number === 0) return
    const code = libc.nameOf(number)
    throw new SetupError(subject, code, ADVICE[code] ?? 'the kernel refuses to configure its side of the device')
  }
  if (side.mtu !== undefined) check(`--mtu ${side.mtu}`, netlinkRequest(libc, RTM_NEWLINK, 0, linkBody(index, false), [uint32Attribute(IFLA_MTU, side.mtu)]))
  for (const prefix of side.addresses) check(`--host-address ${prefix.toString()}`, addAddress(libc, index, prefix))
  check(device, netlinkRequest(libc, RTM_NEWLINK, 0, linkBody(index, true), []))
}
