// The options that every command with a stack of its own takes, and their meaning: one place, so that `--tap` is the same
// word everywhere. Reads and checks text; stack.ts acts on it.

import type { Command } from 'commander'
import type { ImpairPlan } from '../src/entry/main.ts'
import { MacAddress, parseImpair, parseIp, Prefix } from '../src/entry/main.ts'
import type { IpAddress } from '../src/entry/main.ts'
import { usage } from './failure.ts'

/** As commander leaves them. */
export interface StackOptionTexts {
  readonly tap?: string
  readonly tun?: string
  readonly hostAddress: readonly string[]
  readonly address: readonly string[]
  readonly gateway: readonly string[]
  readonly mac?: string
  readonly mtu?: string
  readonly capture?: string
  readonly sysctl: readonly string[]
  readonly impair?: string
  readonly offload: boolean
  readonly busyPoll?: string
  readonly name?: string
}

export interface StackOptions {
  readonly kind: 'tap' | 'tun'
  readonly device: string
  readonly hostAddresses: readonly Prefix[]
  readonly addresses: readonly Prefix[]
  readonly gateways: readonly IpAddress[]
  readonly mac: MacAddress | undefined
  readonly mtu: number | undefined
  readonly capture: string | undefined
  readonly sysctls: readonly (readonly [name: string, value: string])[]
  readonly impair: ImpairPlan | undefined
  readonly offload: boolean
  readonly busyPollUs: number
  readonly name: string | undefined
}

function collect(value: string, before: readonly string[]): readonly string[] { return [...before, value] }

export function addStackOptions(command: Command): Command {
  return command
    .option('--tap <name>', 'be a host on this TAP device (Ethernet); made if missing, gone at the end')
    .option('--tun <name>', 'be a host on this TUN device (bare IP)')
    .option('--host-address <cidr>', 'give the kernel\'s side this address and bring it up (repeatable); without it that side is left alone', collect, [])
    .option('--address <cidr>', 'our address, IPv4 or IPv6 (repeatable)', collect, [])
    .option('--gateway <ip>', 'default route (once a family)', collect, [])
    .option('--mac <address>', 'our station address (default: a random local one)')
    .option('--mtu <bytes>', 'largest IP packet (default: the device\'s); with --host-address set on both sides')
    .option('--capture <file>', 'write every frame to a pcapng file')
    .option('--sysctl <name=value>', 'a setting of our stack, by its Linux name (repeatable)', collect, [])
    .option('--impair <spec>', 'make the link worse: "delay 20ms loss 1% reorder 1% ...", in: or out: for one direction')
    .option('--no-offload', 'no super-segments, no checksums left to the kernel')
    .option('--busy-poll <us>', 'after a frame look for the next one so long before sleeping')
    .option('--name <name>', 'what `sockeye ss` calls this instance (default: the process number)')
}

function prefix(text: string, option: string): Prefix {
  const parsed = Prefix.parse(text)
  if (parsed === undefined || !text.includes('/')) {
    throw usage(`${option} ${text}: that is no address with a prefix length; write it like 198.18.0.2/24 or fd00:5eed::2/64`)
  }
  return parsed
}

function number(text: string | undefined, option: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) throw usage(`${option} ${text}: must be a whole number from ${min} to ${max}`)
  return value
}

function gateway(text: string): IpAddress {
  const parsed = parseIp(text)
  if (parsed === undefined) throw usage(`--gateway ${text}: that is no IP address`)
  return parsed
}

function station(text: string): MacAddress {
  const parsed = MacAddress.parse(text)
  if (parsed === undefined || parsed.isMulticast) throw usage(`--mac ${text}: must be a station's address such as 02:00:00:00:00:01`)
  return parsed
}

function setting(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw usage(`--sysctl ${text}: write it like net.ipv4.tcp_sack=0`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function impairPlan(text: string): ImpairPlan {
  const plan = parseImpair(text)
  if (typeof plan === 'string') throw usage(`--impair: ${plan}`)
  return plan
}

/** Throws Failure for the first thing that is wrong. */
export function readStackOptions(texts: StackOptionTexts): StackOptions {
  const { tap, tun } = texts
  const device = tap ?? tun
  if (device === undefined) throw usage('this command needs a device: --tap NAME or --tun NAME')
  if (tap !== undefined && tun !== undefined) throw usage('--tap and --tun exclude each other')
  if (texts.address.length === 0) throw usage('this command needs an address: --address CIDR, for example 198.18.0.2/24')
  if (tun !== undefined && texts.mac !== undefined) throw usage('--mac: a TUN device carries bare IP and has no station address; use --tap')
  return {
    kind: tap === undefined ? 'tun' : 'tap',
    device,
    hostAddresses: texts.hostAddress.map(each => prefix(each, '--host-address')),
    addresses: texts.address.map(each => prefix(each, '--address')),
    gateways: texts.gateway.map(gateway),
    mac: texts.mac === undefined ? undefined : station(texts.mac),
    mtu: number(texts.mtu, '--mtu', 68, 65535),
    capture: texts.capture,
    sysctls: texts.sysctl.map(setting),
    impair: texts.impair === undefined ? undefined : impairPlan(texts.impair),
    offload: texts.offload,
    busyPollUs: number(texts.busyPoll, '--busy-poll', 0, 10_000) ?? 0,
    name: texts.name,
  }
}
