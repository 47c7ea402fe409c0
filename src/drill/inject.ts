// Packets of a script into the stack: built in wire space, one batch each.

import type { IcmpText, PacketAction, TcpText, UdpText } from './ast.ts'
import type { Bench } from './bench.ts'
import type { Connection } from './packet/connection.ts'
import { ecnBits } from './packet/compare.ts'
import { icmpMtuWord, icmpNumbers } from './packet/icmp-names.ts'
import { ACK, RST, SYN, TCP, UDP, UDPLITE, echoedHeader, flagBits, icmpPacket, tcpPacket, udpLitePacket, udpPacket } from './packet/image.ts'
import type { IpFields } from './packet/image.ts'
import { encodeOptions } from './packet/tcp-options.ts'
import type { TcpOptionText } from './ast.ts'
import { ScriptError } from './refusal.ts'
import type { Settings } from './settings.ts'

const HOP_LIMIT = 255

export class Injector {
  private readonly bench: Bench
  private readonly settings: Settings

  constructor(bench: Bench, settings: Settings) {
    this.bench = bench
    this.settings = settings
  }

  inject(action: PacketAction, connection: Connection): void {
    const { transport } = action
    const ip: IpFields = {
      source: connection.remote, destination: connection.local, hopLimit: action.ip.ttl ?? HOP_LIMIT,
      trafficClass: action.ip.tos ?? ecnBits(action.ip.ecn), flowLabel: action.ip.flowLabel ?? 0,
    }
    let bytes: Uint8Array
    if (transport.kind === 'tcp') bytes = this.tcp(transport, ip, connection)
    else if (transport.kind === 'icmp') bytes = this.icmp(transport, ip, connection)
    else bytes = udp(transport, ip, connection)
    const mss = this.settings.receiveMss ?? 0
    const pieceBytes = transport.kind === 'tcp' && mss > 0 && transport.sequence.length > mss ? mss : 0
    if (!this.bench.device.inject(bytes, pieceBytes)) throw new ScriptError('the packet found no room')
  }

  private tcp(tcp: TcpText, ip: IpFields, connection: Connection): Uint8Array {
    const flags = flagBits(tcp.flags, tcp.ace)
    const syn = (flags & SYN) !== 0
    const { sequence } = tcp
    if (syn) connection.synInjected(sequence.start)
    if ((flags & RST) !== 0) connection.resetInjected()
    const hasAck = (flags & ACK) !== 0
    const options = tcp.options ?? refuseUnseen()
    const mapped = connection.mapSack(options, value => connection.localToWire(value, syn))
    return tcpPacket(ip, {
      sourcePort: connection.remotePort, destinationPort: connection.localPort, flags, window: tcp.window ?? 0, urgent: tcp.urgent ?? 0,
      seq: connection.remoteToWire(sequence.start, syn, sequence.absolute),
      ack: hasAck ? connection.localToWire(tcp.ack ?? 0, syn, tcp.ackAbsolute) : tcp.ack ?? 0,
      options: encodeOptions(mapped.map(option => this.echo(option, connection, hasAck))),
    }, sequence.length)
  }

  /** An echo reply names a timestamp of ours as the script calls it. */
  private echo(option: TcpOptionText, connection: Connection, hasAck: boolean): TcpOptionText {
    if (option.kind !== 'TS' || !hasAck) return option
    const live = connection.timestamps.get(option.echo)
    if (live !== undefined) return { ...option, echo: live }
    if (this.settings.freeEcho && connection.lastTimestamp !== undefined) return { ...option, echo: connection.lastTimestamp }
    if (!this.settings.timestampEchoScaled || connection.timestamps.size === 0) throw new ScriptError(`ecr ${option.echo} names no timestamp that was sent`)
    return { ...option, echo: (connection.firstTimestamp + option.echo - connection.firstScriptTimestamp) >>> 0 }
  }

  private icmp(icmp: IcmpText, ip: IpFields, connection: Connection): Uint8Array {
    const version = this.settings.family === 'ipv6' ? 6 : 4
    const { type, code } = icmpNumbers(icmp, version)
    const quoted: IpFields = { source: connection.local, destination: connection.remote, hopLimit: 64, trafficClass: 0, flowLabel: 0 }
    const { echoed } = icmp
    const word = icmp.id !== undefined ? (icmp.id << 16) >>> 0 : icmp.mtu === undefined ? 0 : icmpMtuWord(icmp.mtu, version)
    let header: Uint8Array
    if (echoed === undefined || echoed.kind === 'tcp') {
      const sequence = echoed?.sequence
      const protocol = echoed === undefined ? connection.protocol : TCP
      const seq = connection.localToWire(sequence?.start ?? 0, false, sequence?.absolute === true)
      header = echoedHeader(quoted, protocol, connection.localPort, connection.remotePort, seq, 20 + (sequence?.length ?? 0))
    } else {
      const third = ((echoed.kind === 'udp' ? echoed.length + 8 : echoed.coverage) << 16) >>> 0
      header = echoedHeader(quoted, echoed.kind === 'udp' ? UDP : UDPLITE, connection.localPort, connection.remotePort, third, 8 + echoed.length)
    }
    return icmpPacket(ip, type, code, word, header)
  }
}

function refuseUnseen(): never { throw new ScriptError('`<...>` says nothing about an inbound packet') }

function udp(datagram: UdpText, ip: IpFields, connection: Connection): Uint8Array {
  return datagram.kind === 'udp'
    ? udpPacket(ip, connection.remotePort, connection.localPort, datagram.length)
    : udpLitePacket(ip, connection.remotePort, connection.localPort, datagram.length, datagram.coverage)
}
