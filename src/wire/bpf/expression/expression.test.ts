import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../base/random.ts'
import { FilterSubject, PacketFilter } from '../filter.ts'
import type { Instruction } from '../instruction.ts'
import { compileFilter } from './compile.ts'

const EXPRESSIONS = [
  '', 'ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6', 'igmp', 'not tcp', 'tcp or udp', 'tcp and not udp or arp', 'host 198.18.0.1',
  'src host 198.18.0.1', 'dst host 198.18.0.1 and tcp', 'src or dst host 198.18.0.2', 'src and dst host 198.18.0.1', 'ip host 198.18.0.1',
  'arp host 198.18.0.1', 'net 198.18', 'net 198.18.0.0/24', 'src net 198.18.0.0/31', 'host fd00:5eed::1', 'src host fd00:5eed::1', 'net fd00:5eed::/32',
  'dst net fd00:5eec::/31', 'port 80', 'tcp port 80', 'udp src port 53', 'dst port 443', 'port 80 or 443', 'tcp port (80 or 443)', 'portrange 50-90',
  'tcp dst portrange 80-443', 'ether host 02:00:00:00:00:01', 'ether src 02:00:00:00:00:02', 'ether dst 02:00:00:00:00:01', 'ether proto 0x86dd',
  'ip proto 6', 'ip proto 17', 'proto 1', 'ip6 proto 58', 'broadcast', 'multicast', 'ether multicast', 'ip multicast', 'ip6 multicast', 'less 60',
  'greater 100', 'len > 70', 'len <= 70', 'len != 60', 'tcp[13] & 2 != 0', 'tcp[tcpflags] & (tcp-syn|tcp-ack) != 0', 'tcp[tcpflags] == tcp-syn',
  'ip[0] & 0xf != 5', 'ip[2:2] > 80', 'ip[8] < 64', 'tcp[0:2] = 80', 'udp[4:2] >= 30', 'icmp[icmptype] == icmp-echo', 'ether[0] & 1 = 0',
  'tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420', 'ip[ip[0] & 3] = 1', '(tcp[13] & 2 != 0) and port 80', 'len * 2 > 150', 'ip6[6] = 6',
  'tcp and (port 80 or (udp and host 198.18.0.1))', '! (arp or icmp) && ip', 'ip[6:2] & 0x1fff = 0', 'len - 10 > ip[3]', 'arp[7] = 1', '10 < 20',
] as const

