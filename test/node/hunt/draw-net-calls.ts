// Single operations on sockets and servers of `net`, drawn by chance.

import { ODD, undefinedValue } from './program.ts'
import type { Dice, Json, Op } from './program.ts'

const EVENTS = ['data', 'end', 'finish', 'close', 'error', 'drain', 'connect', 'ready', 'timeout', 'readable', 'pause', 'resume', 'prefinish'] as const
const PROPERTIES = ['readyState', 'bytesRead', 'bytesWritten', 'pending', 'connecting', 'destroyed', 'writableLength', 'bufferSize', 'timeout', 'localAddress',
  'localPort', 'remoteAddress', 'remoteFamily', 'remotePort', 'localFamily', 'readableFlowing', 'readableLength', 'writableNeedDrain', 'writableFinished',
  'writableEnded', 'readableEnded', 'readable', 'writable', '_bytesDispatched', '_connecting', 'allowHalfOpen', 'errored', 'closed', 'readableHighWaterMark',
  'writableHighWaterMark', 'readableEncoding', 'readableObjectMode', 'writableObjectMode', 'autoSelectFamilyAttemptedAddresses'] as const
const ENCODINGS = ['utf8', 'hex', 'latin1', 'base64', 'ucs2', 'ascii', 'binary', 'base64url', 'nonsense', ''] as const

const LARGE: Json = { $buffer: 300000 }

/** Something to write: small enough that it goes at once, but for the largest. */
function chunk(dice: Dice): Json {
  if (dice.rarely(150)) return LARGE
  return dice.weighed<Json>([
    [4, 'text'], [4, { $buffer: dice.one([0, 1, 5, 11, 100, 1000, 16384, 20000]) }], [2, { $text: dice.one([1, 10, 1000, 16385]) }], [1, ''], [1, 'naïve ☃'],
    [1, { $bytes: 6 }], [1, { $words: 3 }], [1, { $view: 4 }], [1, dice.one(ODD)], [1, '6869'],
  ])
}

function written(dice: Dice): Json[] {
  const args: Json[] = [chunk(dice)]
  if (dice.rarely(5)) args.push(dice.one(ENCODINGS))
  if (dice.rarely(3)) args.push(told(dice))
  return args
}

/** A callback that says it was called; some then do something. */
function told(dice: Dice, name?: string): Json {
  return name !== undefined && dice.rarely(4) ? { $does: [dice.label(), [plainCall(dice, name)]] } : dice.callback()
}

function failure(dice: Dice): Json[] {
  return dice.weighed<Json[]>([[4, []], [3, [{ $error: 'given' }]], [1, [undefinedValue]], [1, [null]], [1, [dice.one(ODD)]]])
}

type Call = (dice: Dice, name: string, others: readonly string[]) => Json[]

const CALLS: readonly (readonly [number, Call])[] = [
  [14, (dice, name) => ['write', ...written(dice), ...dice.rarely(6) ? [told(dice, name)] : []]],
  [6, dice => ['end', ...dice.rarely(2) ? written(dice) : dice.rarely(3) ? [dice.callback()] : []]],
  [5, dice => ['destroy', ...failure(dice)]],
  [3, () => ['destroySoon']],
  [3, () => ['resetAndDestroy']],
  [4, () => ['pause']],
  [4, () => ['resume']],
  [3, dice => ['read', ...dice.one<Json[]>([[], [1], [3], [0], [100], [100000], [{ $nan: true }]])]],
  [2, dice => ['setEncoding', ...dice.one<Json[]>([['utf8'], ['hex'], ['base64'], [], ['nonsense']])]],
  [2, (dice, name) => ['setTimeout', dice.one<Json>([0, 1_000_000, -1, 'x', undefinedValue]), ...dice.rarely(2) ? [told(dice, name)] : []]],
  [3, () => ['cork']],
  [3, () => ['uncork']],
  [2, () => ['ref']],
  [2, () => ['unref']],
  [2, (dice, _name, others): Json[] => ['pipe', { $target: dice.one(others) }, ...dice.rarely(3) ? [{ end: false }] : []]],
  [1, (dice, _name, others) => ['unpipe', ...dice.rarely(2) ? [{ $target: dice.one(others) }] : []]],
  [2, () => ['address']],
  [2, dice => ['setNoDelay', ...dice.one<Json[]>([[], [true], [false], ['x']])]],
  [2, dice => ['setKeepAlive', ...dice.one<Json[]>([[], [true], [true, 1000], [false], [{ initialDelay: 3 }], [true, 'x'], [true, -5]])]],
  [1, dice => ['unshift', dice.one<Json>(['back', { $buffer: 5 }, null, '', 5])]],
  [1, dice => ['push', dice.one<Json>(['more', { $buffer: 5 }, null, ''])]],
  [1, dice => ['setDefaultEncoding', dice.one(ENCODINGS)]],
  [1, () => ['isPaused']],
  [1, dice => ['listenerCount', dice.one(EVENTS)]],
  [1, () => ['eventNames']],
  [1, dice => ['connect', dice.one<Json>([{ port: { $port: 's1' }, host: '127.0.0.1' }, { port: 1, host: '127.0.0.1' }, { path: { $path: 's1' } }, {}])]],
  [1, () => ['_read', 1]],
  [1, () => ['_final', { $function: 'final' }]],
  [1, () => ['_onTimeout']],
  [1, () => ['_unrefTimer']],
  [1, () => ['_getpeername']],
  [1, () => ['_getsockname']],
]

