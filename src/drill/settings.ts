// What a run of a script is set to: family, addresses, tolerances. Defaults are packetdrill's and its suite's runner's;
// option lines of the script override the family's, the caller's override those.

import type { IpAddress } from '../base/address/ip.ts'
import { parseIp } from '../base/address/ip.ts'
import type { ScriptOption } from './ast.ts'
import { NotApplicable, ScriptError } from './refusal.ts'

export type Family = 'ipv4' | 'ipv6' | 'mapped'
export type Mode = 'exact' | 'neutral'
export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6', 'mapped']

export interface Settings {
  family: Family
  mode: Mode
  local: IpAddress
  remote: IpAddress
  gateway: IpAddress
  mtu: number
  /** Ports our sockets bind and connect to unless the script names others. */
  bindPort: number
  connectPort: number
  toleranceUs: number
  tolerancePercent: number
  /** Microseconds of one tick of the script's timestamps; outbound values are checked when given. */
  timestampTickUs: number | undefined
  timestampEchoScaled: boolean
  /** Inline drills: an echo of no timestamp the drill names is an echo of the last one sent. */
  freeEcho: boolean
  strictSegments: boolean
  /** What a call or a packet takes the host. Inline drills and those without tolerance: nothing. */
  eventUs: number
  /** `--mss`: injected data arrives as a super-segment of pieces this long. */
  receiveMss: number | undefined
  initialCommand: string | undefined
}

const BASE = {
  ipv4: { local: '192.168.0.1', remote: '192.0.2.1', gateway: '192.168.0.2', mtu: 1500 },
  ipv6: { local: 'fd3d:0a0b:17d6::1', remote: 'fd3d:fa7b:d17d::1', gateway: 'fd3d:0a0b:17d6:8888::1', mtu: 1520 },
  mapped: { local: '192.168.0.1', remote: '192.0.2.1', gateway: '192.168.0.2', mtu: 1500 },
} as const

/** Words the suite's runner replaces, by family. */
export const FAMILY_DEFINES: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  ipv4: { TFO_COOKIE: '3021b9d889017eeb', TFO_COOKIE_ZERO: 'b7c12350a90dc8f5', CODE: 'host_unreachable', CMSG_LEVEL_IP: 'SOL_IP', CMSG_TYPE_RECVERR: 'IP_RECVERR' },
  ipv6: { TFO_COOKIE: 'c1d1e9742a47a9bc', TFO_COOKIE_ZERO: '82af1a8f9a205c34', CODE: 'address_unreachable', CMSG_LEVEL_IP: 'SOL_IPV6', CMSG_TYPE_RECVERR: 'IPV6_RECVERR' },
  mapped: { TFO_COOKIE: '3021b9d889017eeb', TFO_COOKIE_ZERO: 'b7c12350a90dc8f5', CODE: 'host_unreachable', CMSG_LEVEL_IP: 'SOL_IPV6', CMSG_TYPE_RECVERR: 'IPV6_RECVERR' },
}

/** About what it takes; far below any tolerance. */
const EVENT_US = 10

function address(text: string): IpAddress {
  const parsed = parseIp(text)
  if (parsed === undefined) throw new ScriptError(`\`${text}\` is no IP address`)
  return parsed
}

export function defaultSettings(family: Family, mode: Mode): Settings {
  const { local, remote, gateway, mtu } = BASE[family]
  return {
    family, mode, local: address(local), remote: address(remote), gateway: address(gateway), mtu,
    bindPort: 8080, connectPort: 8080, toleranceUs: 4000, tolerancePercent: 12.5,
    timestampTickUs: undefined, timestampEchoScaled: false, freeEcho: false, strictSegments: false,
    eventUs: EVENT_US, receiveMss: undefined,
    initialCommand: undefined,
  }
}

function count(option: ScriptOption): number {
  const value = Number(option.value)
  if (!Number.isFinite(value) || option.value === '') throw new ScriptError(`line ${option.line}: --${option.name} needs a number`)
  return value
}

const FAMILY_NAMES: Readonly<Record<string, Family>> = { 'ipv4': 'ipv4', 'ipv6': 'ipv6', 'ipv4-mapped-ipv6': 'mapped' }
/** Options that steer the original tool's process and change no verdict. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  'tun_dev', 'persistent_tun_dev', 'dry_run', 'verbose', 'so_filename', 'debug', 'no_cleanup', 'fm_filename', 'send_omit_free', 'speed', 'define',
  // What differs is always a failure here; a script that does not differ passes either way.
  'non_fatal',
])

/** An address of the other family is passed over: the suite's runner overrides it on its command line. */
function addressOf(settings: Settings, option: ScriptOption): IpAddress | undefined {
  const parsed = address(option.value)
  return parsed.family === (settings.family === 'ipv6' ? 6 : 4) ? parsed : undefined
}

/** What packetdrill runs code blocks with: only its defaults mean the same here. */
const CODE_DEFAULTS: Readonly<Record<string, RegExp>> = {
  code_command: /(^|\/)python[0-9.]*$/, code_format: /^python$/, code_sockopt: /^(TCP_INFO)?$/,
}

type Apply = (settings: Settings, option: ScriptOption) => void

const OPTIONS: Readonly<Record<string, Apply>> = {
  tolerance_usecs: (settings, option) => { settings.toleranceUs = count(option) },
  tolerance_percent: (settings, option) => { settings.tolerancePercent = count(option) },
  tcp_ts_tick_usecs: (settings, option) => { settings.timestampTickUs = count(option) },
  tcp_ts_ecr_scaled: settings => { settings.timestampEchoScaled = true },
  strict_segments: settings => { settings.strictSegments = true },
  mss: (settings, option) => { settings.receiveMss = count(option) },
  mtu: (settings, option) => { settings.mtu = count(option) },
  local_ip: (settings, option) => { settings.local = addressOf(settings, option) ?? settings.local },
  remote_ip: (settings, option) => { settings.remote = addressOf(settings, option) ?? settings.remote },
  connect_ip: (settings, option) => { settings.remote = addressOf(settings, option) ?? settings.remote },
  gateway_ip: (settings, option) => { settings.gateway = addressOf(settings, option) ?? settings.gateway },
  netmask_ip: (_settings, option) => { address(option.value) },
  bind_port: (settings, option) => { settings.bindPort = count(option) },
  connect_port: (settings, option) => { settings.connectPort = count(option) },
  init_scripts: (settings, option) => { settings.initialCommand = option.value },
}

/** The script's own family, where an option line or its name fixes it. */
export function fixedFamily(options: readonly ScriptOption[], name: string): Family | undefined {
  const wanted = options.findLast(each => each.name === 'ip_version')
  if (wanted !== undefined) {
    const family = FAMILY_NAMES[wanted.value]
    if (family === undefined) throw new ScriptError(`line ${wanted.line}: unknown IP version \`${wanted.value}\``)
    return family
  }
  const suffix = /[-_.](v4|ipv4|v6|ipv6)\.pkt$/.exec(name)?.[1]
  if (/mapped-ipv6\.pkt$/.test(name)) return 'mapped'
  return suffix === undefined ? undefined : suffix.endsWith('4') ? 'ipv4' : 'ipv6'
}

export function applyOptions(settings: Settings, options: readonly ScriptOption[]): void {
  for (const option of options) {
    if (option.name === 'ip_version' || WITHOUT_MEANING.has(option.name)) continue
    if (CODE_DEFAULTS[option.name]?.test(option.value) === true) continue
    const apply = OPTIONS[option.name]
    if (apply === undefined) throw new NotApplicable(`line ${option.line}: option --${option.name}`)
    apply(settings, option)
  }
}
