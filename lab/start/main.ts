// The page of `npm start`: folds the story as it comes and draws the chosen connection. Everything drawn is made anew
// from what is known, at most a few times a second.

import { byId, html } from './dom.ts'
import { drawChart } from './chart.ts'
import { listen, Store } from './feed.ts'
import type { KnownConnection } from './feed.ts'
import { drawLadder } from './ladder.ts'
import { drawSockets } from './sockets.ts'
import { explain, kindOf, timeMs } from './words.ts'
import type { StorySegment } from '../../src/entry/web.ts'

const MAX_LINES = 400
const DOT_MS = 900
const LONG_WAIT_US = 10_000

const store = new Store()
/** The connection shown, at first the one that brought the page; undefined follows the newest. */
let chosen: string | undefined = document.body.dataset.connection
let isDrawing = false

function shownConnection(): KnownConnection | undefined {
  const wanted = chosen === undefined ? undefined : store.connections.get(chosen)
  if (wanted !== undefined) return wanted
  const mine = [...store.connections.values()].filter(each => !each.isFeed && each.segments.length > 0)
  return mine.at(-1)
}

function choose(id: string): void {
  chosen = id
  draw()
}

function point(segment: StorySegment): void {
  const connection = shownConnection()
  if (connection === undefined) return
  const [time, ...sentences] = explain(segment, connection, store.hosts)
  byId('words').replaceChildren(html('b', {}, `${time}. `), sentences.join(' '))
  for (const marked of document.querySelectorAll('.row.chosen, tr.chosen')) marked.classList.remove('chosen')
  for (const same of document.querySelectorAll(`[data-n="${segment.n}"]`)) same.classList.add('chosen')
}

function drawList(shown: KnownConnection | undefined): void {
  const items = [...store.connections.values()].filter(each => !each.isFeed).reverse().map(each => {
    const state = each.states.filter(one => one.side === 0).at(-1)?.to ?? each.info[0]?.state ?? each.info[1]?.state ?? ''
    const segments = each.sentSegs[0] + each.sentSegs[1]
    const item = html('li', { class: each === shown ? 'chosen' : '' },
      html('b', {}, each.purpose === '' ? 'a connection' : each.purpose),
      html('span', { class: 'mono' }, each.client),
      html('span', { class: 'tally' }, `${segments} segments, `,
        html('span', each.lostSegs > 0 ? { class: 'bad' } : {}, `${each.lostSegs} lost`), state === '' ? '' : ` · ${state}`))
    item.addEventListener('click', () => { choose(each.id) })
    return item
  })
  byId('connections').replaceChildren(...items)
  const feed = [...store.connections.values()].filter(each => each.isFeed)
  const count = feed.reduce((sum, each) => sum + each.sentSegs[0] + each.sentSegs[1], 0)
  const lost = feed.reduce((sum, each) => sum + each.lostSegs, 0)
  byId('feed-note').textContent = feed.length === 0 ? '' : `What you read here comes over a connection of its own: ${count} segments so far, ${lost} lost and repaired. `
    + 'They are not drawn, since drawing them would send more of them.'
}

function drawSummary(connection: KnownConnection): void {
  const data = connection.sentBytes
  const tuple = (name: string, value: string): HTMLElement => html('span', {}, html('i', {}, name), value)
  const handshake = connection.segments.find(each => each.flags === 'S.' && each.arrivedAt !== undefined)?.arrivedAt
  const wait = (connection.segments[0]?.sentAt ?? 0) - connection.openedAt
  const sentences = [
    `${connection.sentSegs[0] + connection.sentSegs[1]} segments carried ${data[0]} bytes there and ${data[1]} bytes back;`,
    `${connection.lostSegs} lost on the cable, ${connection.againSegs} sent again.`,
    handshake === undefined ? '' : `The handshake took ${timeMs(handshake - connection.openedAt)} ms.`,
    wait < LONG_WAIT_US ? '' : `${timeMs(wait)} ms of them passed before the first segment: ${store.hosts[0]} had to ask for ${store.hosts[1]}'s hardware address first (ARP).`,
  ]
  const [clientAddress, clientPort] = split(connection.client)
  const [serverAddress, serverPort] = split(connection.server)
  byId('summary').replaceChildren(
    html('h2', {}, connection.purpose === '' ? 'A connection' : connection.purpose), html('p', {}, sentences.join(' ')),
    html('div', { class: 'tuple', title: 'these five name the connection' }, tuple('protocol', 'TCP'), tuple('from', clientAddress),
      tuple('port', clientPort), tuple('to', serverAddress), tuple('port', serverPort)))
  byId('pc-address').textContent = clientAddress
  byId('web-address').textContent = connection.server
}

