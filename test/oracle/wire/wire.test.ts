// Behaviours 25 to 32: what arrives on the wire, on our kernel and on Linux. Each scenario is written once, with packets made
// octet by octet, and must come out the same on both.

import { afterAll, describe, expect, it } from 'vitest'
import { IP_ADD_MEMBERSHIP, SOL_IP, SOL_TCP, TCP_USER_TIMEOUT } from '../../../src/base/posix.ts'
import { tapSkipReason } from '../../tap/namespace.ts'
import { whyNoLinux } from '../linux-kernel.ts'
import { LinuxWire, OurWire } from './kernels.ts'
import type { Result, WireKernel } from './kernels.ts'
import { fragment6, icmp, ipv4, ipv6, LOCAL4, LOCAL6, long, PEER4, PEER6, tcp, tell, u32, udp } from './packets.ts'
import type { Bytes } from './packets.ts'

const reason = whyNoLinux() ?? tapSkipReason('python3')
if (reason !== undefined) console.log(`wire oracle skipped: ${reason}`)

const SYN_ACK = 0x12
const ACK = 0x10
const ISS = 1000

const inject = (kernel: WireKernel, packet: Bytes): Promise<void> => kernel.inject(Uint8Array.from(packet))
const told = async (kernel: WireKernel): Promise<string[]> => (await kernel.packets()).map(tell).filter(each => each !== undefined)
const text = (count: number, first = 97): Bytes => Array.from({ length: count }, (_, i) => first + Math.floor(i / 8) % 26)
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')

/** A connection attempt to the peer's port; the SYN it sent. */
async function attempt(kernel: WireKernel, from: number): Promise<readonly [number, Uint8Array]> {
  const fd = await kernel.socket('tcp', 4)
  await kernel.bind(fd, '198.18.0.1', from)
  await kernel.connect(fd, '198.18.0.2', 80)
  const syn = (await kernel.packets()).find(each => tell(each) === 'tcp S')
  if (syn === undefined) throw new Error('no SYN')
  return [fd, syn]
}

/** An established connection. */
async function established(kernel: WireKernel, from: number): Promise<number> {
  const [fd, syn] = await attempt(kernel, from)
  await inject(kernel, ipv4(PEER4, LOCAL4, 6, tcp(PEER4, LOCAL4, 80, from, { seq: ISS, ack: long(syn, 24) + 1, flags: SYN_ACK })))
  await kernel.packets()
  return fd
}

type Record = (what: string, result: Result | string[]) => void
type Scenario = (kernel: WireKernel, record: Record) => Promise<void>

