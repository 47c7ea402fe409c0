// The story of one connection as plain text: for curl, for the terminal and for browsers without scripts.

import type { TcpInfo } from '../tcp-info.ts'
import type { StoryConnection, StorySegment, StoryUpdate } from './story-types.ts'

const MAX_LINES = 200

export function segmentText(segment: StorySegment, openedAt: number, hosts: readonly [string, string]): string {
  const [from, to] = segment.from === 0 ? hosts : [hosts[1], hosts[0]]
  const width = Math.max(...hosts.map(each => each.length))
  const mark = segment.lost === undefined ? segment.isAgain ? 'again' : '' : 'LOST'
  return `${((segment.sentAt - openedAt) / 1000).toFixed(2).padStart(9)} ms  ${from.padEnd(width)} > ${to.padEnd(width)} ${mark.padEnd(6)}${segment.line}`
}

export function infoText(name: string, info: TcpInfo | undefined): string {
  if (info === undefined) return `${name}: no socket of ours to ask`
  const window = `cwnd ${info.cwndSegs} segments of ${info.sendMss} bytes`
  return `${name}: ${info.state}, round trip ${(info.rttUs / 1000).toFixed(1)} ms, timeout ${(info.rtoUs / 1000).toFixed(0)} ms, ${window}, `
    + `peer's window ${info.peerWindowBytes} bytes, ${info.totalRetransmits} sent again`
}

export function connectionText(connection: StoryConnection, { hosts, link }: Pick<StoryUpdate, 'hosts' | 'link'>): string {
  const states = ([0, 1] as const).map(side => {
    const path = connection.states.filter(each => each.side === side)
    return path.length === 0 ? [] : `${hosts[side]}: ${[path[0].from, ...path.map(each => each.to)].join(' > ')}`
  }).flat()
  return [
    `TCP ${connection.client} > ${connection.server}, over ${link}`,
    `${connection.sentSegs[0] + connection.sentSegs[1]} segments, ${connection.lostSegs} lost, ${connection.againSegs} sent again`,
    '',
    ...connection.segments.slice(-MAX_LINES).map(segment => segmentText(segment, connection.openedAt, hosts)),
    '',
    ...states,
    ...([0, 1] as const).map(side => infoText(hosts[side], connection.info[side])),
    '',
  ].join('\n')
}
