// The server's window over time: what congestion control allows (cwnd), where slow start ends (ssthresh), and what was
// really on its way, computed from the segments.

import { svg } from './dom.ts'
import type { KnownConnection } from './feed.ts'

const WIDTH = 1000
const HEIGHT = 190
const LEFT = 62
const BOTTOM = 22
const INFINITE = 0x3fffffff

interface Point { at: number, value: number }

/** Bytes sent and not yet acknowledged, as the server sees them. */
function inFlight(connection: KnownConnection): Point[] {
  const points: Point[] = []
  const events = connection.segments.flatMap(segment => {
    if (segment.from === 1) return [{ at: segment.sentAt, top: segment.seq + segment.len, ack: 0 }]
    return segment.arrivedAt === undefined || segment.ack === undefined ? [] : [{ at: segment.arrivedAt, top: 0, ack: segment.ack }]
  }).sort((a, b) => a.at - b.at)
  let top = 0
  let ack = 0
  for (const event of events) {
    top = Math.max(top, event.top)
    ack = Math.max(ack, event.ack)
    points.push({ at: event.at, value: Math.max(0, top - ack) })
  }
  return points
}

function bytes(value: number): string { return value < 10_000 ? `${Math.round(value)} B` : `${(value / 1000).toFixed(0)} kB` }

export function drawChart(connection: KnownConnection): SVGElement {
  const flight = inFlight(connection)
  const windows = connection.windows.filter(each => each.side === 1)
  const from = connection.openedAt
  const to = Math.max(from + 1000, ...flight.map(each => each.at), ...windows.map(each => each.at))
  const top = 1.1 * Math.max(3000, ...flight.map(each => each.value), ...windows.map(each => each.cwnd))
  const x = (at: number): string => (LEFT + (at - from) / (to - from) * (WIDTH - LEFT - 10)).toFixed(1)
  const y = (value: number): string => (HEIGHT - BOTTOM - Math.min(1, value / top) * (HEIGHT - BOTTOM - 10)).toFixed(1)
  const steps = (points: readonly Point[]): string => points.map((point, index) => {
    const [before] = points.slice(Math.max(0, index - 1))
    return index === 0 ? `M${x(point.at)} ${y(point.value)}` : `L${x(point.at)} ${y(before.value)}L${x(point.at)} ${y(point.value)}`
  }).join('')
  const cwnd = windows.map(each => ({ at: each.at, value: each.cwnd }))
  const ssthresh = windows.filter(each => each.ssthresh < INFINITE).map(each => ({ at: each.at, value: each.ssthresh }))
  const lastCwnd = cwnd.at(-1)
  const area = flight.length === 0 ? '' : `${steps(flight)}L${x(flight[flight.length - 1].at)} ${y(0)}L${x(flight[0].at)} ${y(0)}Z`
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': 'congestion window and bytes in flight' },
    svg('line', { class: 'axis', x1: LEFT, x2: WIDTH - 10, y1: y(0), y2: y(0) }),
    ...[0.5, 1].map(part => svg('text', { 'x': LEFT - 8, 'y': Number(y(top / 1.1 * part)) + 4, 'text-anchor': 'end' }, bytes(top / 1.1 * part))),
    svg('path', { class: 'flight', d: area }),
    svg('path', { class: 'ssthresh', d: steps(ssthresh) }),
    svg('path', { class: 'cwnd', d: lastCwnd === undefined ? '' : steps([...cwnd, { at: to, value: lastCwnd.value }]) }),
    ...connection.segments.filter(each => each.lost !== undefined).map(each => svg('line', {
      class: 'loss', x1: x(each.sentAt), x2: x(each.sentAt), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 9,
    })),
    svg('text', { x: LEFT, y: HEIGHT - 6 }, '0 ms'),
    svg('text', { 'x': WIDTH - 10, 'y': HEIGHT - 6, 'text-anchor': 'end' }, `${((to - from) / 1000).toFixed(0)} ms`))
}
