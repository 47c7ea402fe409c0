// The composition of the IP layer: makes each room and connects those that must know of each other through callbacks.

import type { IpAddress } from '../base/address/ip.ts'
import { Slaac } from './autoconf/slaac.ts'
import { DeviceInput } from './device-input.ts'
import { IcmpErrors } from './icmp/errors.ts'
import { LocalErrors } from './icmp/local-error.ts'
import { IcmpRateLimit } from './icmp/rate-limit.ts'
import { Icmpv4Input } from './icmp/v4-input.ts'
import { Icmpv6Input } from './icmp/v6-input.ts'
import { AddressTable } from './interface-address.ts'
import { InterfaceConfig } from './interface-config.ts'
import { IpPacketInfo } from './ip-packet-info.ts'
import { Ipv4Classifier } from './ipv4/classify.ts'
import { Ipv4Forward } from './ipv4/forward.ts'
import { Ipv4Input } from './ipv4/input.ts'
import { Ipv4Output } from './ipv4/output.ts'
import { Ipv4Reassembly } from './ipv4/reassembly.ts'
import { ExtensionWalk } from './ipv6/extension-headers.ts'
import { Ipv6Forward } from './ipv6/forward.ts'
import { Ipv6Reassembly } from './ipv6/fragment.ts'
import { Ipv6Input } from './ipv6/input.ts'
import { Ipv6Output } from './ipv6/output.ts'
import { LinkOutput } from './link-output.ts'
import { LoopBack } from './loop-back.ts'
import { GroupTable } from './multicast/groups.ts'
import { Igmp } from './multicast/igmp.ts'
import { Mld } from './multicast/mld.ts'
import type { NetNamespace } from './namespace.ts'
import { Arp } from './neighbour/arp.ts'
import { DuplicateAddressDetection } from './neighbour/duplicate-address.ts'
import { Ndp } from './neighbour/ndp.ts'
import { RouteLookup } from './route/lookup.ts'
import { PathMtuCache } from './route/path-mtu.ts'
import { RouteTable } from './route/table.ts'
import { IpSettings } from './sysctl.ts'
import { TransportTable } from './transport-table.ts'
import { ICMP_TIME_EXCEEDED, TIME_EXCEEDED_REASSEMBLY } from '../wire/icmpv4.ts'
import { ICMPV6_TIME_EXCEEDED } from '../wire/icmpv6.ts'

export class IpRooms {
  readonly settings: IpSettings
  readonly addresses = new AddressTable()
  readonly table = new RouteTable()
  readonly groups = new GroupTable()
  readonly transports = new TransportTable()
  readonly lookup: RouteLookup
  readonly pathMtu: PathMtuCache
  readonly arp: Arp
  readonly ndp: Ndp
  readonly dad: DuplicateAddressDetection
  readonly config: InterfaceConfig
  readonly slaac: Slaac
  readonly link: LinkOutput
  readonly loopBack: LoopBack
  readonly output4: Ipv4Output
  readonly output6: Ipv6Output
  readonly igmp: Igmp
  readonly mld: Mld
  readonly errors: IcmpErrors
  readonly reassembly4: Ipv4Reassembly
  readonly reassembly6: Ipv6Reassembly
  readonly input: DeviceInput
  /** Set by ip.ts. */
  updatePathMtu: (destination: IpAddress, mtu: number) => void = () => { /* unplugged */ }

