// Short scripts inside tests: the first line may be an opening that stands for a whole handshake, `established(80) mss
// 1000`, or for any other state a connection can be in. After it the connection is descriptor 4, the listener 3; of a
// connecting side the socket is 3.

import { DrillSyntaxError } from './ast.ts'
import type { BenchMaker } from './bench.ts'
import type { Finding } from './report.ts'
import { runSource } from './run.ts'
import type { RunOptions } from './run.ts'

const STATES = 'closed|listen|syn-sent|syn-received|established|fin-wait-1|fin-wait-2|close-wait|closing|last-ack|time-wait'
const OPENING = new RegExp(`^\\s*(${STATES})\\((\\d+)\\)([^\\n]*)$`, 'm')

interface Opening {
  readonly mss: number
  readonly window: number
  readonly scale: number | undefined
  readonly sack: boolean
  readonly timestamps: boolean
}

function readOpening(words: string, line: number): Opening {
  const opening = { mss: 1000, window: 32792, scale: undefined as number | undefined, sack: false, timestamps: false }
  const list = words.replace(/\/\/.*$/, '').split(/[\s,]+/).filter(each => each !== '')
  for (let i = 0; i < list.length; i++) {
    const word = list[i]
    const number = (): number => {
      i++
      const value = Number(list[i])
      if (!Number.isInteger(value)) throw new DrillSyntaxError(line, `\`${word}\` needs a number`)
      return value
    }
    if (word === 'mss') opening.mss = number()
    else if (word === 'win') opening.window = number()
    else if (word === 'wscale') opening.scale = number()
    else if (word === 'sack') opening.sack = true
    else if (word === 'ts') opening.timestamps = true
    else throw new DrillSyntaxError(line, `unknown word \`${word}\` in an opening`)
  }
  return opening
}

function peerOptions({ mss, scale, sack, timestamps }: Opening): string {
  const scaled = scale === undefined ? '' : `,nop,wscale ${scale}`
  if (timestamps) return `<mss ${mss}${sack ? ',sackOK' : ',nop,nop'},TS val 1 ecr 0${scaled}>`
  return `<mss ${mss}${sack ? ',nop,nop,sackOK' : ''}${scaled}>`
}

/** Options of the peer's segments after the SYN; the echo is of whatever we sent last. */
function stamp({ timestamps }: Opening): string { return timestamps ? ' <nop,nop,TS val 2 ecr 0>' : '' }

function listen(): string {
  return `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0 +0 bind(3, ..., ...) = 0 +0 listen(3, 10) = 0 `
}

function established(opening: Opening): string {
  const { window } = opening
  return `${listen()}+0 < S 0:0(0) win ${window} ${peerOptions(opening)} +0 > S. 0:0(0) ack 1 <...> `
    + `+0 < . 1:1(0) ack 1 win ${window}${stamp(opening)} +0 accept(3, ..., ...) = 4 +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0 `
}

function expand(state: string, opening: Opening): string {
  const { window } = opening
  const ts = stamp(opening)
  const open = established(opening)
  const finWait1 = `${open}+0 shutdown(4, SHUT_WR) = 0 +0 > F. 1:1(0) ack 1 <...> `
  const closeWait = `${open}+0 < F. 1:1(0) ack 1 win ${window}${ts} +0 > . 1:1(0) ack 2 <...> `
  const finWait2 = `${finWait1}+0 < . 1:1(0) ack 2 win ${window}${ts} `
  switch (state) {
    case 'closed': return `${listen()}+0 close(3) = 0 `
    case 'listen': return listen()
    case 'syn-sent': return `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0 `
      + '+0 connect(3, ..., ...) = -1 EINPROGRESS +0 > S 0:0(0) <...> '
    case 'syn-received': return `${listen()}+0 < S 0:0(0) win ${window} ${peerOptions(opening)} +0 > S. 0:0(0) ack 1 <...> `
    case 'established': return open
    case 'fin-wait-1': return finWait1
    case 'fin-wait-2': return finWait2
    case 'close-wait': return closeWait
    case 'closing': return `${finWait1}+0 < F. 1:1(0) ack 1 win ${window}${ts} +0 > . 2:2(0) ack 2 <...> `
    case 'last-ack': return `${closeWait}+0 shutdown(4, SHUT_WR) = 0 +0 > F. 1:1(0) ack 2 <...> `
    default: return `${finWait2}+0 < F. 1:1(0) ack 2 win ${window}${ts} +0 > . 2:2(0) ack 2 <...> `
  }
}

/** The script an inline drill stands for; its lines keep their numbers. */
export function expandInline(text: string): string {
  const match = OPENING.exec(text)
  if (match === null || text.slice(0, match.index).replace(/\/\/[^\n]*|`[^`]*`|--\S+|\s/g, '') !== '') return text
  const [whole, state, port, words] = match
  const line = text.slice(0, match.index).split('\n').length
  const options = `--bind_port=${port} --connect_port=${port} `
  const leading = /^\s*\n/.exec(whole)?.[0] ?? ''
  const before = text.slice(0, match.index)
  return `${options}${before}${leading}${expand(state, readOpening(words, line))}${text.slice(match.index + whole.length)}`
}

export function runInline(name: string, text: string, options: Omit<RunOptions, 'additions'>, makeBench: BenchMaker): Promise<Finding> {
  return runSource({ name, text: expandInline(text) }, { ...options, additions: true }, makeBench)
}
