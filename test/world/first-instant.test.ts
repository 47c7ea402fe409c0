import { expect, it } from 'vitest'
import { AF_INET, IPPROTO_TCP, SOCK_RAW, SOCK_STREAM } from '../../src/base/posix.ts'
import { readTcpInfo } from '../../src/service/tcp-info.ts'
import { pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import { at, portOf } from '../support/calls.ts'

// The instant zero stands for "never sent": a microsecond is taken for it.
it('a connection opened at the instant the world begins measures its handshake (RFC 6298 2.2)', async () => {
  const world = new World({ hashes: false })
  const { a, b } = pair(world, { delay: 10, medium: 'ip' })
  const [client, server] = [a.spawn(), b.spawn()]
  const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  server.sys.bind(listener, at('0.0.0.0', 80))
  server.sys.listen(listener, 1)
  const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  const [connected] = await world.runUntilDone(Promise.all([client.connect(fd, at('10.0.0.2', 80))]))
  expect(connected).toBe(0)
  expect(readTcpInfo(client.sys, fd)).toMatchObject({ state: 'ESTABLISHED', rttUs: 19_999 })
  world.close()
})

/** A SYN out of nowhere, from `port` of 10.0.0.1 to port 80 of 10.0.0.2. */
function forgedSyn(port: number): Uint8Array {
  const segment = new Uint8Array(20)
  const view = new DataView(segment.buffer)
  view.setUint16(0, port)
  view.setUint16(2, 80)
  view.setUint32(4, 0x12345678)
  view.setUint16(12, 0x5002)
  // RFC 9293 3.1: over the pseudo-header too.
  let sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 20
  for (let at = 0; at < 20; at += 2) sum += view.getUint16(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(16, ~sum & 0xffff)
  return segment
}

it('the first second has its share of challenge ACKs too (RFC 5961 7)', async () => {
  const world = new World({ hashes: false })
  const { a, b } = pair(world, { delay: 10, medium: 'ip' })
  b.setSysctl('net.ipv4.tcp_challenge_ack_limit', '1000')
  const [client, server] = [a.spawn(), b.spawn()]
  const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  server.sys.bind(listener, at('0.0.0.0', 80))
  server.sys.listen(listener, 1)
  const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  expect(await world.runUntilDone(client.connect(fd, at('10.0.0.2', 80)))).toBe(0)
  const raw = client.sys.socket(AF_INET, SOCK_RAW, IPPROTO_TCP) as number
  expect(client.sys.sendto(raw, forgedSyn(portOf(client.sys.getsockname(fd))), 0, 20, 0, at('10.0.0.2', 0))).toBe(20)
  await world.runFor(100)
  expect(b.namespace.mib.tcpExt).toMatchObject({ TCPSYNChallenge: 1, TCPChallengeACK: 1 })
  world.close()
})
