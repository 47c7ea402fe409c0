// Shell commands of scripts, recognised one by one. What is not on the list makes the script not applicable.

import { parseIp } from '../base/address/ip.ts'
import type { IpAddress } from '../base/address/ip.ts'
import type { Bench } from './bench.ts'
import { DEFAULT_SYSCTLS } from './presets.ts'
import { Mismatch, NotApplicable } from './refusal.ts'
import { checkListing } from './socket-listing.ts'

type Words = readonly string[]

interface Segment { readonly connector: string, readonly text: string }

function segments(text: string): Segment[] {
  const joined = text.replace(/\\\r?\n/g, ' ').replace(/(?:&>|[12]?>)\s*\/dev\/null|2>&1/g, ' ')
  const parts = joined.split('\n').map(line => line.replace(/(^|\s)#.*$/, '')).join('\n').split(/(\|\||&&|[;\n])/)
  const found: Segment[] = []
  let connector = ';'
  for (const part of parts) {
    if (part === '||' || part === '&&' || part === ';' || part === '\n') connector = part === '\n' ? ';' : part
    else if (part.trim() !== '') found.push({ connector, text: part.trim() })
  }
  return found
}

function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(match => match[0].replace(/["']/g, ''))
}

export class Commands {
  private readonly bench: Bench
  private readonly counters: Map<string, number> = new Map()
  private sleepUs = 0

  constructor(bench: Bench) { this.bench = bench }

  /** How long the commands sleep, in microseconds. */
  run(text: string): number {
    let succeeded = true
    this.sleepUs = 0
    const list = segments(text)
    list.forEach((segment, index) => {
      if (segment.connector === '||' && succeeded) return
      if (segment.connector === '&&' && !succeeded) return
      const recovers = list[index + 1]?.connector === '||'
      succeeded = this.one(segment.text, recovers)
    })
    return this.sleepUs
  }

  /** False when it failed and something else stands by. */
  private one(text: string, recovers: boolean): boolean {
    const [program = '', ...rest] = words(text)
    const name = program.split('/').at(-1) ?? ''
    if (name === 'defaults.sh') return this.defaults()
    if (/^sysctl_restore_.*\.sh$/.test(name)) return true
    if (name === 'set_sysctls.py') return rest.every(each => this.setting(each.replace(/^\/proc\/sys\//, ''), recovers, false))
    if (name === 'sysctl') return this.sysctl(rest, recovers)
    if (name === 'ip') return this.ip(rest, text)
    if (name === 'tc') return this.queue(rest, text)
    if (name === 'ethtool') return this.ethtool(rest, text)
    if (name === 'nstat') return this.nstat(text)
    if (name === 'grep' || name === 'ss') {
      checkListing(text, this.bench.sockets())
      return true
    }
    if (name === 'echo') return this.echo(text)
    if (name === 'rm' || name === 'dd') return this.file(name, rest, text)
    if (name === 'sleep') return this.sleep(rest, text)
    if (name === 'sync' || name === 'true' || name === ':') return true
    throw new NotApplicable(`shell command \`${text}\``)
  }

  private sleep(args: Words, text: string): boolean {
    const seconds = Number(/^([0-9.]+)s?$/.exec(args[0] ?? '')?.[1] ?? NaN)
    if (!Number.isFinite(seconds)) throw new NotApplicable(`shell command \`${text}\``)
    this.sleepUs += Math.round(seconds * 1_000_000)
    return true
  }

  private defaults(): boolean {
    for (const [name, value] of DEFAULT_SYSCTLS) {
      // A host without the setting is without what it sets: the script will tell whether that matters.
      if (this.bench.setSysctl(name, value) === 'refused') throw new NotApplicable(`the host does not take ${name}=${value}`)
    }
    this.bench.setQueue('pfifo', undefined)
    return true
  }

  private sysctl(args: Words, recovers: boolean): boolean {
    const lenient = args.includes('-e')
    return args.filter(each => !each.startsWith('-')).every(each => this.setting(each, recovers, lenient))
  }

  private setting(text: string, recovers: boolean, lenient: boolean): boolean {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? []
    if (name === undefined) throw new NotApplicable(`sysctl \`${text}\``)
    const result = this.bench.setSysctl(name.replaceAll('/', '.'), value.trim())
    if (result === 'set' || (result === 'unknown' && lenient)) return true
    if (recovers) return false
    throw new NotApplicable(`the host does not take ${name}=${value}`)
  }

  private ip(given: Words, text: string): boolean {
    const args = given.filter(each => each !== '-4' && each !== '-6')
    const [object, verb] = args
    if (object === 'link' && verb === 'set') return this.link(args.slice(2), text)
    if (object === 'tcp_metrics' && verb === 'flush') return this.orElse(this.bench.flushMetrics(), text)
    if (object !== 'route' || (verb !== 'change' && verb !== 'replace' && verb !== 'add')) throw new NotApplicable(`shell command \`${text}\``)
    return this.orElse(this.bench.changeRoute(routeChange(args.slice(2), text)), text)
  }

  private link(given: Words, text: string): boolean {
    const args = given.filter(each => each !== 'dev' && each !== 'tun0' && each !== 'up')
    const mtu = Number(args[1])
    if (args.length === 0) return true
    if (args[0] !== 'mtu' || args.length !== 2 || !(mtu >= 68)) throw new NotApplicable(`shell command \`${text}\``)
    this.bench.device.mtu = mtu
    return true
  }

  private orElse(done: boolean, text: string): boolean {
    if (!done) throw new NotApplicable(`the host cannot do \`${text}\``)
    return true
  }

  private queue(args: Words, text: string): boolean {
    if (args[0] !== 'qdisc') throw new NotApplicable(`shell command \`${text}\``)
    if (args[1] === 'del' || args[1] === 'delete') return this.orElse(this.bench.setQueue('pfifo', undefined), text)
    const limit = args.indexOf('limit')
    const discipline = args.find(each => ['fq', 'pfifo', 'pfifo_fast', 'noqueue', 'fq_codel'].includes(each))
    if (discipline === undefined) throw new NotApplicable(`queue discipline of \`${text}\``)
    return this.orElse(this.bench.setQueue(discipline === 'fq' ? 'fq' : 'pfifo', limit < 0 ? undefined : Number(args[limit + 1])), text)
  }

  private ethtool(args: Words, text: string): boolean {
    const at = args.findIndex(each => each === '-K' || each === '--features')
    if (at < 0) throw new NotApplicable(`shell command \`${text}\``)
    for (let i = at + 2; i + 1 < args.length; i += 2) {
      const [feature, state] = [args[i], args[i + 1]]
      if (!['tso', 'gso', 'gro', 'lro', 'tx', 'sg'].includes(feature) || (state !== 'on' && state !== 'off')) throw new NotApplicable(`shell command \`${text}\``)
      if (feature === 'tso' || feature === 'gso') this.bench.device.setSegmentation(state === 'on')
    }
    return true
  }

  /** `nstat` alone starts counting anew; with `| grep NAME` the counter must have grown since. */
  private nstat(text: string): boolean {
    const wanted = /\|\s*grep\s+(?:-q\s+)?"?(\w+)"?\s*$/.exec(text)?.[1]
    if (wanted === undefined) {
      if (text.includes('|')) throw new NotApplicable(`shell command \`${text}\``)
      for (const name of this.bench.counterNames()) this.counters.set(name, this.bench.counter(name) ?? 0)
      return true
    }
    const value = this.bench.counter(wanted)
    if (value === undefined) throw new NotApplicable(`the host does not count ${wanted}`)
    if (value <= (this.counters.get(wanted) ?? 0)) throw new Mismatch(`counter ${wanted} did not grow`)
    this.counters.set(wanted, value)
    return true
  }

  /** `echo 1 > /proc/sys/...`; `echo 3 > .../tcp_cubic/parameters/hystart_detect`: both ways of classic HyStart, as they are anyway. */
  private echo(text: string): boolean {
    const [, value, path] = /^echo\s+(?:-n\s+)?(.*?)\s*>\s*\/proc\/sys\/(\S+)$/.exec(text) ?? []
    if (path !== undefined) return this.setting(`${path}=${value.replace(/["']/g, '')}`, false, false)
    if (!/^echo 3\s*>\s*\/sys\/module\/tcp_cubic\/parameters\/hystart_detect$/.test(text)) throw new NotApplicable(`shell command \`${text}\``)
    return true
  }

  private file(program: string, args: Words, text: string): boolean {
    if (program === 'rm') return this.orElse(this.bench.makeFile(args.filter(each => !each.startsWith('-')).join(' '), -1), text)
    const value = (key: string): string | undefined => args.find(each => each.startsWith(`${key}=`))?.slice(key.length + 1)
    const path = value('of')
    if (value('if') !== '/dev/zero' || path === undefined) throw new NotApplicable(`shell command \`${text}\``)
    return this.orElse(this.bench.makeFile(path, Number(value('bs') ?? 512) * Number(value('count') ?? 0)), text)
  }
}

function routeChange(args: Words, text: string): Parameters<Bench['changeRoute']>[0] {
  const [network = '', bits] = (args[0] ?? '').split('/')
  const destination = parseIp(network)
  if (destination === undefined) throw new NotApplicable(`shell command \`${text}\``)
  let gateway: IpAddress | undefined
  const numbers: { advmss?: number, mtu?: number, initcwnd?: number } = {}
  let mtuLocked = false
  for (let i = 1; i < args.length; i++) {
    const key = args[i]
    i++
    if (key === 'via') gateway = parseIp(args[i])
    else if (key === 'dev') continue
    else if (key === 'mtu') {
      if (args[i] === 'lock') { mtuLocked = true; i++ }
      numbers.mtu = Number(args[i])
    } else if (key === 'advmss' || key === 'initcwnd') numbers[key] = Number(args[i])
    else throw new NotApplicable(`\`${key}\` of \`${text}\``)
  }
  const prefix = bits === undefined ? {} : { prefixLength: Number(bits) }
  return { destination, ...prefix, gateway, mtuLocked, advmss: numbers.advmss, mtu: numbers.mtu, initcwnd: numbers.initcwnd }
}
