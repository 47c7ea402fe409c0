// Link-local addresses mean something on their link only: what TCP answers leaves by the device the question came by (RFC 4007 6,
// RFC 4291 2.5.6).

import { expect, it } from 'vitest'
import { parseIp } from '../../src/base/address/ip.ts'
import { AF_INET6, SOCK_STREAM } from '../../src/base/posix.ts'
import type { Host } from '../../src/kernel/host.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { World } from '../../src/sim/world.ts'

function linkLocalOf(host: Host, device: string): { text: string, index: number } {
  const entry = host.ip.addresses().find(each => each.device.name === device && each.prefix.address.isLinkLocal)
  if (entry === undefined) throw new Error(`${host.namespace.host} has no link-local address on ${device}`)
  return { text: entry.prefix.address.toString(), index: entry.device.index }
}

function at(text: string, port: number, scopeId = 0): SocketAddress {
  const address = parseIp(text)
  if (address === undefined) throw new Error(text)
  return { family: 'AF_INET6', address, port, flowinfo: 0, scopeId }
}

/** A host on two links; on the second of them somebody wants to talk. */
async function secondLink(listens: boolean): Promise<unknown> {
  const world = new World({ hashes: false })
  const [server, other, client] = [world.host('server'), world.host('other'), world.host('client')]
  world.cable(server, other, { delay: 1, addresses: ['fd01::1/64', 'fd01::2/64'] })
  world.cable(server, client, { delay: 1, addresses: ['fd02::1/64', 'fd02::2/64'] })
  await world.runFor(5000)
  const { text } = linkLocalOf(server, 'eth1')
  const { index } = linkLocalOf(client, 'eth0')
  const [serving, asking] = [server.spawn(), client.spawn()]
  if (listens) {
    const listener = serving.sys.socket(AF_INET6, SOCK_STREAM, 0) as number
    serving.sys.bind(listener, at('::', 80))
    serving.sys.listen(listener, 1)
  }
  const fd = asking.sys.socket(AF_INET6, SOCK_STREAM, 0) as number
  let outcome: unknown = 'silence'
  void asking.connect(fd, at(text, 80, index)).then(result => { outcome = result })
  await world.runFor(900)
  world.close()
  expect(world.memory.leakReport()).toEqual([])
  return outcome
}

it('a handshake is answered on the link it came by', async () => { expect(await secondLink(true)).toBe(0) })
it('so is a SYN that nobody wants', async () => { expect(await secondLink(false)).toBe('ECONNREFUSED') })
