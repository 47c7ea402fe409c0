// What a segment says, in words for people who have not met it before.

import type { KnownConnection } from './feed.ts'
import type { StorySegment } from '../../src/entry/web.ts'

export type Kind = 'open' | 'data' | 'ack' | 'again' | 'lost'

export function kindOf(segment: StorySegment): Kind {
  if (segment.lost !== undefined) return 'lost'
  if (segment.isAgain) return 'again'
  if (/[SFR]/.test(segment.flags)) return 'open'
  return segment.len > 0 ? 'data' : 'ack'
}

/** A few letters for the margin of the ladder. */
export function label(segment: StorySegment): string {
  const { flags, seq, len, ack } = segment
  const name = flags.includes('S') ? (ack === undefined ? 'SYN' : 'SYN+ACK') : flags.includes('R') ? 'RST' : flags.includes('F') ? 'FIN' : ''
  const bytes = len > 0 ? `${seq}:${seq + len}` : ''
  const answers = ack === undefined || name === 'SYN+ACK' ? '' : `ack ${ack}`
  const sack = segment.sack.length > 0 ? `sack ${segment.sack.map(([left, right]) => `${left}-${right}`).join(' ')}` : ''
  return [name, bytes, answers, sack].filter(part => part !== '').join(' ')
}

export function timeMs(us: number): string { return (us / 1000).toFixed(us < 100_000 ? 2 : 1) }

export function explain(segment: StorySegment, connection: KnownConnection, hosts: readonly [string, string]): string[] {
  const me = hosts[segment.from]
  const other = hosts[segment.from === 0 ? 1 : 0]
  const { flags, seq, len, ack } = segment
  const said: string[] = []
  if (flags.includes('S')) {
    said.push(ack === undefined
      ? `${me} asks ${other} for a connection. It numbers its bytes from a secret, random start, shown here as 0.`
      : `${other === hosts[0] ? 'The server agrees' : me + ' agrees'}: it acknowledges the question (ack ${ack}) and starts counting its own bytes.`)
    if (segment.options !== '') said.push(`It offers: ${offers(segment.options)}.`)
  } else if (flags.includes('R')) {
    said.push(`${me} breaks the connection off: there is nobody here for it.`)
  } else {
    if (len > 0) said.push(`${me} sends bytes ${seq} to ${seq + len - 1}, ${len} of them.`)
    if (flags.includes('F')) said.push(`${me} has said everything (FIN) but still listens.`)
    if (ack !== undefined) said.push(`It has everything up to byte ${ack} and has room for ${segment.windowBytes} more.`)
  }
  for (const [left, right] of segment.sack) said.push(`Out of order it also has ${left} to ${right - 1} (SACK), so only the hole needs to be sent again.`)
  if (segment.isAgain) said.push('These bytes were sent before: a retransmission.')
  if (segment.lost !== undefined) said.push(`It never arrived: the cable lost it (${segment.lost}).`)
  else if (segment.arrivedAt !== undefined) said.push(`It was ${timeMs(segment.arrivedAt - segment.sentAt)} ms on its way.`)
  return [`${timeMs(segment.sentAt - connection.openedAt)} ms`, ...said]
}

function offers(options: string): string {
  return options.split(', ').map(option => {
    const [name, value] = option.split(' ')
    if (name === 'mss') return `segments of at most ${value} bytes`
    if (name === 'wscale') return `a window counted in units of ${2 ** Number(value)}`
    if (name === 'sackOK') return 'selective acknowledgements'
    if (name === 'TS') return 'timestamps to measure the round trip'
    return option
  }).join(', ')
}
