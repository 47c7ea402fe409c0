// The requests of NETLINK_ROUTE that change something (Linux: inet_rtm_newaddr, inet_rtm_newroute, neigh_add and their
// opposites, rtnl_setlink). Each answers 0 or the errno that goes into the acknowledgement.

import { IpAddress } from '../base/address/ip.ts'
import { MacAddress } from '../base/address/mac.ts'
import { Prefix } from '../base/address/prefix.ts'
import { viewOf } from '../base/bytes.ts'
import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6 } from '../base/posix.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { RouteEntry, RouteType } from '../ip/route/table.ts'
import { RT_TABLE_MAIN } from '../ip/route/table.ts'
import type { NetDevice } from '../link/net-device.ts'
import { changeRule } from './rule-requests.ts'
import type { RoutedIp } from './routed-ip.ts'
import {
  NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELADDR, RTM_DELNEIGH, RTM_DELROUTE, RTM_DELRULE, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH,
  RTM_NEWROUTE, RTM_NEWRULE, RTM_SETLINK, readAttributes, u32Of,
} from './message.ts'
import type { Request } from './message.ts'

const IFF_UP = 1
const NUD_PERMANENT = 128
const NUD_REACHABLE = 2
const RTN_TYPES: Readonly<Record<number, RouteType>> = { 0: 'unicast', 1: 'unicast', 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' }
/** Linux's default for IPv6. */
const METRIC_V6 = 1024
const RTA_TABLE = 15
const RTAX_LOCK = 1
const RTAX_MTU = 2
const RTAX_ADVMSS = 8

export class RouteRequests {
  private readonly namespace: NetNamespace
  private readonly ip: RoutedIp

  constructor(namespace: NetNamespace, ip: RoutedIp) {
    this.namespace = namespace
    this.ip = ip
  }

  /** EOPNOTSUPP for what is not among them. */
  change(request: Request): 0 | Errno {
    switch (request.type) {
      case RTM_NEWADDR: case RTM_DELADDR: return this.changeAddress(request)
      case RTM_NEWROUTE: case RTM_DELROUTE: return this.changeRoute(request)
      case RTM_NEWNEIGH: case RTM_DELNEIGH: return this.changeNeighbour(request)
      case RTM_NEWRULE: case RTM_DELRULE: return changeRule(this.ip, request)
      case RTM_NEWLINK: case RTM_SETLINK: return this.changeLink(request)
      default: return 'EOPNOTSUPP'
    }
  }

  /** ifinfomsg: only up or down, and the MTU. */
  private changeLink({ type, flags, body }: Request): 0 | Errno {
    if (body.length < 16) return 'EINVAL'
    const attributes = readAttributes(body, 16)
    const device = this.link(body, attributes)
    if (device === undefined) return type === RTM_NEWLINK && (flags & NLM_F_CREATE) !== 0 ? 'EOPNOTSUPP' : 'ENODEV'
    if (type === RTM_NEWLINK && (flags & NLM_F_EXCL) !== 0) return 'EEXIST'
    const mtu = u32Of(attributes.get(4))
    if (mtu !== undefined) {
      if (mtu < 68 || mtu > 65_536) return 'EINVAL'
      device.mtu = mtu
    }
    const view = viewOf(body)
    if ((view.getUint32(12, true) & IFF_UP) !== 0) device.up = (view.getUint32(8, true) & IFF_UP) !== 0
    this.ip.deviceChanged(device)
    return 0
  }

  /** By index, or by IFLA_IFNAME. */
  link(body: Uint8Array, attributes: ReadonlyMap<number, Uint8Array>): NetDevice | undefined {
    const index = viewOf(body).getInt32(4, true)
    if (index > 0) return this.namespace.device(index)
    const name = attributes.get(3)
    if (name === undefined) return undefined
    const text = String.fromCharCode(...name)
    return this.namespace.deviceNamed(text.replace(/\0.*$/s, ''))
  }

  private changeAddress({ type, flags, body }: Request): 0 | Errno {
    if (body.length < 8) return 'EINVAL'
    const [family, length] = body
    const attributes = readAttributes(body, 8)
    // IPv6 takes either; IPv4's address is IFA_LOCAL, and IFA_ADDRESS the other end's.
    const given = attributes.get(2) ?? (family === AF_INET6 || type === RTM_DELADDR ? attributes.get(1) : undefined)
    const address = addressIn(family, given)
    if (family !== AF_INET && family !== AF_INET6) return 'EOPNOTSUPP'
    if (length > (family === AF_INET ? 32 : 128) || (address === undefined && type === RTM_NEWADDR)) return 'EINVAL'
    const device = this.namespace.device(viewOf(body).getInt32(4, true))
    if (device === undefined) return 'ENODEV'
    if (type === RTM_DELADDR) {
      const entry = this.ip.addresses().find(each => each.device === device && each.address.family === (family === AF_INET ? 4 : 6)
        && each.prefix.length === length && (address === undefined || each.address.equals(address)))
      return entry === undefined ? 'EADDRNOTAVAIL' : this.ip.removeAddress(device, entry.prefix)
    }
    if (address === undefined) return 'EINVAL'
    const added = this.ip.addAddress(device, new Prefix(address, length))
    return added === 'EEXIST' && (flags & NLM_F_REPLACE) !== 0 && (flags & NLM_F_EXCL) === 0 ? 0 : added
  }

  private changeRoute({ type, flags, body }: Request): 0 | Errno {
    if (body.length < 12) return 'EINVAL'
    const [family, length] = body
    const routeType = body[7]
    const attributes = readAttributes(body, 12)
    if (family !== AF_INET && family !== AF_INET6) return 'EOPNOTSUPP'
    const any = family === AF_INET ? IpAddress.ANY4 : IpAddress.ANY6
    const destination = attributes.has(1) ? addressIn(family, padded(attributes.get(1), family)) : any
    const kind = RTN_TYPES[routeType]
    if (destination === undefined || length > (family === AF_INET ? 32 : 128) || kind === undefined) return 'EINVAL'
    const prefix = new Prefix(destination, length)
    if (!prefix.network().equals(destination)) return 'EINVAL'
    const index = u32Of(attributes.get(4))
    const device = index === undefined || index === 0 ? undefined : this.namespace.device(index)
    if (index !== undefined && index !== 0 && device === undefined) return 'ENODEV'
    const gateway = addressIn(family, attributes.get(5))
    const source = addressIn(family, attributes.get(7))
    const metric = u32Of(attributes.get(6))
    const table = u32Of(attributes.get(RTA_TABLE)) ?? body[4]
    const metrics = readAttributes(attributes.get(8) ?? new Uint8Array(0), 0)
    const spec = {
      destination: prefix, type: kind, ...gateway !== undefined && { gateway }, ...device !== undefined && { device },
      ...source !== undefined && { source }, ...metric !== undefined && { metric },
      ...table !== 0 && table !== RT_TABLE_MAIN && { table },
    }
    if (type === RTM_DELROUTE) return this.ip.removeRoute(spec)
    const wanted = metric ?? (family === AF_INET ? 0 : METRIC_V6)
    const twin = this.ip.routes().find(each => each.destination.equals(prefix) && each.metric === wanted && each.table === spec.table)
    if (twin !== undefined && (flags & NLM_F_EXCL) !== 0) return 'EEXIST'
    // IPv6 asks for NLM_F_CREATE only of those who replace.
    if (twin === undefined && (flags & NLM_F_CREATE) === 0 && (family === AF_INET || (flags & NLM_F_REPLACE) !== 0)) return 'ENOENT'
    if (twin !== undefined && (flags & NLM_F_REPLACE) !== 0) this.removeTwin(twin)
    return this.ip.addRoute({
      ...spec, protocol: body[5], ...family === AF_INET && { scope: body[6] },
      mtu: u32Of(metrics.get(RTAX_MTU)) ?? 0, advmss: u32Of(metrics.get(RTAX_ADVMSS)) ?? 0,
      mtuLocked: ((u32Of(metrics.get(RTAX_LOCK)) ?? 0) & (1 << RTAX_MTU)) !== 0,
    })
  }

  private removeTwin({ destination, metric, table }: RouteEntry): void {
    this.ip.removeRoute({ destination, metric, ...table !== undefined && { table } })
  }

  private changeNeighbour({ type, flags, body }: Request): 0 | Errno {
    if (body.length < 12) return 'EINVAL'
    const [family] = body
    const attributes = readAttributes(body, 12)
    const address = addressIn(family, attributes.get(1))
    if (family !== AF_INET && family !== AF_INET6) return 'EAFNOSUPPORT'
    if (address === undefined) return 'EINVAL'
    const view = viewOf(body)
    const device = this.namespace.device(view.getInt32(4, true))
    if (device === undefined) return view.getInt32(4, true) === 0 ? 'EINVAL' : 'ENODEV'
    const { neighbours } = this.ip
    if (type === RTM_DELNEIGH) return neighbours.remove(device, address)
    const known = neighbours.find(device, address)
    if (known === undefined && (flags & NLM_F_CREATE) === 0) return 'ENOENT'
    if (known !== undefined && (flags & NLM_F_EXCL) !== 0) return 'EEXIST'
    const link = attributes.get(2)
    if (link !== undefined && link.length < 6) return 'EINVAL'
    const state = view.getUint16(8, true)
    const mac = link === undefined ? known?.mac : MacAddress.fromBytes(link, 0)
    if (mac === undefined) return 'EINVAL'
    neighbours.set(device, address, mac, state === NUD_PERMANENT ? 'permanent' : state === NUD_REACHABLE ? 'reachable' : 'stale')
    return 0
  }
}

/** RTA_DST may be shorter than the address where the prefix is. */
function padded(bytes: Uint8Array | undefined, family: number): Uint8Array | undefined {
  if (bytes === undefined) return undefined
  const whole = new Uint8Array(family === AF_INET ? 4 : 16)
  whole.set(bytes.subarray(0, whole.length))
  return whole
}

function addressIn(family: number, bytes: Uint8Array | undefined): IpAddress | undefined {
  if (bytes === undefined || bytes.length < (family === AF_INET ? 4 : 16)) return undefined
  return IpAddress.fromBytes(bytes, 0, family === AF_INET ? 4 : 6)
}
