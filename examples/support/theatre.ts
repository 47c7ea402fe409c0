// The stage the examples play on: two simulated hosts, `client` 10.0.0.1 and `server` 10.0.0.2, a millisecond of cable
// between them, and two columns of what happens: on the left what programs see, on the right what the stack does.

import { IpAddress, parseIp, socketTable } from '../../src/entry/main.ts'
import type { Errno, Host, Process, SocketAddress, TraceEvent } from '../../src/entry/main.ts'
import { World } from '../../src/entry/sim.ts'
import type { Cable, CableSpec } from '../../src/entry/sim.ts'
import { describeFrame, SequenceBases } from '../../src/entry/wire.ts'

const LEFT = 50

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (buffer: Uint8Array, count: number = buffer.length): string => new TextDecoder().decode(buffer.subarray(0, count))

/** The result of a call that must not fail here: every result is looked at. */
export function must<T>(result: T): Exclude<T, Errno> {
  if (typeof result === 'string') throw new Error(`a call failed: ${result}`)
  return result as Exclude<T, Errno>
}

export function at(address: string, port: number): SocketAddress {
  const parsed = parseIp(address)
  if (parsed === undefined) throw new RangeError(address)
  return { family: 'AF_INET', address: parsed, port }
}

export function local(path: string): SocketAddress { return { family: 'AF_UNIX', path, abstract: false } }

/** Which of the stack's doings are shown. */
export interface Shown { readonly frames?: boolean, readonly calls?: boolean, readonly sleeps?: boolean, readonly readyLists?: boolean }

export class Theatre {
  readonly world: World
  readonly client: Host
  readonly server: Host
  readonly cable: Cable
  shown: Shown = { frames: true, calls: true, sleeps: true }
  private readonly print: (line: string) => void
  private readonly bases = new SequenceBases()
  private isOver = false

  constructor(print: (line: string) => void, spec: CableSpec = {}) {
    this.print = print
    this.world = new World({ seed: 1 })
    this.client = this.world.host('client')
    this.server = this.world.host('server')
    this.cable = this.world.cable(this.client, this.server, { delay: 1, addresses: ['10.0.0.1/24', '10.0.0.2/24'], ...spec })
    // The hosts know each other's hardware address, so that packets are the story, not ARP.
    const { a, b } = this.cable
    if (b.address !== undefined) this.client.ip.neighbours.add(a, address('10.0.0.2'), b.address)
    if (a.address !== undefined) this.server.ip.neighbours.add(b, address('10.0.0.1'), a.address)
    print(`${'ms'.padStart(9)}  ${'what programs see'.padEnd(LEFT)}  what the stack does`)
    this.world.trace.listen(event => { this.tell(event) })
    this.world.trace.observe({
      frame: (_when, host, device, direction, memory, offset, length, drop) => {
        if (this.isOver || this.shown.frames !== true || direction === 'in' || drop !== undefined) return
        const line = describeFrame(memory, offset, length, { medium: this.world.mediumOf(host, device), bases: this.bases })
        // IPv6 tidies up behind every story; here it would only be in the way.
        if (!line.startsWith('IP6 ')) this.line('', `${host} sends ${line.replace(/, options \[.*?\]/, '').replace('IP ', '')}`)
      },
    })
  }

  /** What a program says. */
  say(process: Process, words: string): void { this.line(`${this.nameOf(process.pid, process.state.kernel.namespace.host)}: ${words}`, '') }

  note(words: string): void { this.line('', words) }

  chapter(title: string): void { this.print(`--- ${title}`) }

  /** The queues of every socket of a host, as `ss` prints them. */
  queues(host: Host): void {
    for (const row of socketTable(host)) {
      const owners = row.owners.map(each => `${each.name}[${each.pid}]`).join(' ')
      this.line('', `${host.name} ${row.netid} ${row.state} recv-q ${row.recvQ} send-q ${row.sendQ} ${row.local} ${row.peer} ${owners}`)
    }
  }

  /** Runs programs to their end in virtual time, then shuts the house. */
  async play(...programs: Promise<unknown>[]): Promise<void> {
    await this.world.runUntilDone(Promise.all(programs), 24 * 3_600_000)
    this.isOver = true
    this.world.close()
  }

  private tell(event: TraceEvent): void {
    const { shown } = this
    if (this.isOver) return
    const who = 'pid' in event ? this.nameOf(event.pid, event.host) : ''
    if (event.name === 'syscall' && shown.calls === true) {
      this.line(`${who} ${event.call}(${[...event.fd < 0 ? [] : [event.fd], ...event.args === '' ? [] : [event.args]].join(', ')}) = ${event.result}`, '')
    } else if (event.name === 'sleep' && shown.sleeps === true && event.call !== 'sleep') {
      this.line('', `${who} sleeps in ${event.call}`)
    } else if (event.name === 'wake' && shown.sleeps === true && event.call !== 'sleep') {
      this.line('', `${who} wakes in ${event.call}`)
    } else if (event.name === 'signal') {
      this.line('', `${who} gets signal ${event.signal}${event.handled ? '' : ', its default ends it'}`)
    } else if (event.name === 'process') {
      this.line('', event.action === 'forked' ? `${who} begins, child of ${event.parentPid}` : `${who} has ended`)
    } else if (event.name === 'drop' && event.reason !== 'ip-not-local') {
      this.line('', event.reason === 'rule' || event.reason.startsWith('impair') ? `lost on the cable: ${event.reason}` : `${event.host} drops: ${event.reason}`)
    } else if (event.name === 'ready-list' && shown.readyLists === true) {
      this.line('', `epoll ${event.epoll}: socket ${event.sock} ${event.action === 'added' ? 'put on the ready list' : 'visited'}, list ${event.length}`)
    }
  }

  private nameOf(pid: number, host: string): string { return `${host}[${pid}]` }

  private line(left: string, right: string): void {
    const time = (this.world.now() / 1000).toFixed(3).padStart(9)
    this.print(`${time}  ${left.padEnd(LEFT)}  ${right}`.trimEnd())
  }
}

function address(words: string): IpAddress { return parseIp(words) ?? IpAddress.ANY4 }

/** One example: its row of the list, and what it plays. */
export interface Example { readonly title: string, play(print: (line: string) => void): Promise<void> }
