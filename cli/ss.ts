// `sockeye ss` and its kin: tables of a running instance (`sockeye up`), asked through its control socket.

import { Command } from 'commander'
import type { InterfaceRow, SocketRow, TcpInfo } from '../src/entry/main.ts'
import { decodeTcpInfo } from '../src/entry/main.ts'
import { request } from './control-client.ts'
import { usage } from './failure.ts'

interface SsOptions {
  readonly tcp?: true
  readonly udp?: true
  readonly raw?: true
  readonly unix?: true
  readonly all?: true
  readonly listening?: true
  readonly numeric?: true
  readonly processes?: true
  readonly info?: true
  readonly memory?: true
  readonly extended?: true
  readonly json?: true
  readonly ipv4?: true
  readonly ipv6?: true
  readonly instance?: string
}

type Table = readonly (readonly string[])[]

/** Columns as wide as their widest cell; numbers stay left, as ss has them. */
export function columns(table: Table): string[] {
  const widths = table[0].map((_cell, i) => Math.max(...table.map(row => row[i].length)))
  return table.map(row => row.map((cell, i) => cell.padEnd(widths[i])).join(' ').trimEnd())
}

function isWanted(row: SocketRow, options: SsOptions): boolean {
  const kinds = [options.tcp && 'tcp', options.udp && 'udp', options.raw && 'raw', options.raw && 'icmp', options.unix && 'u_'].filter(Boolean) as string[]
  if (kinds.length > 0 && !kinds.some(kind => row.netid.startsWith(kind))) return false
  if (options.ipv4 && row.family !== 4 || options.ipv6 && row.family !== 6) return false
  if (options.all) return true
  const isIdle = row.state === 'LISTEN' || row.state === 'UNCONN'
  return options.listening ? isIdle : !isIdle && row.state !== 'TIME-WAIT'
}

function owners(row: SocketRow): string {
  return row.owners.length === 0 ? '' : `users:(${row.owners.map(each => `("${each.name}",pid=${each.pid},fd=${each.fd})`).join(',')})`
}

function milliseconds(us: number): string { return String(Number((us / 1000).toFixed(3))) }

function describeInfo(info: TcpInfo, congestion: string): string {
  const rate = info.rttUs > 0 ? ` send ${Math.round(info.cwndSegs * info.sendMss * 8e6 / info.rttUs)}bps` : ''
  return `${congestion} wscale:${info.sendWindowScale},${info.receiveWindowScale} rto:${milliseconds(info.rtoUs)}`
    + ` rtt:${milliseconds(info.rttUs)}/${milliseconds(info.rttVarUs)} mss:${info.sendMss} pmtu:${info.pathMtu} rcvmss:${info.receiveMss}`
    + ` cwnd:${info.cwndSegs}${info.ssthreshSegs < 0x7fffffff ? ` ssthresh:${info.ssthreshSegs}` : ''}`
    + ` bytes_acked:${info.bytesAcked} bytes_received:${info.bytesReceived} segs_out:${info.segsOut} segs_in:${info.segsIn}${rate}`
    + `${info.unackedSegs > 0 ? ` unacked:${info.unackedSegs}` : ''}${info.totalRetransmits > 0 ? ` retrans:${info.lostSegs}/${info.totalRetransmits}` : ''}`
    + `${info.sackedSegs > 0 ? ` sacked:${info.sackedSegs}` : ''}${info.notSentBytes > 0 ? ` notsent:${info.notSentBytes}` : ''}`
    + ` minrtt:${milliseconds(info.minRttUs)}`
}

function details(row: SocketRow, options: SsOptions): string[] {
  const parts: string[] = []
  if (options.extended) parts.push(`ino:${row.inode} uid:${row.uid}`)
  if (options.memory) parts.push(`skmem:(rb${row.rcvbuf},tb${row.sndbuf})`)
  if (options.info && row.tcpInfo !== undefined) {
    parts.push(describeInfo(decodeTcpInfo(Buffer.from(row.tcpInfo, 'hex')), row.congestion ?? ''))
  }
  return parts.length === 0 ? [] : [`\t ${parts.join(' ')}`]
}

async function ss(options: SsOptions): Promise<void> {
  const rows = (await request<SocketRow[]>(options.instance, { call: 'sockets' })).filter(row => isWanted(row, options))
  if (options.json) {
    console.log(JSON.stringify(rows, undefined, 2))
    return
  }
  const head = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port', 'Process']
  const lines = columns([head, ...rows.map(row => [
    row.netid, row.state, String(row.recvQ), String(row.sendQ), row.local, row.peer, options.processes ? owners(row) : '',
  ])])
  console.log(lines[0])
  rows.forEach((row, i) => { console.log([lines[i + 1], ...details(row, options)].join('\n')) })
}

