// Draws layers.json as a mermaid picture between the markers in ARCHITECTURE.md. With --check, fails when the drawing is stale.
// An arrow that follows from two others is left out of the picture (not out of the law).
import { readFileSync, writeFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const page = new URL('ARCHITECTURE.md', root)
const { layers, exceptions, tcpRooms } = JSON.parse(readFileSync(new URL('layers.json', root), 'utf8'))

function reachable(graph, from, seen = new Set()) {
  for (const next of graph[from] ?? []) {
    if (seen.has(next)) continue
    seen.add(next)
    reachable(graph, next, seen)
  }
  return seen
}

function reduce(graph) {
  const arrows = []
  for (const [from, targets] of Object.entries(graph)) {
    for (const to of targets) {
      const implied = targets.some(other => other !== to && reachable(graph, other).has(to))
      if (!implied) arrows.push([from, to])
    }
  }
  return arrows
}

function mermaid(graph, extra = []) {
  return [
    '```mermaid',
    'flowchart TD',
    ...reduce(graph).map(([from, to]) => `  ${from} --> ${to}`),
    ...extra,
    '```',
  ].join('\n')
}

function drawings() {
  const plugs = Object.entries(exceptions).flatMap(([file, targets]) => [
    `  ${file.split('/')[0]} -. "${file.split('/').at(-1)} only" .-> ${targets[0]}`,
    ...targets.slice(1).map(target => `  ${file.split('/')[0]} -.-> ${target}`),
  ])
  const rows = Object.entries(layers).map(([layer, may]) => `| \`${layer}\` | ${may.length === 0 ? '–' : may.join(', ')} |`)
  return {
    'layers': `${mermaid(layers, plugs)}\n\n| layer | may import |\n|---|---|\n${rows.join('\n')}`,
    'tcp-rooms': mermaid(tcpRooms),
  }
}

const before = readFileSync(page, 'utf8')
let after = before
for (const [name, drawing] of Object.entries(drawings())) {
  const begin = `<!-- ${name}: drawn by npm run layers:picture -->`
  const end = `<!-- /${name} -->`
  const from = after.indexOf(begin)
  const to = after.indexOf(end)
  if (from < 0 || to < from) {
    console.error(`layer-picture: ARCHITECTURE.md has no place marked ${name}`)
    process.exit(1)
  }
  after = `${after.slice(0, from + begin.length)}\n${drawing}\n${after.slice(to)}`
}

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('layer-picture: ARCHITECTURE.md is stale; run npm run layers:picture')
    process.exit(1)
  }
  console.log('layer-picture: ok')
} else if (after !== before) {
  writeFileSync(page, after)
  console.log('layer-picture: drawn')
}
