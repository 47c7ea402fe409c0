// The ladder diagram: client left, server right, time downwards. Time is drawn to scale where something happens and
// shortened where nothing does. Of a long connection the beginning and the latest part are drawn.

import { svg } from './dom.ts'
import type { KnownConnection } from './feed.ts'
import { kindOf, label, timeMs } from './words.ts'
import type { StorySegment } from '../../src/entry/web.ts'

const WIDTH = 1000
const LEFT = 300
const RIGHT = 700
const TOP = 34
const ROW = 15
const PX_PER_MS = 3.2
const LONGEST_GAP = 54
const DRAWN_FIRST = 40
const DRAWN_LAST = 160

/** What happens at one end at one instant; arrivals come before what they cause. */
interface Event { at: number, order: 0 | 1 | 2, place: (y: number) => void }

/** Puts every event at a height, in order: rows never overlap, silence never fills a page. Answers where they end. */
function placeEvents(events: readonly Event[]): number {
  let y = TOP
  let last: number | undefined
  for (const event of [...events].sort((a, b) => a.at - b.at || a.order - b.order)) {
    if (last === undefined) y = TOP + ROW
    else y += Math.max(ROW * 0.87, Math.min(LONGEST_GAP, (event.at - last) / 1000 * PX_PER_MS))
    last = event.at
    event.place(y)
  }
  return y
}

function endOf(segment: StorySegment): number {
  return segment.arrivedAt ?? segment.sentAt + (segment.lost === undefined ? 0 : 9000)
}

export function drawLadder(
  connection: KnownConnection, hosts: readonly [string, string], onPoint: (segment: StorySegment) => void,
): SVGElement {
  const all = connection.segments
  const isLong = all.length > DRAWN_FIRST + DRAWN_LAST
  const shown = isLong ? [...all.slice(0, DRAWN_FIRST), ...all.slice(-DRAWN_LAST)] : all
  const states = isLong ? connection.states.filter(each => each.at <= (shown[DRAWN_FIRST - 1]?.sentAt ?? 0)) : connection.states
  const rows: SVGElement[] = []
  const pills: SVGElement[] = []
  const heights = shown.map(() => [0, 0])
  const bottom = placeEvents([
    ...shown.flatMap((each, index): Event[] => [
      { at: each.sentAt, order: 2, place: y => { heights[index][0] = y } },
      { at: endOf(each), order: 0, place: y => { heights[index][1] = y } },
    ]),
    ...states.map((state): Event => ({ at: state.at, order: 1, place: y => { pills.push(drawState(state.side, state.to, y)) } })),
  ])
  for (const [index, segment] of shown.entries()) {
    const [from, to] = heights[index]
    if (isLong && index === DRAWN_FIRST) {
      rows.push(svg('text', { 'class': 'gap', 'x': WIDTH / 2, 'y': from - 16, 'text-anchor': 'middle' }, `… ${all.length - shown.length} more …`))
    }
    rows.push(drawSegment(segment, connection, from, to, onPoint))
  }
  const height = bottom + 24
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': `${all.length} segments between ${hosts.join(' and ')}` },
    ...[LEFT, RIGHT].map(x => svg('line', { class: 'lifeline', x1: x, x2: x, y1: TOP - 8, y2: height - 6 })),
    svg('text', { 'class': 'host', 'x': LEFT, 'y': 18, 'text-anchor': 'middle', 'style': 'fill: var(--pc)' }, hosts[0]),
    svg('text', { 'class': 'host', 'x': RIGHT, 'y': 18, 'text-anchor': 'middle', 'style': 'fill: var(--web)' }, hosts[1]),
    ...rows, ...pills)
}

function drawSegment(
  segment: StorySegment, connection: KnownConnection, y1: number, y2: number, onPoint: (segment: StorySegment) => void,
): SVGElement {
  const isFromLeft = segment.from === 0
  const start = isFromLeft ? LEFT : RIGHT
  const full = isFromLeft ? RIGHT : LEFT
  const isWhole = segment.arrivedAt !== undefined
  const end = isWhole ? full : start + (full - start) * (segment.lost === undefined ? 0.35 : 0.45)
  const away = isFromLeft ? -1 : 1
  const kind = kindOf(segment)
  const head = isWhole ? arrowHead(end, y2, Math.atan2(y2 - y1, end - start)) : segment.lost === undefined ? undefined : cross(end, y2)
  const group = svg('g', { 'class': `row k-${kind}`, 'data-n': segment.n },
    svg('line', { class: 'shaft', x1: start, y1, x2: end, y2 }),
    head,
    svg('text', { 'class': 'label', 'x': start + 10 * away, 'y': y1 + 4, 'text-anchor': isFromLeft ? 'end' : 'start' }, label(segment)),
    svg('text', { 'class': 'time', 'x': isFromLeft ? 8 : WIDTH - 8, 'y': y1 + 4, 'text-anchor': isFromLeft ? 'start' : 'end' },
      timeMs(segment.sentAt - connection.openedAt)),
    svg('line', { class: 'hit', x1: start + 220 * away, y1, x2: start, y2: y1 }),
    svg('line', { class: 'hit', x1: start, y1, x2: end, y2 }))
  group.addEventListener('mouseenter', () => { onPoint(segment) })
  return group
}

function arrowHead(x: number, y: number, angle: number): SVGElement {
  const degrees = angle * 180 / Math.PI
  return svg('path', { d: 'M0 0L-8 -3.4L-8 3.4Z', transform: `translate(${x} ${y}) rotate(${degrees})` })
}

function cross(x: number, y: number): SVGElement {
  return svg('g', {},
    svg('line', { x1: x - 5, y1: y - 5, x2: x + 5, y2: y + 5, style: 'stroke-width: 2.4' }),
    svg('line', { x1: x - 5, y1: y + 5, x2: x + 5, y2: y - 5, style: 'stroke-width: 2.4' }))
}

function drawState(side: 0 | 1, state: string, y: number): SVGElement {
  const width = state.length * 6.3 + 10
  const x = side === 0 ? LEFT + 5 : RIGHT - 5 - width
  return svg('g', { class: `pill side-${side}` },
    svg('rect', { x, y: y - 7.5, width, height: 15, rx: 5 }),
    svg('text', { 'x': x + width / 2, 'y': y + 3.5, 'text-anchor': 'middle' }, state))
}
