// A host as IPv4 router (RFC 1812 5.2; row C5): hop count, route, size, redirect.

import { IpAddress } from '../../base/address/ip.ts'
import { updateChecksum } from '../../base/checksum.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import type { Errno } from '../../base/errno.ts'
import type { NetDevice } from '../../link/net-device.ts'
import {
  ICMP_REDIRECT, ICMP_TIME_EXCEEDED, ICMP_UNREACHABLE, TIME_EXCEEDED_TTL, UNREACHABLE_ADMIN, UNREACHABLE_FRAGMENTATION_NEEDED,
  UNREACHABLE_HOST, UNREACHABLE_NET,
} from '../../wire/icmpv4.ts'
import { Ipv4OptionCursor } from '../../wire/ipv4-options.ts'
import { IPV4_MIN_HEADER_BYTES, Ipv4View } from '../../wire/ipv4.ts'
import { GSO_NONE, TO_HOST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { IcmpErrors } from '../icmp/errors.ts'
import type { AddressTable } from '../interface-address.ts'
import type { NetNamespace } from '../namespace.ts'
import type { CachedRoute, RouteLookup } from '../route/lookup.ts'
import { sourceAddress4 } from '../route/source-address.ts'
import type { IpSettings } from '../sysctl.ts'
import { MS_A_DAY, recordPassage } from './options.ts'
import type { Ipv4Output } from './output.ts'

const REDIRECT_FOR_HOST = 1

export class Ipv4Forward {
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly addresses: AddressTable
  private readonly lookup: RouteLookup
  private readonly output: Ipv4Output
  private readonly errors: IcmpErrors
  private readonly view = new Ipv4View()
  private readonly options = new Ipv4OptionCursor()

  constructor(namespace: NetNamespace, settings: IpSettings, addresses: AddressTable, lookup: RouteLookup, output: Ipv4Output,
    errors: IcmpErrors) {
    this.namespace = namespace
    this.settings = settings
    this.addresses = addresses
    this.lookup = lookup
    this.output = output
    this.errors = errors
  }

  /** Takes ownership of a checked packet that is not ours. */
  receive(packet: Packet, device: NetDevice): void {
    const { ip } = this.namespace.mib
    if (this.settings.forward4.value === 0 || packet.linkDestination !== TO_HOST) {
      ip.InAddrErrors++
      this.drop(packet, 'ip-not-local', device)
      return
    }
    const view = this.view.wrap(packet)
    if (view.ttl <= 1) {
      ip.InHdrErrors++
      this.errors.send4(packet, ICMP_TIME_EXCEEDED, TIME_EXCEEDED_TTL, 0)
      this.drop(packet, 'ip-ttl-exceeded', device)
      return
    }
    const route = this.lookup.find(IpAddress.v4(view.destination), IpAddress.ANY4, 0)
    if (typeof route === 'string') {
      ip.InNoRoutes++
      this.errors.send4(packet, ICMP_UNREACHABLE, unreachableCode(route), 0)
      this.drop(packet, 'ip-no-route', device)
      return
    }
    if (!this.fits(packet, route)) {
      ip.FragFails++
      this.errors.send4(packet, ICMP_UNREACHABLE, UNREACHABLE_FRAGMENTATION_NEEDED, route.mtu)
      this.drop(packet, 'ip-fragmentation-needed', device)
      return
    }
    this.redirect(packet, route, device)
    this.passOn(packet, view, route)
  }

  /** RFC 791 3.2: without DF the router cuts. A super-segment is judged by the packets it stands for. */
  private fits(packet: Packet, route: CachedRoute): boolean {
    const { view } = this
    if (!view.dontFragment) return true
    if (packet.gsoType === GSO_NONE) return packet.length <= route.mtu
    const headers = packet.checksumStart > packet.start ? packet.checksumStart - packet.start + 60 : view.headerLength + 60
    return Math.min(packet.length, packet.gsoSize + headers - 40) <= route.mtu
  }

  private passOn(packet: Packet, view: Ipv4View, route: CachedRoute): void {
    const { u8, at } = view
    const oldWord = (view.ttl << 8) | view.protocol
    u8[at + 8]--
    view.checksum = updateChecksum(view.checksum, oldWord, oldWord - 0x100)
    if (view.headerLength > IPV4_MIN_HEADER_BYTES) {
      const now = Math.floor(this.namespace.now() / 1000) % MS_A_DAY
      if (recordPassage(view, this.options, route.source.w3, now)) view.refreshChecksum()
    }
    this.namespace.mib.ip.ForwDatagrams++
    this.output.forward(packet, route)
  }

  /** RFC 1812 5.2.7.2: the sender could have gone straight to the next hop. */
  private redirect(packet: Packet, route: CachedRoute, device: NetDevice): void {
    if (route.device !== device || device.medium !== 'ethernet' || this.settings.sendRedirects.value === 0) return
    const source = IpAddress.v4(this.view.source)
    const onLink = this.addresses.on(device).some(each => each.prefix.contains(source) && each.prefix.contains(route.nextHop))
    if (!onLink || sourceAddress4(this.addresses, device, source) === undefined) return
    this.errors.send4(packet, ICMP_REDIRECT, REDIRECT_FOR_HOST, route.nextHop.w3)
  }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('ip', reason, device.name, packet.length)
    packet.release()
  }
}

function unreachableCode(errno: Errno): number {
  return errno === 'EHOSTUNREACH' ? UNREACHABLE_HOST : errno === 'EACCES' ? UNREACHABLE_ADMIN : UNREACHABLE_NET
}
