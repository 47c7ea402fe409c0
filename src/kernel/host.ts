// A host: the composition root, and the only file that knows every protocol. It makes the namespace, plugs the protocols
// into IP and into the protocol switch, and runs processes.

import { Prefix } from '../base/address/prefix.ts'
import type { Clock } from '../base/clock.ts'
import type { Errno } from '../base/errno.ts'
import {
  AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW,
  SOCK_SEQPACKET, SOCK_STREAM,
} from '../base/posix.ts'
import type { RandomSource } from '../base/random.ts'
import { SIGPIPE } from '../base/signal.ts'
import type { Trace } from '../base/trace.ts'
import { Ip } from '../ip/ip.ts'
import type { RouteSpec } from '../ip/ip.ts'
import { NetNamespace } from '../ip/namespace.ts'
import { LoopbackDevice } from '../link/loopback.ts'
import type { NetDevice } from '../link/net-device.ts'
import { NetlinkProtocol } from '../netlink/netlink-protocol.ts'
import { PacketProtocol } from '../packet/packet-protocol.ts'
import { PingTable } from '../raw/ping-sock.ts'
import { RawTable } from '../raw/raw-table.ts'
import { BindTable } from '../sock/bind-table.ts'
import { SOCK_SYSCTLS } from '../sock/sysctl.ts'
import { inetDatagramFamily } from '../socket/inet-datagram.ts'
import { inetPingFamily, inetRawFamily } from '../socket/inet-raw.ts'
import { inetStreamFamily } from '../socket/inet-stream.ts'
import { netlinkFamily } from '../socket/netlink.ts'
import { packetFamily } from '../socket/packet.ts'
import { ProtocolSwitch } from '../socket/protocol-switch.ts'
import type { SocketOwner } from '../socket/socket.ts'
import { unixFamily } from '../socket/unix.ts'
import { TcpProtocol } from '../tcp/protocol.ts'
import { UdpProtocol } from '../udp/protocol.ts'
import { UnixProtocol } from '../unix/unix-protocol.ts'
import { FileSystem } from '../vfs/file-system.ts'
import type { PacketMemory } from '../wire/packet-memory.ts'
import { INIT_PID } from './process-life.ts'
import { ProcessState } from './process-state.ts'
import type { Kernel, SignalInformation } from './process-state.ts'
import { Process } from './process.ts'
import { deliver } from './signal.ts'

export interface HostOptions {
  readonly name: string
  readonly clock: Clock
  readonly random: RandomSource
  readonly memory: PacketMemory
  readonly trace: Trace
  /** Told when an awaited call may go on: worlds settle then before time moves. */
  readonly onWake?: () => void
}

export interface SpawnOptions {
  readonly uid?: number
  readonly gid?: number
  /**
   * POSIX's default: SIGPIPE ends the process. Without it SIGPIPE is ignored at the start, as in programs of Node and
   * Python, and children inherit that; `sys.sigaction` changes it at any time.
   */
  readonly brokenPipeEnds?: boolean
  /** 0, 1 and 2 are taken, by streams that are none of ours: its own descriptors begin at 3. */
  readonly hasStandardStreams?: boolean
}

const INET: readonly number[] = [AF_INET, AF_INET6]

function onlyRoot({ uid }: SocketOwner): Errno | undefined { return uid === 0 ? undefined : 'EPERM' }

export class Host implements Kernel {
  readonly name: string
  readonly namespace: NetNamespace
  readonly ip: Ip
  readonly udp: UdpProtocol
  readonly tcp: TcpProtocol
  readonly raw: RawTable
  readonly pings: PingTable
  readonly packets: PacketProtocol
  readonly netlink: NetlinkProtocol
  readonly unix: UnixProtocol
  readonly files = new FileSystem()
  readonly protocols = new ProtocolSwitch()
  readonly loopback: LoopbackDevice
  readonly onWake: (() => void) | undefined
  private readonly running = new Map<number, Process>()
  /** 1 is init, the host itself. */
  private nextPid = INIT_PID + 1
  thunderingHerd = false
  private nextFileId = 1

  constructor(options: HostOptions) {
    this.name = options.name
    this.onWake = options.onWake
    const namespace = new NetNamespace({ host: options.name, ...options })
    this.namespace = namespace
    namespace.sysctl.define(SOCK_SYSCTLS)
    this.ip = new Ip(namespace)
    namespace.ip = this.ip
    this.udp = new UdpProtocol(namespace, new BindTable(namespace, 'datagram'))
    this.tcp = new TcpProtocol(namespace, new BindTable(namespace, 'stream'))
    this.pings = new PingTable(namespace)
    this.raw = new RawTable(namespace, this.pings)
    this.packets = new PacketProtocol(namespace)
    this.netlink = new NetlinkProtocol(namespace, this.ip)
    this.unix = new UnixProtocol(namespace, this.files)
    this.ip.register(this.udp)
    this.ip.register(this.tcp)
    this.ip.registerRaw(this.raw)
    this.plug()
    this.loopback = new LoopbackDevice(options.clock)
    this.addDevice(this.loopback)
    for (const own of ['127.0.0.1/8', '::1/128']) this.addAddress(this.loopback, own)
  }

