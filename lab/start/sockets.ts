// The two sockets of a connection, each as TCP_INFO shows it to its program.

import { html } from './dom.ts'
import type { KnownConnection } from './feed.ts'

const INFINITE_SEGS = 0x7fffffff

type Row = readonly [name: string, value: string, meaning: string, isBad?: boolean]

function milliseconds(us: number): string { return us === 0 ? '–' : `${(us / 1000).toFixed(1)} ms` }
function kilobytes(bytes: number): string { return bytes < 10_000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB` }

export function drawSockets(connection: KnownConnection, hosts: readonly [string, string]): HTMLElement[] {
  return ([0, 1] as const).map(side => {
    const info = connection.info[side]
    const life = connection.states.filter(each => each.side === side)
    const state = life.at(-1)?.to ?? info?.state ?? 'not ours to see'
    const rows: Row[] = info === undefined ? [] : [
      ['round trip', milliseconds(info.rttUs), 'smoothed round-trip time, as this side measures it (RFC 6298 SRTT)'],
      ['varies by', milliseconds(info.rttVarUs), 'how much round trips differ (RTTVAR)'],
      ['shortest', milliseconds(info.minRttUs), 'the shortest round trip lately: what the path itself takes'],
      ['gives up after', milliseconds(info.rtoUs), 'retransmission timeout: how long it waits for an acknowledgement before it sends again (RTO)'],
      ['may send', `${info.cwndSegs} × ${info.sendMss} B`, 'congestion window: how much this side trusts the path with at once (cwnd)'],
      ['slow start until', info.ssthreshSegs >= INFINITE_SEGS ? 'no limit yet' : `${info.ssthreshSegs} segments`, 'below it the window doubles every round trip, above it grows by one (ssthresh)'],
      ['on its way', `${info.unackedSegs} segments`, 'sent and not yet acknowledged'],
      ['peer has room for', kilobytes(info.peerWindowBytes), 'the window the other side advertises (snd.wnd)'],
      ['acknowledged', kilobytes(info.bytesAcked), 'bytes the other side has confirmed'],
      ['received', kilobytes(info.bytesReceived), 'bytes received in order'],
      ['sent again', String(info.totalRetransmits), 'segments retransmitted over the connection\'s life', info.totalRetransmits > 0],
      ['congestion', ['open', 'disorder', 'cwr', 'recovery', 'loss'][info.congestionState] ?? '?', 'what loss recovery is doing', info.congestionState > 1],
    ]
    const path = [life[0]?.from ?? '', ...life.map(each => each.to)].join(' → ')
    return html('div', { class: `card socket side-${side}` },
      html('h2', {}, `${hosts[side]}'s socket`, html('span', { class: 'state' }, state)),
      html('dl', {}, ...rows.map(([name, value, meaning, isBad]) => html('div', { title: meaning },
        html('dt', {}, name), html('dd', isBad === true ? { class: 'bad' } : {}, value)))),
      life.length > 0 ? html('p', { class: 'life', title: 'the states this socket went through (RFC 9293 3.3.2)' }, path) : undefined)
  })
}
