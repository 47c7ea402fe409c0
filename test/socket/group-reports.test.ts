import { describe, expect, it } from 'vitest'
import {
  AF_INET, AF_INET6, AF_PACKET, IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, SOCK_DGRAM, SOCK_RAW,
  SOL_IP, SOL_IPV6, SOL_PACKET,
} from '../../src/base/posix.ts'
import { World } from '../../src/sim/world.ts'

const GROUP4 = [239, 18, 7, 5] as const
const GROUP6 = [0xff, 5, ...new Array<number>(13).fill(0), 7] as const

/** A member, and a router that hears and asks: what `a` sends of one EtherType, without its Ethernet header. */
async function link(etherType: number) {
  const world = new World()
  const [a, b] = [world.host('a'), world.host('b')]
  world.cable(a, b, { addresses: ['198.18.0.1/24', '198.18.0.2/24'] })
  // Past duplicate address detection and router solicitation.
  await world.runFor(20_000)
  const { sys } = a.spawn()
  const router = b.spawn().sys
  const tap = router.socket(AF_PACKET, SOCK_RAW, etherType >> 8 | (etherType & 0xff) << 8) as number
  router.setsockopt(tap, SOL_PACKET, 1, new Uint8Array(Int32Array.of(2, 1, 0, 0).buffer))
  const room = new Uint8Array(2000)
  const heard = (): string[] => {
    const found: string[] = []
    for (let n = router.recv(tap, room, 0, 2000, 0); typeof n === 'number'; n = router.recv(tap, room, 0, 2000, 0)) {
      found.push(Buffer.from(room.subarray(14, n)).toString('hex'))
    }
    return found
  }
  const say = (mac: string, packet: string): void => {
    const frame = Buffer.from(`${mac}020000000002${etherType.toString(16).padStart(4, '0')}${packet}`, 'hex')
    expect(router.sendto(tap, frame, 0, frame.length, 0,
      { family: 'AF_PACKET', protocol: etherType, interfaceIndex: 2, hardwareType: 0, packetType: 0, address: undefined })).toBe(frame.length)
  }
  return { world, sys, heard, say }
}

function checksummed(hex: string, at: number, from: number, to: number): string {
  const bytes = Buffer.from(hex, 'hex')
  let sum = 0
  for (let i = from; i < to; i += 2) sum += bytes.readUInt16BE(i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  bytes.writeUInt16BE(~sum & 0xffff, at)
  return bytes.toString('hex')
}

describe('group membership on the link (C8)', () => {
  it('IGMPv3: a join and a leave are told twice, a query is answered in its time, in its words', async () => {
    const { world, sys, heard, say } = await link(0x0800)
    const fd = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
    const member = Uint8Array.of(...GROUP4, 0, 0, 0, 0, 2, 0, 0, 0)
    expect(sys.setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, member)).toBe(0)
    await world.runFor(1)
    const [first] = heard()
    // Header of 24 with Router Alert, TOS 0xc0, TTL 1, to 224.0.0.22; one record: to exclude mode, no sources.
    expect(first).toMatch(/^46c00028.{8}0102.{4}c6120001e000001694040000/)
    expect(first.slice(48)).toMatch(/^2200.{4}0000000104000000ef120705/)
    await world.runFor(1100)
    expect(heard()).toHaveLength(1)
    await world.runFor(5000)
    expect(heard()).toEqual([])
    // A second socket changes nothing.
    const other = sys.socket(AF_INET, SOCK_DGRAM, 0) as number
    sys.setsockopt(other, SOL_IP, IP_ADD_MEMBERSHIP, member)
    await world.runFor(2000)
    expect(heard()).toEqual([])
    // A general query of version 3 with a second to answer.
    const header = (length: string): string => checksummed(`46c0${length}000000000102 0000c6120002e000000194040000`.replaceAll(' ', ''), 10, 0, 24)
    say('01005e000001', header('0024') + checksummed('110a0000000000000000 0000'.replaceAll(' ', ''), 2, 0, 12))
    await world.runFor(1001)
    const answers = heard()
    expect(answers).toHaveLength(1)
    expect(answers[0].slice(48)).toMatch(/^2200.{4}0000000102000000ef120705/)
    // A query of version 2: from now on one report a group, to the group itself, and a leave to all routers.
    say('01005e000001', header('0020') + checksummed('110a000000000000', 2, 0, 8))
    await world.runFor(1001)
    const [old] = heard()
    expect(old.slice(32, 40) + old.slice(48)).toMatch(/^ef1207051600.{4}ef120705/)
    sys.setsockopt(other, SOL_IP, IP_DROP_MEMBERSHIP, member)
    await world.runFor(10)
    expect(heard()).toEqual([])
    sys.close(fd)
    await world.runFor(2000)
    const [leave] = heard()
    expect(leave.slice(32, 40) + leave.slice(48)).toMatch(/^e00000021700.{4}ef120705/)
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('MLDv2: from the link-local address behind a hop-by-hop Router Alert; a query also hears of solicited-node groups', async () => {
    const { world, sys, heard, say } = await link(0x86dd)
    const fd = sys.socket(AF_INET6, SOCK_DGRAM, 0) as number
    const member = Uint8Array.of(...GROUP6, 2, 0, 0, 0)
    expect(sys.setsockopt(fd, SOL_IPV6, IPV6_ADD_MEMBERSHIP, member)).toBe(0)
    await world.runFor(1)
    const [first] = heard()
    const hex = Buffer.from(GROUP6).toString('hex')
    // Payload 36, hop limit 1, fe80:: to ff02::16; Router Alert; one record: to exclude mode.
    expect(first).toMatch(/^6.{7}00240001fe80.{28}ff02.{24}00163a000502000001008f00.{4}0000000104000000/)
    expect(first.endsWith(hex)).toBe(true)
    const unsummed = `${first.slice(16, 80)}0000001c0000003a${first.slice(96, 100)}0000${first.slice(104)}`
    expect(checksummed(unsummed, 42, 0, unsummed.length / 2).slice(84, 88)).toBe(first.slice(100, 104))
    await world.runFor(1100)
    expect(heard()).toHaveLength(1)
    const source = 'fe800000000000000000000000000099'
    const destination = 'ff020000000000000000000000000001'
    const query = `820000 0003e80000${'00'.repeat(16)}02 7d0000`.replaceAll(' ', '')
    const pseudo = checksummed(`${source}${destination}0000001c0000003a${query}`, 42, 0, 68).slice(80)
    say('333300000001', `6000000000240001${source}${destination}3a00050200000100${pseudo}`)
    await world.runFor(1001)
    const [answer] = heard()
    expect(answer).toContain(`02000000${hex}`)
    expect(answer).toMatch(/02000000ff0200000000000000000001ff/)
    expect(sys.setsockopt(fd, SOL_IPV6, IPV6_DROP_MEMBERSHIP, member)).toBe(0)
    await world.runFor(1)
    expect(heard()[0]).toMatch(new RegExp(`03000000${hex}$`))
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })
})
