// Differences that the hunt has found, each as small as it became: the name says what is right.

import type { Op, Program } from './program.ts'

const tcp = (options: object = {}): Op[] => [['make', 's1', 'net.createServer', options as never], ['call', 's1', 'listen', 0, '127.0.0.1']]
const path = (options: object = {}): Op[] => [['make', 's1', 'net.createServer', options as never], ['call', 's1', 'listen', { $path: 's1' }]]
const to = { port: { $port: 's1' }, host: '127.0.0.1' }

const clientOf = (name: string, options: object = {}): Op => ['make', name, 'net.connect', { ...to, ...options }]
const pathClientOf = (name: string): Op => ['make', name, 'net.connect', { path: { $path: 's1' } }]

export const REGRESSIONS: Readonly<Record<string, Program>> = {
  'the next connection is accepted when the end of the last socket has been told': [
    path(), [['on', 's1', 'connection', [['dispose', 'a1']]], pathClientOf('c1'), pathClientOf('c2')],
  ],
  'the next connection is accepted when ticks and shutdowns are done': [
    tcp(), [['on', 's1', 'connection', [['at', 'tick', [['call', 'a1', 'destroySoon']]]]], clientOf('c1'), clientOf('c2')],
  ],
  'of sockets closed at once the last one is told first': [
    path(), [pathClientOf('c1'), pathClientOf('c2')], [['call', 'a1', 'pipe', { $target: 'c1' }]], [['call', 'c1', 'destroy'], ['call', 'a1', 'destroy']],
  ],
  'a second shutdown is over at once': [
    path({ allowHalfOpen: true }), [pathClientOf('c1')], [['call', 'c1', '_final', { $function: 'first' }]], [['call', 'c1', '_final', { $function: 'final' }]],
  ],
  'nothing can be written behind a shutdown that is under way': [
    tcp(), [['make', 'c1', 'net.Socket', {}], ['call', 'c1', 'end'], ['call', 'c1', 'connect', to], ['call', 'c1', 'write', 'text']],
  ],
  'a short text that fails to be written is not counted': [
    tcp({ allowHalfOpen: true }), [clientOf('c1')], [['call', 'c1', '_final', { $function: 'final' }]], [['call', 'c1', 'write', 'text']],
  ],
  'bytes that fail to be written are counted': [
    tcp({ allowHalfOpen: true }), [clientOf('c1')], [['call', 'c1', '_final', { $function: 'final' }]], [['call', 'c1', 'write', { $buffer: 10 }]],
  ],
  'writing nothing fails as writing something would': [
    path({ highWaterMark: 1 }), [pathClientOf('c1'), ['call', 'c1', 'destroy']], [['call', 'a1', 'write', { $buffer: 0 }], ['call', 'a1', 'destroy']],
  ],
  'a peer that resets on being accepted makes connecting fail': [
    tcp(), [['on', 's1', 'connection', [['call', 'a1', 'resetAndDestroy']]], clientOf('c1')],
  ],
  'a peer that closes with bytes unread resets': [
    tcp(), [clientOf('c1')], [['call', 'c1', 'write', 'text'], ['call', 'a1', 'destroy']],
  ],
  'a reset is refused while shutting down': [
    tcp(), [clientOf('c1')], [['call', 'a1', 'end', 'text'], ['call', 'a1', 'resetAndDestroy']],
  ],
  'shutting down comes before an error that waits': [
    tcp({ allowHalfOpen: true }), [clientOf('c1')], [['call', 'c1', 'end', 'text'], ['call', 'a1', 'resetAndDestroy']],
  ],
  'the end is taken for granted behind bytes of a peer that has reset': [
    tcp(), [clientOf('c1')], [['on', 'a1', 'data'], ['call', 'c1', 'write', 'text'], ['call', 'c1', 'resetAndDestroy']],
  ],
  'connecting twice is refused while the first is under way': [
    tcp(), [['make', 'c1', 'net.Socket', {}], ['call', 'c1', 'connect', to], ['call', 'c1', 'connect', { port: 1, host: '127.0.0.1' }]],
  ],
  'what a listener throws is heard of at once, its ticks wait for the next callback': [
    tcp(), [clientOf('c1'), clientOf('c2'), ['on', 'c2', 'data'], ['on', 'c1', 'data', [['at', 'tick', [['get', 'c2', 'bytesRead']]], ['throw', 'x']]]],
    [['call', 'a1', 'write', 'x'], ['call', 'a2', 'write', 'y']],
  ],
  'what a tick throws keeps the other ticks for the next callback': [
    path(), [pathClientOf('c1'), pathClientOf('c2'), ['call', 'c1', 'resume'], ['call', 'c2', 'resume'],
      ['on', 'c1', 'end', [['at', 'tick', [['get', 'c2', 'bytesRead']]], ['throw', 'x']]]],
    [['call', 'a1', 'end', 'x'], ['call', 'a2', 'end', 'y']],
  ],
  'a client of a path that closes in the same go is gone when it is accepted': [
    path(), [['on', 's1', 'connection', [['call', 'a1', 'write', '']]], pathClientOf('c1'), ['call', 'c1', 'destroy']],
  ],
  'connecting again comes in the place of a shutdown that is under way': [
    tcp(), [clientOf('c1')], [['call', 'c1', 'destroySoon'], ['call', 'c1', 'connect', to]], [['call', 'c1', 'destroy']],
  ],
  'a socket of a path has no local address': [
    path(), [pathClientOf('c1'), ['once', 'c1', 'connect', [['call', 'c1', 'connect', { port: 1, host: '127.0.0.1', localAddress: '127.0.0.5' }]]]],
  ],
  'a server cannot listen on the path of another server': [
    path(), [['make', 's2', 'net.createServer'], ['call', 's2', 'listen', { $target: 's1' }]],
  ],
  'joining a group binds a datagram socket': [
    [['make', 'd1', 'dgram.createSocket', 'udp4'],
      ['call', 'd1', 'addMembership', '224.0.0.251', '127.0.0.1'], ['call', 'd1', 'address'], ['call', 'd1', 'send', 'x', 1]],
  ],
  'joining what is no address makes no datagram socket': [
    [['make', 'd1', 'dgram.createSocket', 'udp6'], ['call', 'd1', 'dropMembership', 'x'], ['call', 'd1', 'setBroadcast', true]],
  ],
  'a connected datagram socket sends to no address': [
    [['make', 'd1', 'dgram.createSocket', 'udp4'],
      ['at', 'micro', [['call', 'd1', 'connect', 1, '127.0.0.1'], ['call', 'd1', 'send', 'x', 1, '127.0.0.1', { $function: 'f1' }]]]],
  ],
  'a datagram socket of IPv4 cannot be of IPv6 alone': [
    [['make', 'd1', 'dgram.createSocket', { type: 'udp4', ipv6Only: true }], ['call', 'd1', 'bind', 0, '127.0.0.1']],
  ],
}