const SCENARIOS: Readonly<{ [name: string]: Scenario }> = {
  '25: unreachable answers to our SYN fail the connect, each code with its error': async (kernel, record) => {
    for (const code of [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) {
      const [fd, syn] = await attempt(kernel, 2000 + code)
      await inject(kernel, ipv4(PEER4, LOCAL4, 1, icmp(3, code, [...syn])))
      record(`code ${code}`, await kernel.error(fd))
      record('then', await told(kernel))
      await kernel.closeSocket(fd)
    }
  },

  '26: on an established connection it is remembered, and told when the connection dies': async (kernel, record) => {
    for (const isAsked of [true, false]) {
      const fd = await established(kernel, isAsked ? 2100 : 2101)
      const value = hex([...Buffer.from(Uint32Array.of(600).buffer)])
      record('TCP_USER_TIMEOUT', await kernel.option(fd, SOL_TCP, TCP_USER_TIMEOUT, value))
      record('send', await kernel.send(fd, 'hello'))
      const data = (await kernel.packets()).find(each => tell(each)?.startsWith('tcp P'))
      if (data === undefined) throw new Error('no data')
      await inject(kernel, ipv4(PEER4, LOCAL4, 1, icmp(3, 1, [...data])))
      if (isAsked) record('SO_ERROR tells it once', `${await kernel.error(fd)}, ${await kernel.error(fd)}`)
      record('recv', await kernel.recv(fd))
      await kernel.wait(2500)
      await kernel.packets()
      record('in the end', await kernel.error(fd))
      await kernel.closeSocket(fd)
    }
  },

  '27: a quoted sequence number that was never sent is ignored': async (kernel, record) => {
    const [fd, syn] = await attempt(kernel, 2200)
    const quoted = [...syn]
    quoted.splice(24, 4, ...u32(long(syn, 24) + 100_000))
    await inject(kernel, ipv4(PEER4, LOCAL4, 1, icmp(3, 3, quoted)))
    record('error', await kernel.error(fd))
    await kernel.closeSocket(fd)
  },

  '28: IPv4 fragments in order, out of order, twice, and overlapping': async (kernel, record) => {
    const fd = await kernel.socket('udp', 4)
    await kernel.bind(fd, '198.18.0.1', 3000)
    const whole = udp(PEER4, LOCAL4, 4000, 3000, text(40))
    const piece = (id: number, offset: number, length: number, change: Bytes = whole): Bytes => (
      ipv4(PEER4, LOCAL4, 17, change.slice(offset, offset + length), { id, offset, more: offset + length < whole.length }))
    const orders: readonly (readonly (readonly [number, number])[])[] = [
      [[0, 16], [16, 16], [32, 16]], [[32, 16], [0, 16], [16, 16]], [[0, 16], [0, 16], [16, 16], [32, 16]],
      [[0, 24], [16, 16], [32, 16]], [[0, 16], [32, 16], [8, 32]], [[0, 48], [0, 48]],
    ]
    for (const [i, order] of orders.entries()) {
      for (const [offset, length] of order) await inject(kernel, piece(100 + i, offset, length))
      record(`order ${JSON.stringify(order)}`, await kernel.recv(fd))
      record('again', await kernel.recv(fd))
    }
    record('sent', await told(kernel))
    await kernel.closeSocket(fd)
  },

  '28: IPv6 fragments in order, out of order, twice, and overlapping': async (kernel, record) => {
    const fd = await kernel.socket('udp', 6)
    await kernel.bind(fd, 'fd00:5eed::1', 3000)
    const whole = udp(PEER6, LOCAL6, 4000, 3000, text(40))
    const orders: readonly (readonly (readonly [number, number])[])[] = [
      [[0, 16], [16, 16], [32, 16]], [[32, 16], [0, 16], [16, 16]], [[0, 16], [0, 16], [16, 16], [32, 16]],
      [[0, 24], [16, 16], [32, 16]], [[0, 16], [32, 16], [8, 32]],
    ]
    for (const [i, order] of orders.entries()) {
      for (const [offset, length] of order) {
        const body = fragment6(17, 200 + i, offset, offset + length < whole.length, whole.slice(offset, offset + length))
        await inject(kernel, ipv6(PEER6, LOCAL6, 44, body))
      }
      record(`order ${JSON.stringify(order)}`, await kernel.recv(fd))
    }
    record('sent', await told(kernel))
    await kernel.closeSocket(fd)
  },

  '29: what cannot be put together: too late, not a multiple of eight, too long': async (kernel, record) => {
    await kernel.sysctl('net.ipv6.ip6frag_time', '1')
    const first = udp(PEER6, LOCAL6, 4000, 3100, text(40)).slice(0, 16)
    await inject(kernel, ipv6(PEER6, LOCAL6, 44, fragment6(17, 300, 0, true, first)))
    await kernel.wait(2500)
    record('the first alone', await told(kernel))
    await inject(kernel, ipv6(PEER6, LOCAL6, 44, fragment6(17, 301, 16, true, first)))
    await kernel.wait(2500)
    record('without the first', await told(kernel))
    await inject(kernel, ipv6(PEER6, LOCAL6, 44, fragment6(17, 302, 0, true, first.slice(0, 13))))
    record('no multiple of eight', await told(kernel))
    await inject(kernel, ipv6(PEER6, LOCAL6, 44, fragment6(17, 303, 65_528, false, first)))
    record('beyond 65,535', await told(kernel))
  },

  '30: IPv6 options nobody knows, by their two top bits': async (kernel, record) => {
    const fd = await kernel.socket('udp', 6)
    await kernel.bind(fd, '::', 3200)
    const group = [0xff, 2, ...Array<number>(13).fill(0), 1]
    for (const to of [LOCAL6, group]) {
      for (const type of [0x1e, 0x5e, 0x9e, 0xde]) {
        for (const header of [0, 60]) {
          const options = [17, 0, type, 4, 0, 0, 0, 0]
          await inject(kernel, ipv6(PEER6, to, header, [...options, ...udp(PEER6, to, 4000, 3200, text(8))]))
          record(`option ${type.toString(16)} in header ${header} to ${to === group ? 'a group' : 'us'}`, await kernel.recv(fd))
          record('sent', await told(kernel))
        }
      }
    }
    await kernel.closeSocket(fd)
  },

  '31: a next header nobody knows, in the base header and behind options': async (kernel, record) => {
    await inject(kernel, ipv6(PEER6, LOCAL6, 253, text(16)))
    record('in the base header', await told(kernel))
    await inject(kernel, ipv6(PEER6, LOCAL6, 60, [253, 0, 1, 4, 0, 0, 0, 0, ...text(16)]))
    record('behind options', await told(kernel))
    await inject(kernel, ipv4(PEER4, LOCAL4, 253, text(16)))
    record('in IPv4', await told(kernel))
  },

  // A broadcast address of the network is one to Linux when it looks at the way back, as distributions have it.
  '32: from a group or a broadcast address: silence': async (kernel, record) => {
    await kernel.sysctl('net.ipv4.conf.all.rp_filter', '1')
    const open = await kernel.socket('udp', 4)
    await kernel.bind(open, '0.0.0.0', 3300)
    record('join', await kernel.option(open, SOL_IP, IP_ADD_MEMBERSHIP, hex([224, 0, 0, 9, ...LOCAL4])))
    const listener = await kernel.socket('tcp', 4)
    await kernel.bind(listener, '0.0.0.0', 3301)
    await kernel.listen(listener)
    await kernel.packets()
    for (const from of [[224, 0, 0, 5], [255, 255, 255, 255], [198, 18, 0, 255], [0, 0, 0, 0], [127, 0, 0, 1]]) {
      await inject(kernel, ipv4(from, LOCAL4, 17, udp(from, LOCAL4, 4000, 3300, text(4))))
      record(`UDP from ${from.join('.')}`, await kernel.recv(open))
      await inject(kernel, ipv4(from, LOCAL4, 17, udp(from, LOCAL4, 4000, 3399, text(4))))
      await inject(kernel, ipv4(from, LOCAL4, 6, tcp(from, LOCAL4, 4000, 3301, { seq: 1, flags: 2 })))
      record('sent', await told(kernel))
    }
    const group = [224, 0, 0, 9]
    await inject(kernel, ipv4(PEER4, group, 6, tcp(PEER4, group, 4000, 3301, { seq: 1, flags: 2 })))
    await inject(kernel, ipv4(PEER4, group, 6, tcp(PEER4, group, 4000, 3302, { seq: 1, ack: 1, flags: ACK })))
    record('TCP to a group', await told(kernel))
  },
}

async function play(kernel: WireKernel, scenario: Scenario): Promise<string[]> {
  const lines: string[] = []
  await scenario(kernel, (what, result) => { lines.push(`${what}: ${Array.isArray(result) ? result.join(', ') : String(result)}`) })
  return lines
}

describe.skipIf(reason !== undefined)('on the wire as on Linux', () => {
  const linux = reason === undefined ? new LinuxWire() : undefined
  afterAll(() => { linux?.end() })

  it.each(Object.keys(SCENARIOS))('behaviour %s', async name => {
    if (linux === undefined) throw new Error('no Linux')
    const ours = new OurWire()
    const seen = await play(ours, SCENARIOS[name])
    ours.end()
    expect(seen).toEqual(await play(linux, SCENARIOS[name]))
  }, 60_000)
})
