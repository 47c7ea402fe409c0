// What the map of a world sets on a host: addresses and routes, as text, so that the host may be in another thread.

import type { IpAddress } from '../../base/address/ip.ts'
import { parseIp } from '../../base/address/ip.ts'
import { Prefix } from '../../base/address/prefix.ts'
import type { Host } from '../../kernel/host.ts'

export interface RouteText {
  /** In CIDR notation. */
  readonly destination: string
  readonly device: string
  readonly source: string
  readonly gateway?: string
}

export interface StationSettings {
  addAddress(device: string, address: string): void
  /** It forwards what is not for itself. */
  forward(): void
  /** Those of the map, not those that came with addresses. */
  clearRoutes(): void
  addRoute(route: RouteText): void
}

const FORWARDING = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']

export function addressOf(text: string): IpAddress {
  const address = parseIp(text)
  if (address === undefined) throw new RangeError(`no address: ${text}`)
  return address
}

/** The prefix that holds this address alone. */
export function hostPrefix(text: string): string { return `${text}/${addressOf(text).family === 4 ? 32 : 128}` }

function prefixOf(text: string): Prefix {
  const prefix = Prefix.parse(text)
  if (prefix === undefined) throw new RangeError(`no prefix: ${text}`)
  return prefix
}

/** Of a kernel in this thread. A host without power has no devices: nothing is set there until it boots. */
export function settingsOf(kernel: Host): StationSettings {
  const { ip, namespace } = kernel
  return {
    addAddress: (name, address) => {
      const device = namespace.deviceNamed(name)
      if (device !== undefined) ip.addAddress(device, prefixOf(hostPrefix(address)), { noDad: true, noPrefixRoute: true })
    },
    forward: () => { for (const name of FORWARDING) kernel.setSysctl(name, '1') },
    clearRoutes: () => {
      for (const each of ip.routes()) {
        if (each.origin === 'static') ip.removeRoute({ destination: each.destination, ...each.device !== undefined && { device: each.device } })
      }
    },
    addRoute: ({ destination, device: name, source, gateway }) => {
      const device = namespace.deviceNamed(name)
      if (device === undefined) return
      ip.addRoute({
        destination: prefixOf(destination), device, source: addressOf(source), ...gateway !== undefined && { gateway: addressOf(gateway) },
      })
    },
  }
}
