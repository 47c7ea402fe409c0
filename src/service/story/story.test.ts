import { describe, expect, it } from 'vitest'
import { IpAddress } from '../../base/address/ip.ts'
import { parseIp } from '../../base/address/ip.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import { Trace } from '../../base/trace.ts'
import { ACK, encodeTcp, FIN, PSH, SYN, tcpHeaderLength } from '../../wire/tcp.ts'
import type { TcpOption } from '../../wire/tcp-options.ts'
import { Story } from './story.ts'
import { connectionText } from './story-text.ts'

const PC = parseIp('198.18.0.1') ?? IpAddress.ANY4
const WEB = parseIp('198.18.0.2') ?? IpAddress.ANY4
const CLIENT = '198.18.0.1:40000'
const ISS = [0xffff_fff0, 5000] as const

interface Sent { from: 0 | 1, flags: number, seq: number, ack?: number, data?: number, wnd?: number, options?: TcpOption[] }

/** An Ethernet frame of the demo's connection; numbers relative, as people count them. */
function frame({ from, flags, seq, ack = 0, data = 0, wnd = 1000, options = [] }: Sent): Uint8Array {
  const header = {
    srcPort: from === 0 ? 40000 : 80, dstPort: from === 0 ? 80 : 40000, seq: (ISS[from] + seq) >>> 0,
    ack: (flags & ACK) === 0 ? 0 : (ISS[from === 0 ? 1 : 0] + ack) >>> 0, flags, wnd, checksum: 0, urgentPointer: 0, options,
  }
  const length = 34 + tcpHeaderLength(header) + data
  const bytes = new Uint8Array(length)
  bytes[12] = 8
  bytes[14] = 0x45
  bytes[16] = (length - 14) >> 8
  bytes[17] = length - 14
  bytes[23] = 6
  ;(from === 0 ? PC : WEB).writeTo(bytes, 26)
  ;(from === 0 ? WEB : PC).writeTo(bytes, 30)
  encodeTcp(header, bytes, 34)
  return bytes
}

class Wire {
  time = 1_000_000
  readonly trace = new Trace()
  readonly story = new Story({ hosts: ['pc', 'web'], serverPort: 80, now: () => this.time, link: 'a cable' })

  constructor() { this.story.follow(this.trace) }

  pass(sent: Sent, lost?: DropReason): void {
    const bytes = frame(sent)
    const [from, to] = sent.from === 0 ? ['pc', 'web'] : ['web', 'pc']
    this.trace.frame(this.time, from, 'eth0', 'out', bytes, 0, bytes.length, undefined)
    if (lost !== undefined) this.trace.frame(this.time, from, 'eth0', 'out', bytes, 0, bytes.length, lost)
    this.time += 20_000
    if (lost === undefined) this.trace.frame(this.time, to, 'eth0', 'in', bytes, 0, bytes.length, undefined)
  }

  shakeHands(): void {
    const offer: TcpOption[] = [{ kind: 'mss', mss: 1460 }, { kind: 'nop' }, { kind: 'wscale', shift: 7 }]
    this.pass({ from: 0, flags: SYN, seq: 0, wnd: 64240, options: offer })
    this.pass({ from: 1, flags: SYN | ACK, seq: 0, ack: 1, wnd: 65160, options: offer })
    this.pass({ from: 0, flags: ACK, seq: 1, ack: 1 })
  }
}

describe('the story of a connection', () => {
  it('counts from zero on both sides, even across the end of the sequence space, and scales windows', () => {
    const wire = new Wire()
    wire.shakeHands()
    wire.pass({ from: 0, flags: PSH | ACK, seq: 1, ack: 1, data: 100 })
    const [told] = wire.story.update(0).connections
    expect(told).toMatchObject({ id: CLIENT, server: '198.18.0.2:80', sentSegs: [3, 1], sentBytes: [100, 0], lostSegs: 0 })
    expect(told.segments.map(each => [each.from, each.flags, each.seq, each.ack, each.windowBytes])).toEqual([
      [0, 'S', 0, undefined, 64240], [1, 'S.', 0, 1, 65160], [0, '.', 1, 1, 128_000], [0, 'P.', 1, 1, 128_000],
    ])
    expect(told.segments[0].options).toBe('mss 1460, wscale 7')
    expect(told.segments.map(each => (each.arrivedAt ?? 0) - each.sentAt)).toEqual([20_000, 20_000, 20_000, 20_000])
  })

  it('names the segment that the cable lost, and the one that repairs it', () => {
    const wire = new Wire()
    wire.shakeHands()
    wire.pass({ from: 1, flags: ACK, seq: 1, ack: 1, data: 1000 }, 'impair-loss')
    wire.pass({ from: 1, flags: ACK, seq: 1, ack: 1, data: 1000 })
    const [told] = wire.story.update(0).connections
    const [lost, again] = told.segments.slice(-2)
    expect(lost).toMatchObject({ lost: 'impair-loss', arrivedAt: undefined, isAgain: false })
    expect(again).toMatchObject({ lost: undefined, isAgain: true })
    expect(told).toMatchObject({ lostSegs: 1, againSegs: 1 })
    expect(connectionText(told, wire.story)).toMatch(/web > pc +LOST .*seq 1:1001.*\n.*web > pc +again .*seq 1:1001/)
  })

  it('tells only what changed since a version', () => {
    const wire = new Wire()
    wire.shakeHands()
    const { version } = wire.story.update(0)
    expect(wire.story.update(version).connections).toEqual([])
    wire.pass({ from: 0, flags: FIN | ACK, seq: 1, ack: 1 })
    expect(wire.story.update(version).connections[0].segments.map(each => each.flags)).toEqual(['F.'])
  })

  it('keeps the beginning and the latest part of a long connection', () => {
    const wire = new Wire()
    wire.shakeHands()
    for (let i = 0; i < 1000; i++) wire.pass({ from: 1, flags: ACK, seq: 1 + i * 10, ack: 1, data: 10 })
    const [told] = wire.story.update(0).connections
    expect(told.segments.length).toBe(600)
    expect([told.segments[0].n, told.segments[59].n, told.segments[599].n]).toEqual([1, 60, 1003])
  })

  it('counts the segments of the page’s own feed without telling them', () => {
    const wire = new Wire()
    wire.shakeHands()
    const connection = wire.story.connection(CLIENT)
    if (connection !== undefined) connection.isFeed = true
    wire.pass({ from: 1, flags: ACK, seq: 1, ack: 1, data: 10 })
    expect(wire.story.update(0).connections[0]).toMatchObject({ isFeed: true, sentSegs: [2, 2] })
    expect(wire.story.update(0).connections[0].segments.length).toBe(3)
  })

  it('knows the states of both sockets from the trace, from before the first segment on', () => {
    const wire = new Wire()
    const event = { name: 'tcp-state', at: wire.time, sock: 1, cause: 'user OPEN' } as const
    wire.trace.emit({ ...event, host: 'pc', local: CLIENT, remote: '198.18.0.2:80', from: 'CLOSED', to: 'SYN-SENT' })
    wire.trace.emit({ ...event, host: 'web', local: '198.18.0.2:80', remote: CLIENT, from: 'LISTEN', to: 'SYN-RECEIVED' })
    wire.trace.emit({ ...event, host: 'web', local: '198.18.0.2:80', remote: '0.0.0.0:0', from: 'CLOSED', to: 'LISTEN' })
    const { connections } = wire.story.update(0)
    expect(connections.map(each => each.states.map(state => [state.side, state.to]))).toEqual([[[0, 'SYN-SENT'], [1, 'SYN-RECEIVED']]])
  })
})