  /** The protocol switch: the first row of a type is what protocol 0 means. */
  private plug(): void {
    const { protocols } = this
    protocols.add({ families: INET, type: SOCK_STREAM, protocol: IPPROTO_TCP, family: inetStreamFamily(this.tcp) })
    protocols.add({ families: INET, type: SOCK_DGRAM, protocol: IPPROTO_UDP, family: inetDatagramFamily(this.udp) })
    const mayPing = ({ gid }: SocketOwner): Errno | undefined => this.pings.permits(gid) ? undefined : 'EACCES'
    const ping = inetPingFamily(this.pings)
    protocols.add({ families: [AF_INET], type: SOCK_DGRAM, protocol: IPPROTO_ICMP, family: ping, refuses: mayPing })
    protocols.add({ families: [AF_INET6], type: SOCK_DGRAM, protocol: IPPROTO_ICMPV6, family: ping, refuses: mayPing })
    protocols.add({ families: INET, type: SOCK_RAW, protocol: 'any', family: inetRawFamily(this.raw), refuses: onlyRoot })
    const packet = packetFamily(this.packets)
    for (const type of [SOCK_RAW, SOCK_DGRAM]) protocols.add({ families: [AF_PACKET], type, protocol: 'any', family: packet, refuses: onlyRoot })
    const netlink = netlinkFamily(this.netlink)
    for (const type of [SOCK_RAW, SOCK_DGRAM]) protocols.add({ families: [AF_NETLINK], type, protocol: 0, family: netlink })
    const unix = unixFamily(this.unix)
    for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) protocols.add({ families: [AF_UNIX], type, protocol: 0, family: unix })
  }

  takeFileId(): number { return this.nextFileId++ }

  /** Its index, from 1; loopback is the first. */
  addDevice(device: NetDevice): number {
    const index = this.ip.attach(device)
    this.packets.deviceAdded(device)
    return index
  }

  removeDevice(device: NetDevice): void { this.ip.detach(device) }

  /** `10.0.0.1/24`, `fd00::1/64`. EINVAL when it is none. */
  addAddress(device: NetDevice, cidr: string): 0 | Errno {
    const prefix = Prefix.parse(cidr)
    return prefix === undefined ? 'EINVAL' : this.ip.addAddress(device, prefix)
  }

  addRoute(spec: RouteSpec): 0 | Errno { return this.ip.addRoute(spec) }

  /** A setting under its Linux name; undefined where there is none. */
  sysctl(name: string): string | undefined { return this.namespace.sysctl.get(name.replaceAll('/', '.')) }

  setSysctl(name: string, value: string): 0 | Errno { return this.namespace.sysctl.set(name, value) ?? 0 }

  spawn(name: string = 'program', options: SpawnOptions = {}): Process {
    const state = new ProcessState(this, this.takePid(), INIT_PID, name, options.uid ?? 0)
    if (options.gid !== undefined) state.gid = options.gid
    if (options.hasStandardStreams === true) state.fds.keepStandardStreams()
    if (options.brokenPipeEnds !== true) state.actions.set(SIGPIPE, { handler: 'SIG_IGN' })
    return new Process(state, this.begin)
  }

  takePid(): number { return this.nextPid++ }

  findProcess(pid: number): ProcessState | undefined { return this.running.get(pid)?.state }

  processGroup(groupId: number): readonly ProcessState[] {
    return [...this.running.values()].map(each => each.state).filter(each => each.groupId === groupId)
  }

  processEnded(process: ProcessState): void {
    this.running.delete(process.pid)
    this.tellOf(process, 'ended', process.waitStatus)
  }

  deliver(process: ProcessState, signal: number, information?: SignalInformation): void { deliver(process, signal, information) }

  get processes(): Iterable<Process> { return this.running.values() }

  private readonly begin = (process: Process): void => {
    this.running.set(process.pid, process)
    if (process.state.parent !== undefined) this.tellOf(process.state, 'forked', 0)
  }

  private tellOf({ pid, parentPid }: ProcessState, action: 'forked' | 'ended', status: number): void {
    const { namespace } = this
    if (namespace.trace.on) namespace.trace.emit({ name: 'process', at: namespace.now(), host: namespace.host, pid, action, parentPid, status })
  }

  /** Connections that no process owns any more and that still have something to say. */
  /** Forgets what earlier connections taught of destinations (`ip tcp_metrics flush`). */
  flushTcpMetrics(): void { this.tcp.env.fastOpen.flush() }

  closingConnections(): number { return this.tcp.closingCount() }

  /** Ends every process and releases whatever the host holds; devices of others stay. */
  close(): void {
    for (const process of [...this.running.values()]) process.exit(0)
    this.tcp.close()
    this.ip.close()
    this.loopback.close()
  }
}

export function createHost(options: HostOptions): Host { return new Host(options) }