function plainCall(dice: Dice, name: string, others: readonly string[] = [name]): Op {
  return ['call', name, ...dice.weighed(CALLS)(dice, name, others)]
}

/** One operation, now or at a moment that comes later. */
export function operationOn(dice: Dice, name: string, others: readonly string[] = [name]): Op {
  const plain = (): Op => plainCall(dice, dice.rarely(6) ? dice.one(others) : name, others)
  const some = (): Op[] => Array.from({ length: 1 + dice.below(dice.rarely(3) ? 3 : 1) }, plain)
  return dice.weighed<() => Op>([
    [30, plain],
    [4, () => ['get', name, dice.one(PROPERTIES), dice.one(PROPERTIES), dice.one(PROPERTIES)]],
    [8, () => ['once', name, dice.one(EVENTS), some()]],
    [2, () => ['once', name, dice.one(EVENTS), [['get', name, ...PROPERTIES.slice(0, 14)]]]],
    [3, () => ['at', dice.one(['tick', 'micro']), some()]],
    [1, () => ['once', name, dice.one(EVENTS), [...dice.rarely(2) ? [['at', dice.one(['tick', 'micro']), some()] as Op] : [], ['throw', dice.label()]]]],
    [3, () => ['on', name, 'data']],
    [1, () => ['on', name, 'readable']],
    [2, () => ['off', name, dice.one(['data', 'readable', 'end'])]],
    [1, () => ['readsAll', name]],
    [1, () => ['iterate', name, dice.one([1, 2, 100])]],
    [1, () => ['dispose', name]],
    [1, () => ['abort', 'k1', ...dice.rarely(2) ? [{ $error: 'why' }] : []]],
    [1, () => ['set', name, dice.one(['allowHalfOpen', 'timeout', 'readable', 'writable']), dice.one<Json>([true, false, 0, 5])]],
  ])()
}

/** One operation on a server. */
export function serverOperation(dice: Dice, name: string): Op {
  return dice.weighed<() => Op>([
    [5, () => ['call', name, 'close', ...dice.rarely(2) ? [dice.callback()] : []]],
    [3, () => ['call', name, 'getConnections', dice.rarely(10) ? dice.one(ODD) : dice.callback()]],
    [2, () => ['call', name, 'listen', dice.one<Json>([0, { port: 0, host: '127.0.0.1' }, { path: { $path: 's2' } }, { port: { $port: name }, host: '127.0.0.1' }, {}])]],
    [2, () => ['call', name, dice.one(['ref', 'unref'])]],
    [2, () => ['call', name, 'address']],
    [2, () => ['set', name, dice.one(['maxConnections', 'dropMaxConnection', 'allowHalfOpen', 'pauseOnConnect', 'highWaterMark']), dice.one<Json>([0, 1, 2, true])]],
    [2, () => ['dispose', name]],
    [1, () => ['get', name, 'listening', 'connections', '_connections', 'maxConnections', '_usingWorkers', '_unref', 'allowHalfOpen']],
    [2, () => ['once', name, dice.one(['connection', 'close', 'listening', 'drop', 'error']), [plainCall(dice, 'a1')]]],
    [1, () => ['once', name, 'connection', [['call', name, 'close']]]],
    [2, () => ['make', 'c3', 'net.connect', { port: { $port: name }, host: '127.0.0.1' }]],
    [1, () => ['make', 's2', 'net.createServer']],
    [1, () => ['call', 's2', 'listen', { $target: name }]],
    [1, () => ['call', name, '_emitCloseIfDrained']],
  ])()
}
