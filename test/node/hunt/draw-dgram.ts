// Programs over `dgram`, drawn by chance: two or three sockets of a family, bound, connected, sent from and closed in every state, with
// setters before and behind their time. Program N of a seed is always the same.

import { Dice, ODD, undefinedValue } from './program.ts'
import type { Json, Op, Program, Step } from './program.ts'

const SOCKETS = ['d1', 'd2', 'd3'] as const
const EVENTS = ['message', 'listening', 'connect', 'close', 'error'] as const

interface Family { readonly type: 'udp4' | 'udp6', readonly home: string, readonly others: readonly string[], readonly group: string, readonly device: string }

const FAMILIES: readonly Family[] = [
  { type: 'udp4', home: '127.0.0.1', others: ['127.0.0.2', '::1', 'localhost', '0.0.0.0', '256.1.1.1'], group: '224.0.0.251', device: '127.0.0.1' },
  { type: 'udp6', home: '::1', others: ['127.0.0.1', '::ffff:127.0.0.1', '::', 'localhost'], group: 'ff02::fb', device: '::%lo' },
]

function payload(dice: Dice): Json {
  return dice.weighed<Json>([
    [6, 'text'], [4, { $buffer: dice.one([0, 1, 5, 100, 1400]) }], [1, ''], [1, 'naïve ☃'], [1, { $bytes: 6 }], [1, { $words: 3 }], [1, { $view: 4 }],
    [2, ['one', { $buffer: 3 }]], [1, []], [1, [{ $bytes: 2 }, '']], [1, { $buffer: 66000 }], [1, [5]], [1, dice.one(ODD)],
  ])
}

function port(dice: Dice): Json {
  return dice.weighed<Json>([[16, { $port: dice.one(SOCKETS) }], [1, 1], [1, 0], [1, 65536], [1, '1'], [1, dice.one(ODD)]])
}

function address(dice: Dice, { home, others }: Family): Json {
  return dice.weighed<Json>([[12, home], [2, dice.one(others)], [1, undefinedValue], [1, dice.one(ODD)]])
}

function told(dice: Dice, family: Family, name: string): Json[] {
  if (!dice.rarely(2)) return [dice.callback()]
  return dice.rarely(3) ? [{ $does: [dice.label(), [plain(dice, family, name)]] }] : []
}

function send(dice: Dice, family: Family, name: string): Json[] {
  const destination = (): Json[] => [port(dice), ...dice.rarely(5) ? [] : [address(dice, family)]]
  return dice.weighed<() => Json[]>([
    [12, () => ['send', payload(dice), ...destination(), ...told(dice, family, name)]],
    [4, () => ['send', payload(dice), ...told(dice, family, name)]],
    [3, () => ['send', payload(dice), dice.one<Json>([0, 1, 2, -1]), dice.one<Json>([1, 2, 0, 100]), ...destination(), ...told(dice, family, name)]],
    [1, () => ['send', payload(dice), 0, 1, ...told(dice, family, name)]],
  ])()
}

/** Values for one setter each; those of one socket may come before its time. */
const SETTERS: readonly (readonly [string, readonly Json[]])[] = [
  ['setBroadcast', [true, false]], ['setTTL', [1, 64, 255, 0, 256, 'x']], ['setMulticastTTL', [0, 1, 255, 256, -1, 'x']], ['setMulticastLoopback', [true, false]],
  ['setRecvBufferSize', [4000, 10000, 0, -1, 'x']], ['setSendBufferSize', [8000, 0, 'x']],
]

function plain(dice: Dice, family: Family, name: string): Op {
  const { home, group, device } = family
  return ['call', name, ...dice.weighed<() => Json[]>([
    [14, () => send(dice, family, name)],
    [4, () => ['bind', ...dice.weighed<Json[]>([[4, [0, home]], [3, [{ port: 0, address: home }]], [1, []], [1, [0]], [1, [port(dice), home]],
      [1, [{ port: 0, address: home, exclusive: true }]], [1, [0, dice.one(family.others)]]]), ...dice.rarely(2) ? [dice.callback()] : []]],
    [4, () => ['connect', port(dice), ...dice.rarely(4) ? [] : [address(dice, family)], ...dice.rarely(2) ? told(dice, family, name) : []]],
    [2, () => ['disconnect']],
    [4, () => ['close', ...dice.rarely(2) ? told(dice, family, name) : []]],
    [3, () => [dice.one(['address', 'remoteAddress', 'getSendQueueSize', 'getSendQueueCount'])]],
    [2, () => [dice.one(['ref', 'unref'])]],
    [4, () => {
      const [setter, values] = dice.one(SETTERS)
      return [setter, dice.one(values)]
    }],
    [2, () => [dice.one(['addMembership', 'dropMembership']), dice.one<Json>([group, group, home, 'x', undefinedValue]), device]],
    [1, () => ['setMulticastInterface', dice.one<Json>([home, 'x', 5])]],
  ])()]
}

function operation(dice: Dice, family: Family, name: string): Op {
  const some = (): Op[] => Array.from({ length: 1 + dice.below(2) }, () => plain(dice, family, name))
  return dice.weighed<() => Op>([
    [20, () => plain(dice, family, name)],
    [6, () => ['once', name, dice.one(EVENTS), some()]],
    [2, () => ['at', dice.one(['tick', 'micro']), some()]],
    [1, () => ['dispose', name]],
    [1, () => ['abort', 'k1']],
    [1, () => ['once', name, 'message', [['throw', dice.label()]]]],
  ])()
}

function socket(dice: Dice, family: Family, name: string): Op[] {
  const { type, home } = family
  const options = dice.weighed<Json>([
    [5, type], [3, { type }], [1, { type, reuseAddr: true }], [1, { type, ipv6Only: true }], [1, { type, signal: { $signal: 'k1' } }],
    [1, { type, recvBufferSize: 10000 }], [1, { type, sendBufferSize: 10000 }], [1, { type, lookup: { $lookup: ['l1', [home], {}] } }],
    [1, { type, lookup: { $lookup: ['l2', [], { fails: true }] } }],
  ])
  const ops: Op[] = [['make', name, 'dgram.createSocket', options, ...dice.rarely(4) ? [dice.callback()] : []]]
  if (dice.rarely(5)) ops.push(operation(dice, family, name))
  if (!dice.rarely(4)) ops.push(['call', name, 'bind', 0, home, ...dice.rarely(3) ? [dice.callback()] : []])
  for (let count = dice.below(3); count > 0; count--) ops.push(operation(dice, family, name))
  return ops
}

export function drawnDgram(seed: string): Program {
  const dice = new Dice(seed)
  const family = dice.rarely(4) ? FAMILIES[1] : FAMILIES[0]
  const names = SOCKETS.slice(0, 2 + dice.below(2))
  const steps: Step[] = [names.flatMap(name => socket(dice, family, name))]
  for (let count = 2 + dice.below(7); count > 0; count--) {
    steps.push(Array.from({ length: 1 + dice.below(3) }, () => operation(dice, family, dice.one(names))))
  }
  return steps
}
