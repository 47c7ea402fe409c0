// Programs over `net`, drawn by chance: one or two servers, a few clients, and calls, property reads and listeners on either end at
// moments that chance chooses. Program N of a seed is always the same.

import { operationOn, serverOperation } from './draw-net-calls.ts'
import { Dice, ODD } from './program.ts'
import type { Json, Op, Program, Step } from './program.ts'

const SERVER_OPTIONS: readonly (readonly [string, readonly Json[]])[] = [
  ['allowHalfOpen', [true, true, false]], ['pauseOnConnect', [true]], ['noDelay', [true]], ['keepAlive', [true]], ['keepAliveInitialDelay', [1500, -1]],
  ['highWaterMark', [1, 10, 1000, 0]],
]

const CLIENT_OPTIONS: readonly (readonly [string, readonly Json[]])[] = [
  ['allowHalfOpen', [true, true, false]], ['highWaterMark', [1, 10, 1000, 0]], ['noDelay', [true]], ['keepAlive', [true]], ['keepAliveInitialDelay', [2000]],
  ['localAddress', ['127.0.0.5', '::1', '203.0.113.9']], ['localPort', [0]], ['timeout', [1_000_000]], ['signal', [{ $signal: 'k1' }]],
  ['onread', [{ $onread: [64, false] }, { $onread: [100, false] }, { $onread: [3, true] }]], ['readable', [false]], ['writable', [false]],
  ['autoSelectFamily', [true, false]], ['autoSelectFamilyAttemptTimeout', [10]], ['family', [4, 6, 0]], ['manualStart', [true]], ['decodeStrings', [false]],
  ['emitClose', [false]], ['autoDestroy', [false]], ['defaultEncoding', ['hex']], ['encoding', ['utf8']], ['writableHighWaterMark', [5]], ['readableHighWaterMark', [5]],
]

function options(dice: Dice, of: readonly (readonly [string, readonly Json[]])[], most: number): Record<string, Json> {
  const drawn: Record<string, Json> = {}
  for (let count = dice.below(most + 1); count > 0; count--) {
    const [name, values] = dice.one(of)
    drawn[name] = dice.rarely(25) ? dice.one(ODD) : dice.one(values)
  }
  return drawn
}

/** Where a server listens. */
type Place = 'ipv4' | 'ipv6' | 'any' | 'name' | 'path'

function listenArguments(dice: Dice, name: string, place: Place): Json[] {
  const backlog = dice.rarely(8) ? [dice.one<Json>([1, 0, 5, 511])] : []
  const told = dice.rarely(3) ? [dice.callback()] : []
  switch (place) {
    case 'ipv4': return dice.rarely(3) ? [{ port: 0, host: '127.0.0.1', ...dice.rarely(5) && { exclusive: true } }, ...told] : [0, '127.0.0.1', ...backlog, ...told]
    case 'ipv6': return [{ port: 0, host: '::1', ...dice.rarely(5) && { ipv6Only: true } }, ...told]
    case 'any': return [...dice.one<Json[]>([[], [0], [{ port: 0 }], [null]]), ...told]
    case 'name': return [0, 'localhost', ...told]
    case 'path': return dice.rarely(3) ? [{ path: { $path: name }, ...dice.rarely(3) && { readableAll: true, writableAll: true } }, ...told] : [{ $path: name }, ...told]
  }
}

function server(dice: Dice, name: string, place: Place): Op[] {
  const drawn = options(dice, SERVER_OPTIONS, 2)
  if (dice.rarely(20)) drawn.blockList = { $blocked: ['127.0.0.1'] }
  const listener = dice.rarely(6) ? [dice.callback()] : []
  const maker = dice.rarely(6) ? 'net.Server' : 'net.createServer'
  const ops: Op[] = [['make', name, maker, ...Object.keys(drawn).length > 0 || dice.rarely(4) ? [drawn] : [], ...listener]]
  if (dice.rarely(8)) ops.push(['set', name, 'maxConnections', dice.one([0, 1, 1, 2])])
  if (dice.rarely(10)) ops.push(['set', name, 'dropMaxConnection', true])
  ops.push(['call', name, 'listen', ...listenArguments(dice, name, place)])
  return ops
}

