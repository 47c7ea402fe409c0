// os.networkInterfaces() of a host of ours.

import type { NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { IpAddress } from '../../base/address/ip.ts'
import type { Host } from '../../kernel/host.ts'

export type Interfaces = ReturnType<typeof networkInterfaces>

const NO_STATION = '00:00:00:00:00:00'

function netmask(family: 4 | 6, length: number): string {
  const word = (at: number): number => Math.max(0, Math.min(32, length - at))
  const mask = (at: number): number => word(at) === 0 ? 0 : -1 << 32 - word(at)
  return family === 4 ? IpAddress.v4(mask(0)).toString() : IpAddress.of(mask(0), mask(32), mask(64), mask(96)).toString()
}

export function hostInterfaces(host: Host): Interfaces {
  const found: Interfaces = {}
  for (const { device, prefix } of host.ip.addresses()) {
    if (!device.up) continue
    const { address, length } = prefix
    const common = { address: address.toString(), netmask: netmask(address.family, length), mac: device.address?.toString() ?? NO_STATION,
      internal: device.medium === 'loopback', cidr: prefix.toString() }
    const info: NetworkInterfaceInfo = address.family === 4
      ? { ...common, family: 'IPv4' }
      : { ...common, family: 'IPv6', scopeid: address.isLinkLocal ? device.index : 0 }
    ;(found[device.name] ??= []).push(info)
  }
  for (const list of Object.values(found)) list?.sort((a, b) => a.family < b.family ? -1 : a.family > b.family ? 1 : 0)
  return found
}
