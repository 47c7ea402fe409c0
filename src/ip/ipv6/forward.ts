// A host as IPv6 router (RFC 8200, RFC 4443; row C5): hop limit, scope, route, size. Routers never fragment.

import { IpAddress } from '../../base/address/ip.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import type { NetDevice } from '../../link/net-device.ts'
import {
  ICMPV6_PACKET_TOO_BIG, ICMPV6_TIME_EXCEEDED, ICMPV6_UNREACHABLE, UNREACHABLE6_ADDRESS, UNREACHABLE6_ADMIN, UNREACHABLE6_NO_ROUTE,
} from '../../wire/icmpv6.ts'
import { Ipv6View } from '../../wire/ipv6.ts'
import { GSO_NONE, TO_HOST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { IcmpErrors } from '../icmp/errors.ts'
import type { NetNamespace } from '../namespace.ts'
import type { RouteLookup } from '../route/lookup.ts'
import type { IpSettings } from '../sysctl.ts'
import type { Ipv6Output } from './output.ts'

const UNREACHABLE6_BEYOND_SCOPE = 2

export class Ipv6Forward {
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly lookup: RouteLookup
  private readonly output: Ipv6Output
  private readonly errors: IcmpErrors
  private readonly view = new Ipv6View()

  constructor(namespace: NetNamespace, settings: IpSettings, lookup: RouteLookup, output: Ipv6Output, errors: IcmpErrors) {
    this.namespace = namespace
    this.settings = settings
    this.lookup = lookup
    this.output = output
    this.errors = errors
  }

  /** Takes ownership of a checked packet that is not ours; `packet.start` is the IP header. */
  receive(packet: Packet, device: NetDevice): void {
    const { ip6 } = this.namespace.mib
    const view = this.view.wrap(packet, packet.networkAt)
    const { source, destination } = view
    const confined = destination.isLoopback || source.isLoopback || source.isUnspecified || source.isMulticast || destination.isLinkLocal
    if (this.settings.forward6.value === 0 || packet.linkDestination !== TO_HOST || confined) {
      ip6.InAddrErrors++
      this.drop(packet, 'ip-not-local', device)
      return
    }
    if (view.hopLimit <= 1) {
      ip6.InHdrErrors++
      this.errors.send6(packet, ICMPV6_TIME_EXCEEDED, 0, 0)
      this.drop(packet, 'ip-ttl-exceeded', device)
      return
    }
    const route = this.lookup.find(destination, IpAddress.ANY6, 0)
    if (typeof route === 'string') {
      ip6.InNoRoutes++
      const code = route === 'EACCES' ? UNREACHABLE6_ADMIN : route === 'EHOSTUNREACH' ? UNREACHABLE6_ADDRESS : UNREACHABLE6_NO_ROUTE
      this.errors.send6(packet, ICMPV6_UNREACHABLE, code, 0)
      this.drop(packet, 'ip-no-route', device)
      return
    }
    if (source.isLinkLocal && route.device !== device) {
      this.errors.send6(packet, ICMPV6_UNREACHABLE, UNREACHABLE6_BEYOND_SCOPE, 0)
      this.drop(packet, 'ip-not-local', device)
      return
    }
    if (packet.gsoType === GSO_NONE && packet.length > route.mtu) {
      ip6.InTooBigErrors++
      this.errors.send6(packet, ICMPV6_PACKET_TOO_BIG, 0, route.mtu)
      this.drop(packet, 'ip-fragmentation-needed', device)
      return
    }
    view.hopLimit--
    ip6.ForwDatagrams++
    this.output.forward(packet, route)
  }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('ip', reason, device.name, packet.length)
    packet.release()
  }
}
