// What the options of IPPROTO_TCP do that no drill shows, one scenario each; docs/options.md cites them by name.

import {
  AF_INET, IPPROTO_TCP, SOCK_NONBLOCK, TCP_CONGESTION, TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_KEY, TCP_MAXSEG,
  TCP_WINDOW_CLAMP,
} from '../../../src/base/posix.ts'
import { inet, scenario } from '../scenario.ts'
import type { Program, Scenario } from '../scenario.ts'
import { TCP, listener } from './support.ts'

const KEY = '000102030405060708090a0b0c0d0e0f'

function effect(name: string, write: (p: Program) => void): Scenario { return scenario(`F7 effect of ${name}`, write) }

export const TCP_OPTION_EFFECT_SCENARIOS: readonly Scenario[] = [
  effect('TCP_MAXSEG', p => {
    const { fd, port } = listener(p)
    p.set(fd, IPPROTO_TCP, TCP_MAXSEG, 600)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.get(client, IPPROTO_TCP, TCP_MAXSEG)
    p.get(p.accept(fd, SOCK_NONBLOCK), IPPROTO_TCP, TCP_MAXSEG)
  }),
  effect('TCP_DEFER_ACCEPT', p => {
    const { fd, port } = listener(p)
    p.set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.poll(fd, client)
    p.accept(fd, SOCK_NONBLOCK)
    p.send(client, 'first')
    p.recv(p.accept(fd, SOCK_NONBLOCK))
  }),
  effect('TCP_CONGESTION', p => {
    const { fd, port } = listener(p)
    p.set(fd, IPPROTO_TCP, TCP_CONGESTION, Buffer.from('reno').toString('hex'))
    p.connect(p.socket(AF_INET, TCP), inet('127.0.0.1', port))
    p.get(p.accept(fd, SOCK_NONBLOCK), IPPROTO_TCP, TCP_CONGESTION, 16)
  }),
  effect('TCP_WINDOW_CLAMP', p => {
    const { fd, port } = listener(p)
    p.set(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 3000)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    const server = p.accept(fd, SOCK_NONBLOCK)
    p.get(server, IPPROTO_TCP, TCP_WINDOW_CLAMP)
    p.send(client, [10_000, 65])
    p.recv(server, 3000)
  }),
  effect('TCP_FASTOPEN_KEY', p => {
    const { fd } = listener(p)
    p.set(fd, IPPROTO_TCP, TCP_FASTOPEN, 5)
    p.set(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, KEY)
    p.get(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, 32)
    p.set(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, KEY + KEY)
    p.get(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, 32)
  }),
  effect('TCP_FASTOPEN_CONNECT', p => {
    const { fd, port } = listener(p)
    const client = p.socket(AF_INET, TCP)
    p.set(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
    p.connect(client, inet('127.0.0.1', port))
    p.set(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0)
    p.send(client, 'with the first write')
    p.recv(p.accept(fd, SOCK_NONBLOCK))
  }),
]