/** Frames of every kind the expressions speak of, often just beside it. */
function frames(): Uint8Array[] {
  const random = new SeededRandom(4)
  const pick = <T>(...from: readonly T[]): T => from[random.below(from.length)]
  return Array.from({ length: 1500 }, () => {
    const frame = new Uint8Array(pick(60, 61, 74, 100, 200, 30, 14, 20))
    for (let at = 0; at < frame.length; at++) frame[at] = random.below(256)
    const put = (at: number, ...bytes: readonly number[]): void => {
      for (const [index, byte] of bytes.entries()) if (at + index < frame.length) frame[at + index] = byte
    }
    const mac = (): number[] => pick([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [255, 255, 255, 255, 255, 255], [1, 0, 0x5e, 0, 0, 1])
    const address = (): number[] => [198, 18, pick(0, 0, 1), pick(1, 2, 77)]
    const six = (): number[] => [0xfd, 0, 0x5e, 0xed, ...new Array<number>(11).fill(0), pick(1, 2)]
    const port = (): number[] => [0, pick(80, 53, 81, 90, 49)]
    put(0, ...mac(), ...mac())
    const type = pick(4, 4, 4, 6, 6, 1, 0)
    if (type === 1) put(12, 8, 6, 0, 1, 8, 0, 6, 4, 0, pick(1, 2), ...mac(), ...address(), ...mac(), ...address())
    if (type === 4) {
      put(12, 8, 0, pick(0x45, 0x45, 0x46), 0, 0, pick(60, 90), 0, 0, pick(0, 0x40, 0x20, 0x1f), pick(0, 0, 1), pick(64, 1),
        pick(6, 6, 17, 1, 2, 132))
      put(26, ...pick(address(), [224, 0, 0, 1]), ...pick(address(), [224, 0, 0, 1]))
      put(14 + (frame[14] & 0xf) * 4, ...port(), ...pick(port(), [1, 0xbb]))
      if (random.below(3) === 0) put(46, 0x50, pick(2, 18, 16), 1, 1, 0, 0, 0, 0, 0x47, 0x45, 0x54, 0x20)
    }
    if (type === 6) {
      put(12, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 40, pick(6, 17, 58, 44), 64, ...six(), ...pick(six(), [0xff, 2]), ...port(), ...port())
      if (frame[20] === 44) put(54, pick(6, 17, 58), 0, 0, 0)
    }
    return frame
  })
}

function subjectOf(frame: Uint8Array): FilterSubject {
  const subject = new FilterSubject().ofBytes(frame, 0, frame.length)
  subject.linkAt = 0
  return subject
}

function runnable(program: unknown): PacketFilter {
  if (!Array.isArray(program)) throw new Error(String(program))
  const filter = PacketFilter.of(program as Instruction[])
  if (typeof filter === 'string') throw new Error(filter)
  return filter
}

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0

/** What libpcap makes of them, all in one go each. */
function libpcap(expression: string, empty: string): Instruction[] {
  const { stdout, stderr } = spawnSync('tcpdump', ['-r', empty, '-dd', expression], { encoding: 'utf8' })
  const program = [...stdout.matchAll(/\{ (\w+), (\d+), (\d+), (\w+) \}/g)].map(([, code, jt, jf, k]) => ({
    code: Number(code), jt: Number(jt), jf: Number(jf), k: Number(k),
  }))
  if (program.length === 0) throw new Error(`${expression}: ${stderr}`)
  return program
}

describe('filter expressions', () => {
  it.skipIf(!hasTcpdump)('choose the same frames as libpcap', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sockeye-'))
    try {
      const empty = join(folder, 'empty.pcap')
      writeFileSync(empty, Buffer.from('d4c3b2a1020004000000000000000000000004000100000000', 'hex').subarray(0, 24))
      const all = frames()
      let chosen = 0
      for (const expression of EXPRESSIONS) {
        const [ours, theirs] = [runnable(compileFilter(expression)), runnable(libpcap(expression, empty))]
        for (const frame of all) {
          const verdict = ours.run(subjectOf(frame)) > 0
          if (verdict) chosen++
          if (verdict !== theirs.run(subjectOf(frame)) > 0) {
            expect.fail(`${expression}: we ${verdict ? 'take' : 'refuse'} ${Buffer.from(frame).toString('hex')}`)
          }
        }
      }
      expect(chosen).toBeGreaterThan(10_000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 60_000)

  it('know frames without a link header, and what the kernel knows beside them', () => {
    const packet = Uint8Array.from(Buffer.from('45000028000040004006000001020304050607080050ffff000000000000000050020000', 'hex'))
    for (const [expression, wanted] of [['tcp port 80', true], ['ip6', false], ['arp', false], ['src host 1.2.3.4', true], ['ip[9] = 6', true]] as const) {
      expect([expression, runnable(compileFilter(expression, 'ip')).run(subjectOf(packet)) > 0]).toEqual([expression, wanted])
    }
    const subject = subjectOf(packet)
    subject.packetType = 4
    expect(runnable(compileFilter('outbound', 'ip')).run(subject)).toBeGreaterThan(0)
    expect(runnable(compileFilter('inbound', 'ip')).run(subject)).toBe(0)
  })

  it.each([
    ['host', 4], ['tcp port', 8], ['port 70000', 5], ['foo', 0], ['(tcp', 4], ['tcp)', 3], ['host example', 5], ['net 10.1.1.1/8', 4], ['tcp[1:3] = 1', 3],
    ['icmp port 80', 10], ['len / 0 = 1', 0], ['#', 0], ['ether', 5], ['1.2.3.999', 0], ['vlan 4', 0],
  ])('say what is wrong with "%s"', (text, at) => {
    const fault = compileFilter(text)
    expect(fault).toBeInstanceOf(Error)
    expect(fault).toMatchObject({ at })
  })
})