  constructor(namespace: NetNamespace) {
    const { addresses, table, groups, transports } = this
    const settings = new IpSettings(namespace.sysctl)
    const info = new IpPacketInfo()
    this.settings = settings
    this.lookup = new RouteLookup(namespace, addresses, table)
    this.pathMtu = new PathMtuCache(namespace.timers, () => namespace.now(), settings)
    this.arp = new Arp(namespace, addresses, settings)
    this.ndp = new Ndp(namespace, addresses, table, settings)
    this.link = new LinkOutput(namespace, this.arp.neighbours, this.ndp.neighbours)
    this.loopBack = new LoopBack(namespace.clock)
    this.output4 = new Ipv4Output(namespace, settings, this.lookup, this.pathMtu, groups, this.link, this.loopBack)
    this.output6 = new Ipv6Output(namespace, settings, this.lookup, this.pathMtu, groups, this.link, this.loopBack)
    this.ndp.output = this.output6
    this.igmp = new Igmp(namespace, groups, addresses, this.output4)
    this.mld = new Mld(namespace, groups, addresses, this.output6)
    transports.register(this.igmp)
    this.errors = new IcmpErrors(namespace, addresses, new IcmpRateLimit(namespace, settings), this.output4, this.output6)
    this.dad = new DuplicateAddressDetection(namespace, settings, addresses, this.arp, this.ndp)
    this.config = new InterfaceConfig({ namespace, settings, addresses, table, groups, arp: this.arp, ndp: this.ndp, dad: this.dad })
    this.slaac = new Slaac(namespace, settings, addresses, table, this.config, this.ndp)
    this.reassembly4 = new Ipv4Reassembly(namespace, settings)
    this.reassembly6 = new Ipv6Reassembly(namespace, settings)
    const updatePathMtu = (destination: IpAddress, mtu: number): void => { this.updatePathMtu(destination, mtu) }
    const classifier = new Ipv4Classifier(namespace, settings, addresses, table, groups)
    const ipv4 = new Ipv4Input({
      namespace, settings, classifier, transports, info, errors: this.errors, reassembly: this.reassembly4,
      forward: new Ipv4Forward(namespace, settings, addresses, this.lookup, this.output4, this.errors),
      icmp: new Icmpv4Input({ namespace, settings, addresses, table, output: this.output4, transports, updatePathMtu }),
    })
    const ipv6 = new Ipv6Input({
      namespace, settings, addresses, groups, transports, info, reassembly: this.reassembly6,
      walk: new ExtensionWalk(this.errors, settings),
      forward: new Ipv6Forward(namespace, settings, this.lookup, this.output6, this.errors),
      icmp: new Icmpv6Input({
        namespace, settings, output: this.output6, ndp: this.ndp, transports, updatePathMtu,
        onListenerQuery: (view, device) => { this.mld.query(view.u8, view.at, view.end - view.at, device) },
      }),
    })
    this.input = new DeviceInput(namespace, transports, ipv4, ipv6, this.arp)
    this.connect(namespace, classifier)
  }

  private connect(namespace: NetNamespace, classifier: Ipv4Classifier): void {
    this.table.onChange = (entry, isGone): void => { namespace.onTableChange?.({ kind: 'route', isGone, entry }) }
    this.addresses.onChange = (entry, isGone): void => { namespace.onTableChange?.({ kind: 'address', isGone, entry }) }
    const local = new LocalErrors(this.addresses, this.errors, this.transports)
    this.arp.onUnreachable = (_entry, packet): void => { local.hostUnreachable(packet) }
    this.ndp.onUnreachable = (_entry, packet): void => { local.hostUnreachable(packet) }
    this.dad.onUsable = (entry): void => {
      if (entry.origin === 'link-local') this.slaac.start(entry.device)
    }
    this.loopBack.deliver = (packet, device): void => { this.input.receiveLooped(packet, device) }
    this.loopBack.endBatch = (): void => { this.input.endBatch() }
    this.reassembly4.reassembler.onTimeout = (first): void => {
      this.errors.send4(first, ICMP_TIME_EXCEEDED, TIME_EXCEEDED_REASSEMBLY, 0)
    }
    this.reassembly6.reassembler.onTimeout = (first): void => {
      this.errors.send6(first, ICMPV6_TIME_EXCEEDED, TIME_EXCEEDED_REASSEMBLY, 0)
    }
    this.input.onLinkChanged = (device): void => {
      namespace.routeGeneration++
      namespace.onTableChange?.({ kind: 'link', isGone: false, device, index: device.index })
      if (!device.up || !device.carrier) {
        this.arp.neighbours.flush(device)
        this.ndp.neighbours.flush(device)
      }
      if (namespace.trace.on) {
        const state = device.up && device.carrier ? 'up' : 'down'
        namespace.trace.emit({ name: 'link', at: namespace.now(), host: namespace.host, device: device.name, state })
      }
    }
    namespace.sysctl.watch(name => {
      if (name.startsWith('net.ipv4.conf.')) classifier.forget()
    })
  }

  close(): void {
    this.igmp.reports.close()
    this.mld.reports.close()
    this.reassembly4.reassembler.clear()
    this.reassembly6.reassembler.clear()
    this.loopBack.clear()
    for (const table of [this.arp.neighbours, this.ndp.neighbours]) for (const entry of table.list()) table.remove(entry)
  }
}