function split(endpoint: string): [string, string] {
  const at = endpoint.lastIndexOf(':')
  return [endpoint.slice(0, at), endpoint.slice(at + 1)]
}

function drawLines(connection: KnownConnection): void {
  byId('lines').replaceChildren(...connection.segments.slice(-MAX_LINES).map(segment => {
    const fate = segment.lost !== undefined ? 'lost' : segment.arrivedAt === undefined ? 'under way' : segment.isAgain ? 'again' : `+${timeMs(segment.arrivedAt - segment.sentAt)}`
    const row = html('tr', { 'class': `k-${kindOf(segment)}`, 'data-n': String(segment.n) },
      html('td', {}, timeMs(segment.sentAt - connection.openedAt)), html('td', {}, fate), html('td', {}, segment.line))
    row.addEventListener('mouseenter', () => { point(segment) })
    return row
  }))
}

function draw(): void {
  const shown = shownConnection()
  drawList(shown)
  if (store.link !== '') byId('link').textContent = store.link
  if (shown === undefined) return
  const ladder = byId('ladder')
  const { scrollTop } = ladder
  drawSummary(shown)
  byId('sockets').replaceChildren(...drawSockets(shown, store.hosts))
  ladder.replaceChildren(drawLadder(shown, store.hosts, point))
  ladder.scrollTop = scrollTop
  byId('chart').replaceChildren(drawChart(shown))
  drawLines(shown)
}

function drawSoon(): void {
  if (isDrawing) return
  isDrawing = true
  requestAnimationFrame(() => {
    isDrawing = false
    draw()
  })
}

/** In slow motion, and of a burst only some: the eye could not follow more. */
function fly(segments: readonly StorySegment[]): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  const every = Math.ceil(segments.length / 24)
  segments.filter((each, index) => index % every === 0 || each.lost !== undefined).forEach((segment, index) => {
    const dot = html('div', { class: segment.len > 0 ? 'dot' : 'dot small' })
    const kind = kindOf(segment)
    dot.style.background = `var(--${kind})`
    byId('wire').append(dot)
    const [from, to] = segment.from === 0 ? ['0%', '100%'] : ['100%', '0%']
    const frames = segment.lost === undefined
      ? [{ left: from }, { left: to }]
      : [{ left: from, opacity: 1 }, { left: '50%', opacity: 1, transform: 'none', offset: 0.55 }, { left: '50%', opacity: 0, transform: 'translateY(24px)' }]
    const flight = dot.animate(frames, { duration: DOT_MS, delay: index * 40, fill: 'both', easing: 'linear' })
    flight.onfinish = () => { dot.remove() }
  })
}

for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', () => {
    const { bytes, lose } = button.dataset
    if (bytes !== undefined) {
      chosen = undefined
      void fetch(`/bytes/${bytes}?${Math.floor(performance.now())}`).then(answer => answer.arrayBuffer())
    } else if (lose !== undefined) {
      void fetch(`/lose/${lose}`)
    }
  })
}

const status = byId('status')
listen(update => {
  const fresh = store.take(update)
  fly(fresh.filter(({ connection }) => !connection.isFeed).map(({ segment }) => segment))
  drawSoon()
}, isLive => {
  status.textContent = isLive ? 'live' : 'the program does not answer; is it still running?'
  status.classList.toggle('live', isLive)
})
const plain = byId('plain')
if (plain instanceof HTMLDetailsElement) plain.open = false