function instanceOption(command: Command): Command {
  return command.option('--instance <name>', 'which one, when several run: its --name or process number')
}

export function ssCommand(): Command {
  return instanceOption(new Command('ss'))
    .description('sockets of a running instance')
    .option('-t, --tcp').option('-u, --udp').option('-w, --raw').option('-x, --unix')
    .option('-a, --all', 'those that listen and those that do not')
    .option('-l, --listening', 'only those that listen')
    .option('-n, --numeric', 'numbers for services, as always here')
    .option('-p, --processes', 'who has it open')
    .option('-i, --info', 'what TCP knows of the connection')
    .option('-m, --memory', 'buffers')
    .option('-e, --extended', 'inode and user')
    .option('-4, --ipv4').option('-6, --ipv6')
    .option('--json', 'as records')
    .action(ss)
}

async function sysctl(operands: readonly string[], options: { instance?: string }): Promise<void> {
  const settings = new Map(await request<[string, string][]>(options.instance, { call: 'settings' }))
  for (const operand of operands.length > 0 ? operands : settings.keys()) {
    const at = operand.indexOf('=')
    const name = (at < 0 ? operand : operand.slice(0, at)).replaceAll('/', '.').trim()
    if (!settings.has(name)) throw usage(`${name}: there is no such setting; \`sockeye sysctl\` lists them`)
    const value = at < 0 ? settings.get(name) : await request<string>(options.instance, { call: 'set', name, value: operand.slice(at + 1) })
    console.log(`${name} = ${String(value)}`)
  }
}

export function sysctlCommand(): Command {
  return instanceOption(new Command('sysctl'))
    .description('settings of a running instance: NAME to read, NAME=VALUE to write, nothing for all')
    .argument('[settings...]')
    .action(sysctl)
}

interface Counters { readonly mib: Record<string, Record<string, number>>, readonly drops: Record<string, number> }

async function netstat(options: { instance?: string, all?: true, json?: true }): Promise<void> {
  const counters = await request<Counters>(options.instance, { call: 'counters' })
  if (options.json) {
    console.log(JSON.stringify(counters, undefined, 2))
    return
  }
  for (const [group, values] of Object.entries({ ...counters.mib, drops: counters.drops })) {
    const shown = Object.entries(values).filter(([, value]) => value !== 0 || options.all)
    if (shown.length > 0) console.log(`${group}:\n${shown.map(([name, value]) => `    ${name} ${value}`).join('\n')}`)
  }
}

export function netstatCommand(): Command {
  return instanceOption(new Command('netstat'))
    .description('counters of a running instance, drops by reason included')
    .option('-s, --statistics', 'what it shows anyway')
    .option('-a, --all', 'those at zero too')
    .option('--json', 'as records')
    .action(netstat)
}

async function ip(object: string, options: { instance?: string }): Promise<void> {
  const kind = ['address', 'route', 'neighbour', 'link'].find(each => each.startsWith(object) || object === 'neighbor' && each === 'neighbour')
  if (kind === undefined) throw usage(`ip ${object}: known are address, route, neighbour, link`)
  if (kind === 'route' || kind === 'neighbour') {
    for (const text of await request<string[]>(options.instance, { call: `${kind}s` })) console.log(text)
    return
  }
  const addresses = kind === 'address' ? await request<[device: string, address: string][]>(options.instance, { call: 'addresses' }) : []
  for (const row of await request<InterfaceRow[]>(options.instance, { call: 'interfaces' })) {
    describeInterface(row, addresses.filter(([device]) => device === row.name).map(([, address]) => address))
  }
}

function describeInterface(row: InterfaceRow, addresses: readonly string[]): void {
  console.log(`${row.index}: ${row.name}: <${row.flags.join(',')}> mtu ${row.mtu}`)
  console.log(`    link/${row.medium}${row.mac === undefined ? '' : ` ${row.mac}`}`)
  for (const each of addresses) console.log(`    ${each.includes(':') ? 'inet6' : 'inet'} ${each}`)
  const { counters } = row
  console.log(`    RX: ${counters.rxPackets} packets ${counters.rxBytes} bytes ${counters.rxErrors} errors ${counters.rxDropped} dropped`)
  console.log(`    TX: ${counters.txPackets} packets ${counters.txBytes} bytes ${counters.txErrors} errors ${counters.txDropped} dropped`)
}

export function ipCommand(): Command {
  return instanceOption(new Command('ip'))
    .description('addresses, routes, neighbours and links of a running instance')
    .argument('<object>', 'address, route, neighbour or link; a beginning is enough')
    .action(ip)
}
