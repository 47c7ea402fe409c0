// Networks that many tests and demonstrations need: two hosts, a LAN, a dumbbell, a small internet. Addresses are fixed by the
// order of hosts, so that traces of equal topologies compare.

import { parseIp } from '../base/address/ip.ts'
import type { IpAddress } from '../base/address/ip.ts'
import { Prefix } from '../base/address/prefix.ts'
import type { Host } from '../kernel/host.ts'
import type { Bridge } from '../link/bridge.ts'
import type { Cable } from '../link/cable.ts'
import type { CableSpec } from './cable-options.ts'
import type { World } from './world.ts'

export interface Pair { readonly a: Host, readonly b: Host, readonly cable: Cable }

/** `a` 10.0.0.1 and fd00::1, `b` 10.0.0.2 and fd00::2, one cable. */
export function pair(world: World, spec: CableSpec = {}): Pair {
  const a = world.host('a')
  const b = world.host('b')
  return { a, b, cable: world.cable(a, b, { addresses: [['10.0.0.1/24', 'fd00::1/64'], ['10.0.0.2/24', 'fd00::2/64']], ...spec }) }
}

export interface Lan { readonly hosts: readonly Host[], readonly switch: Bridge, readonly cables: readonly Cable[] }

/** `count` hosts `h1`... on one switch, 10.0.0.1... and fd00::1... */
export function lan(world: World, count: number, spec: CableSpec = {}): Lan {
  const middle = world.switch('switch')
  const hosts = Array.from({ length: count }, (_, i) => world.host(`h${i + 1}`))
  const cables = hosts.map((host, i) => world.cable(host, middle, { ...spec, addresses: [[`10.0.0.${i + 1}/24`, `fd00::${(i + 1).toString(16)}/64`], []] }))
  return { hosts, switch: middle, cables }
}

export interface Dumbbell {
  readonly left: readonly Host[]
  readonly right: readonly Host[]
  readonly routers: readonly [Host, Host]
  readonly bottleneck: Cable
}

export type AccessSpec = CableSpec | ((index: number) => CableSpec)

/**
 * `count` hosts each side, 10.1.i.2 and 10.2.i.2, behind two routers with the bottleneck between them. `access` is every host's
 * cable, or says which the index-th host of either side has.
 */
export function dumbbell(world: World, count: number, bottleneck: CableSpec, access: AccessSpec = {}): Dumbbell {
  const routers = [router(world, 'r1'), router(world, 'r2')] as const
  const middle = world.cable(routers[0], routers[1], { ...bottleneck, addresses: ['10.0.0.1/30', '10.0.0.2/30'] })
  const sides = routers.map((gateway, side) => Array.from({ length: count }, (_, i) => {
    const net = `10.${side + 1}.${i + 1}`
    const host = world.host(`${side === 0 ? 'left' : 'right'}${i + 1}`)
    world.cable(host, gateway, { ...typeof access === 'function' ? access(i) : access, addresses: [`${net}.2/24`, `${net}.1/24`] })
    route(host, '0.0.0.0/0', `${net}.1`)
    return host
  }))
  route(routers[0], '10.2.0.0/16', '10.0.0.2')
  route(routers[1], '10.1.0.0/16', '10.0.0.1')
  return { left: sides[0], right: sides[1], routers, bottleneck: middle }
}

export interface Internet {
  /** 192.168.1.2, behind `home`. */
  readonly pc: Host
  /** 198.51.100.80, on the far side. */
  readonly web: Host
  readonly home: Host
  readonly isp: Host
  readonly core: Host
}

/** pc - home router - provider - core - web server, with delays as on a real path of about 40 ms there and back. */
export function internet(world: World, spec: CableSpec = {}): Internet {
  const [pc, web] = [world.host('pc'), world.host('web')]
  const [home, isp, core] = [router(world, 'home'), router(world, 'isp'), router(world, 'core')]
  world.cable(pc, home, { delay: '200us', addresses: ['192.168.1.2/24', '192.168.1.1/24'] })
  world.cable(home, isp, { delay: '8ms', ...spec, addresses: ['203.0.113.2/30', '203.0.113.1/30'] })
  world.cable(isp, core, { delay: '10ms', addresses: ['203.0.113.5/30', '203.0.113.6/30'] })
  world.cable(core, web, { delay: '1ms', addresses: ['198.51.100.1/24', '198.51.100.80/24'] })
  route(pc, '0.0.0.0/0', '192.168.1.1')
  route(home, '0.0.0.0/0', '203.0.113.1')
  route(isp, '192.168.1.0/24', '203.0.113.2')
  route(isp, '0.0.0.0/0', '203.0.113.6')
  route(core, '0.0.0.0/0', '203.0.113.5')
  route(web, '0.0.0.0/0', '198.51.100.1')
  return { pc, web, home, isp, core }
}

function router(world: World, name: string): Host {
  const host = world.host(name)
  for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) host.setSysctl(name, '1')
  return host
}

function route(host: Host, destination: string, gateway: string): void {
  const wrong = host.addRoute({ destination: prefix(destination), gateway: address(gateway) })
  if (typeof wrong === 'string') throw new RangeError(`${host.name}: route to ${destination}: ${wrong}`)
}

function prefix(text: string): Prefix {
  const parsed = Prefix.parse(text)
  if (parsed === undefined) throw new RangeError(`no prefix: ${text}`)
  return parsed
}

function address(text: string): IpAddress {
  const parsed = parseIp(text)
  if (parsed === undefined) throw new RangeError(`no address: ${text}`)
  return parsed
}
