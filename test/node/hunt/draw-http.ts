// Programs over `http`, drawn by chance: a server whose handlers answer in many ways, requests through agents or without, raw and wrong
// ones over `net`, ends at every state. Program N of a seed is always the same.

import { Dice } from './program.ts'
import type { Json, Op, Program, Step } from './program.ts'

/** What a handler does with request `q` and response `r`. */
function answer(dice: Dice, n: number): Op[] {
  const [q, r] = [`q${n}`, `r${n}`]
  const body = (): Json => dice.one<Json>(['hello', '', { $buffer: 100 }, { $text: 5000 }])
  const ops: Op[] = dice.weighed<() => Op[]>([
    [6, () => [['call', r, 'end', body()]]],
    [3, () => [['call', r, 'write', body()], ['call', r, 'end', body(), { $function: dice.label() }]]],
    [2, () => [['call', r, 'writeHead', dice.one<Json>([200, 204, 304, 404, 99]), { 'x-a': 'b', ...dice.rarely(2) && { 'content-length': 5 } }], ['call', r, 'end', 'hello']]],
    [2, () => [['call', r, 'setHeader', 'trailer', 'x-t'], ['call', r, 'write', 'a'], ['call', r, 'addTrailers', { 'x-t': 'v' }], ['call', r, 'end']]],
    [1, () => [['call', r, 'writeEarlyHints', { link: '</a.css>; rel=preload' }], ['call', r, 'end', 'x']]],
    [1, () => [['call', r, 'writeProcessing'], ['call', r, 'end', 'x']]],
    [1, () => [['call', r, 'writeContinue'], ['call', r, 'end', 'x']]],
    [1, () => [['call', r, 'destroy', ...dice.rarely(2) ? [{ $error: 'mine' }] : []]]],
    [1, () => [['call', q, 'destroy']]],
    [1, () => [['call', r, 'flushHeaders']]],
    [1, () => [['call', r, 'write', 'part'], ['at', 'tick', [['call', r, 'destroy']]]]],
    [1, () => [['call', r, 'setHeader', 'connection', 'close'], ['call', r, 'end', 'bye']]],
  ])()
  if (!dice.rarely(3)) ops.unshift(['call', q, 'resume'])
  if (dice.rarely(4)) ops.unshift(['once', q, dice.one(['end', 'data', 'close']), [['call', r, 'end', 'late']]])
  return ops
}

function request(dice: Dice, name: string): Op[] {
  const method = dice.weighed<string>([[5, 'GET'], [4, 'POST'], [1, 'HEAD'], [1, 'PUT'], [1, 'DELETE']])
  const headers: Record<string, Json> = {}
  if (dice.rarely(4)) headers['x-b'] = dice.one<Json>(['c', ['a', 'b'], '1'])
  if (dice.rarely(8)) headers.expect = dice.one(['100-continue', 'other'])
  if (dice.rarely(8)) headers.connection = dice.one(['close', 'keep-alive'])
  if (dice.rarely(8)) headers['content-length'] = dice.one<Json>([5, 0])
  if (dice.rarely(12)) Object.assign(headers, { connection: 'Upgrade', upgrade: 'x' })
  const agent = dice.weighed<Json>([[4, { $agent: 'k' }], [2, false], [1, { $agent: 'one' }]])
  const ops: Op[] = [['make', name, 'http.request', {
    port: { $port: 's1' }, host: '127.0.0.1', method, agent, path: dice.one(['/', '/a?b', '/%20']), headers,
    ...dice.rarely(10) && { signal: { $signal: 'k1' } }, ...dice.rarely(15) && { maxHeaderSize: 60 },
  }, ...dice.rarely(3) ? [{ $function: dice.label() }] : []]]
  if (dice.rarely(4)) ops.push(['call', name, 'write', 'body1', ...dice.rarely(2) ? [{ $function: dice.label() }] : []])
  if (!dice.rarely(6)) ops.push(['call', name, 'end', ...dice.rarely(2) ? ['hello'] : []])
  if (dice.rarely(8)) ops.push(['once', name, dice.one(['socket', 'response', 'finish', 'continue']), [['call', name, dice.one(['destroy', 'abort'])]]])
  return ops
}

const RAW = ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'nonsense\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-t: v\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'GET / HTTP/1.0\r\n\r\n', 'GET']

export function drawnHttp(seed: string): Program {
  const dice = new Dice(seed)
  const steps: Step[] = [[['make', 's1', 'http.createServer', ...dice.rarely(5) ? [{ keepAlive: true, maxHeaderSize: 200 }] : []], ['call', 's1', 'listen', 0, '127.0.0.1']]]
  const handlers: Op[] = []
  for (let n = 1; n <= 5; n++) handlers.push(['nth', 's1', 'request', n, answer(dice, n)])
  steps.push(handlers)
  if (dice.rarely(4)) steps.push([['on', 's1', 'checkContinue', dice.rarely(2) ? [['call', 'r1', 'writeContinue'], ['call', 'r1', 'end', 'c']] : [['call', 'r1', 'end', 'no']]]])
  if (dice.rarely(6)) steps.push([['on', 's1', 'clientError', []]])
  let count = 0
  for (let step = 1 + dice.below(4); step > 0; step--) {
    const ops: Op[] = []
    for (let n = 1 + dice.below(2); n > 0; n--) {
      const name = `c${++count}`
      if (dice.rarely(4)) ops.push(['make', name, 'net.connect', { port: { $port: 's1' }, host: '127.0.0.1' }], ['on', name, 'data'], ['call', name, 'write', dice.one(RAW)])
      else ops.push(...request(dice, name))
    }
    steps.push(ops)
    if (!dice.rarely(3)) steps.push([['call', `m${count}`, dice.weighed([[5, 'resume'], [1, 'destroy'], [1, 'pause']])]])
    if (dice.rarely(5)) steps.push([['call', `c${count}`, dice.one(['destroy', 'abort', 'end'])]])
    if (dice.rarely(8)) steps.push([['call', 's1', dice.one(['close', 'closeAllConnections', 'closeIdleConnections'])]])
    if (dice.rarely(10)) steps.push([['abort', 'k1']])
  }
  return steps
}
