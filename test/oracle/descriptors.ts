// Which transport each descriptor of a scenario belongs to, read off the calls and what they answered: TCP and UDP have ports
// of their own, so the same number in both names two things.

import { AF_INET, AF_INET6, F_DUPFD, F_DUPFD_CLOEXEC, SOCK_STREAM } from '../../src/base/posix.ts'
import type { Step } from './scenario.ts'

/** '' of whatever has no ports, 'any' where nobody can tell. */
export type Transport = 'tcp' | 'udp' | 'any' | ''

const TYPE_BITS = 0xf

export class Descriptors {
  private readonly tables = new Map<string, Map<number, Transport>>([['main', new Map<number, Transport>()]])
  private readonly symbols = new Map<string, number>()
  private readonly started = new Map<string, Step>()

  /** What the addresses that a step answers with belong to. */
  transportOf([process, , call, args]: Step): Transport {
    if (call === 'start') return 'any'
    if (call === 'result') {
      const begun = this.started.get(args[0] as string)
      return begun === undefined ? 'any' : this.transportOf(begun)
    }
    return this.tables.get(process)?.get(this.number(args[0])) ?? 'any'
  }

  /** Notes what a step made, moved or took away. */
  follow(step: Step, answer: unknown): void {
    const [process, save, call, args] = step
    const table = this.tables.get(process)
    if (table === undefined) return
    switch (call) {
      case 'start': {
        const [inner, ...rest] = args
        this.started.set(save, [process, save, inner as string, rest])
        break
      }
      case 'fork': this.tables.set(save, new Map(table)); break
      case 'socket': this.made(table, save, answer, transport(args)); break
      case 'fcntl': if (args[1] === F_DUPFD || args[1] === F_DUPFD_CLOEXEC) this.made(table, save, answer, table.get(this.number(args[0])) ?? ''); break
      case 'dup': this.made(table, save, answer, table.get(this.number(args[0])) ?? ''); break
      case 'dup2': if (typeof answer === 'number') table.set(answer, table.get(this.number(args[0])) ?? ''); break
      case 'accept': if (Array.isArray(answer)) this.made(table, save, answer[0], this.transportOf(step)); break
      case 'close': if (answer === 0) table.delete(this.number(args[0])); break
      case 'socketpair': case 'pipe':
        if (Array.isArray(answer)) answer.forEach((each, index) => { this.made(table, `${save}.${index}`, each, '') })
        break
      case 'recvmsg': this.received(table, save, answer); break
      case 'epoll_create': case 'eventfd': case 'timerfd_create': case 'open': this.made(table, save, answer, ''); break
      default: // makes no descriptor
    }
  }

  private made(table: Map<number, Transport>, save: string, answer: unknown, what: Transport): void {
    if (typeof answer !== 'number' || save === '') return
    this.symbols.set(save, answer)
    table.set(answer, what)
  }

  private received(table: Map<number, Transport>, save: string, answer: unknown): void {
    const control = Array.isArray(answer) ? answer[4] as readonly (readonly [number, number, string])[] : []
    for (const [level, type, body] of control) {
      if (level !== 1 || type !== 1) continue
      const bytes = Buffer.from(body, 'hex')
      for (let at = 0; at + 4 <= bytes.length; at += 4) this.made(table, `${save}.${at / 4}`, bytes.readInt32LE(at), 'any')
    }
  }

  private number(arg: unknown): number { return typeof arg === 'string' ? this.symbols.get(arg) ?? -1 : arg as number }
}

function transport([family, type]: readonly unknown[]): Transport {
  if (family !== AF_INET && family !== AF_INET6) return ''
  return ((type as number) & TYPE_BITS) === SOCK_STREAM ? 'tcp' : 'udp'
}