const LOOKUPS: readonly Json[] = [
  { $lookup: ['l1', ['127.0.0.1'], {}] }, { $lookup: ['l2', ['::1', '127.0.0.1'], {}] }, { $lookup: ['l3', ['127.0.0.1'], { sync: true }] },
  { $lookup: ['l4', [], { fails: true }] }, { $lookup: ['l5', ['127.0.0.1', '127.0.0.2'], {}] }, { $lookup: ['l7', ['x'], {}] },
  { $lookup: ['l8', ['127.0.0.9', '::1', '127.0.0.1'], { sync: true }] },
]

function target(dice: Dice, name: string, place: Place): Record<string, Json> {
  if (place === 'path') return { path: dice.rarely(12) ? { $path: 'nobody' } : { $path: name } }
  const port: Json = dice.rarely(12) ? 1 : { $port: name }
  if (dice.rarely(8)) return { port, host: 'some.example', lookup: dice.one(LOOKUPS) }
  if (place === 'name') return { port, ...dice.rarely(2) && { host: 'localhost' } }
  return { port, host: place === 'ipv6' ? '::1' : '127.0.0.1' }
}

function client(dice: Dice, name: string, serverName: string, place: Place): Op[] {
  const drawn: Record<string, Json> = { ...target(dice, serverName, place), ...options(dice, CLIENT_OPTIONS, 3) }
  if (dice.rarely(30)) drawn[dice.one(['host', 'path', 'localAddress', 'lookup', 'hints', 'family'])] = dice.one(ODD)
  const told = dice.rarely(3) ? [dice.callback()] : []
  const ops: Op[] = []
  if (dice.rarely(5)) {
    const { port, host, path, ...rest } = drawn
    const place2 = Object.fromEntries(Object.entries({ port, host, path }).filter(([, value]) => (value as Json | undefined) !== undefined))
    ops.push(['make', name, 'net.Socket', rest])
    for (let count = dice.below(3); count > 0; count--) ops.push(operationOn(dice, name))
    ops.push(['call', name, 'connect', { ...rest, ...place2 }, ...told])
  } else {
    ops.push(['make', name, 'net.connect', drawn, ...told])
  }
  for (let count = dice.below(4); count > 0; count--) ops.push(operationOn(dice, name))
  if (dice.rarely(3)) ops.push(['once', name, dice.one(['connect', 'ready', 'lookup']), [operationOn(dice, name)]])
  return ops
}

function step(dice: Dice, names: readonly string[]): Step {
  if (dice.rarely(250)) return [['call', dice.one(names), 'setTimeout', 20, ...dice.rarely(2) ? [dice.callback()] : []], ['wait', 60]]
  return Array.from({ length: 1 + dice.below(dice.rarely(3) ? 5 : 2) }, () => {
    if (dice.rarely(9)) return serverOperation(dice, 's1')
    return operationOn(dice, dice.one(names), names)
  })
}

/** What most programs do soon: read on either side. */
function reading(dice: Dice, names: readonly string[]): Step {
  return names.filter(() => !dice.rarely(3)).map((name): Op => dice.weighed<Op>([
    [6, ['on', name, 'data']], [3, ['call', name, 'resume']], [2, ['readsAll', name]], [1, ['iterate', name, dice.one([1, 2, 100])]],
    [1, ['on', name, 'data', [operationOn(dice, name)]]],
  ]))
}

export function drawnNet(seed: string): Program {
  const dice = new Dice(seed)
  const place = dice.weighed<Place>([[12, 'ipv4'], [2, 'ipv6'], [2, 'any'], [1, 'name'], [5, 'path']])
  const clients = dice.rarely(3) ? ['c1', 'c2'] : ['c1']
  const names = clients.flatMap((each, index) => [each, `a${index + 1}`])
  const steps: Step[] = [server(dice, 's1', place)]
  if (dice.rarely(6)) steps.push([serverOperation(dice, 's1')])
  const atOnce: Op[] = []
  if (dice.rarely(3)) atOnce.push(['on', 's1', 'connection', [operationOn(dice, 'a1')]])
  for (const name of clients) atOnce.push(...client(dice, name, 's1', place))
  steps.push(atOnce)
  if (!dice.rarely(4)) steps.push(reading(dice, names))
  for (let count = 2 + dice.below(8); count > 0; count--) steps.push(step(dice, names))
  if (dice.rarely(3)) steps.push(names.map((name): Op => ['call', name, 'resume']))
  return steps.filter(each => each.length > 0)
}
