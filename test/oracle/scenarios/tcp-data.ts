// Behaviours 20, 43 and rows F4, F5: what data does on a TCP connection.

import {
  AF_INET, FIONREAD, IPPROTO_TCP, MSG_DONTWAIT, MSG_MORE, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, SHUT_WR, SIOCATMARK, SIOCOUTQ,
  SOL_SOCKET, SO_LINGER, SO_OOBINLINE, SO_RCVBUF, SO_RCVLOWAT, SO_SNDBUF, TCP_CORK, TCP_INQ, TCP_NODELAY,
} from '../../../src/base/posix.ts'
import { inet, ints, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { TCP, drain, listener, pair } from './support.ts'

export const TCP_DATA_SCENARIOS: readonly Scenario[] = [
  scenario('43 the urgent byte', p => {
    const { client, server } = pair(p)
    p.recv(server, 1, MSG_OOB)
    p.send(client, 'ab')
    p.send(client, 'U', MSG_OOB)
    p.send(client, 'cd')
    p.poll(server)
    p.ioctl(server, SIOCATMARK)
    p.recv(server)
    p.ioctl(server, SIOCATMARK)
    p.recv(server, 1, MSG_OOB | MSG_PEEK)
    p.recv(server, 1, MSG_OOB)
    p.recv(server, 1, MSG_OOB)
    p.poll(server)
    p.recv(server)
    p.poll(server)
    p.recv(server, 1, MSG_OOB)
  }),
  scenario('43 the urgent byte in line', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_SOCKET, SO_OOBINLINE, 1)
    p.send(client, 'ab')
    p.send(client, 'xyU', MSG_OOB)
    p.send(client, 'cd')
    p.recv(server, 1, MSG_OOB)
    p.ioctl(server, FIONREAD)
    drain(p, server, 4)
  }),
  scenario('43 MSG_PEEK keeps, MSG_TRUNC discards, FIONREAD counts', p => {
    const { client, server } = pair(p)
    p.send(client, 'abcdef')
    p.recv(server, 3, MSG_PEEK)
    p.ioctl(server, FIONREAD)
    p.recv(server, 4, MSG_TRUNC)
    p.ioctl(server, FIONREAD)
    p.recv(server, 10, MSG_PEEK)
    p.shutdown(client, SHUT_WR)
    p.ioctl(server, FIONREAD)
    drain(p, server)
    p.ioctl(server, FIONREAD)
    p.ioctl(client, SIOCOUTQ)
  }),
  scenario('43 SO_RCVLOWAT holds POLLIN back', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_SOCKET, SO_RCVLOWAT, 5)
    p.send(client, 'abc')
    p.poll(server)
    p.recv(server, 100, MSG_PEEK)
    p.send(client, 'de')
    p.poll(server)
    p.recv(server)
    p.send(client, 'x')
    p.shutdown(client, SHUT_WR)
    p.poll(server)
  }),
  scenario('F4 nothing sent, nothing asked for', p => {
    const { client, server } = pair(p)
    p.send(client, '')
    p.recv(server, 0)
    p.recv(server, 9)
    p.read(server, 0)
    p.write(client, '')
    p.send(client, 'abc')
    p.recv(server, 0)
    p.recv(server, 9, MSG_WAITALL | MSG_DONTWAIT)
  }),
  scenario('F4 recvfrom and recvmsg on a stream name nobody', p => {
    const { client, server, port } = pair(p)
    p.send(client, 'abcdef')
    p.recvfrom(server, 3)
    p.recvmsg(server, 2)
    p.sendto(server, 'x', inet('127.0.0.1', port))
    p.recv(client)
  }),
  scenario('19 cork and MSG_MORE hold the tail back', p => {
    const { client, server } = pair(p)
    p.set(client, IPPROTO_TCP, TCP_CORK, 1)
    p.send(client, 'abc')
    p.recv(server)
    p.ioctl(client, SIOCOUTQ)
    p.set(client, IPPROTO_TCP, TCP_CORK, 0)
    p.recv(server)
    p.send(client, 'def', MSG_MORE)
    p.recv(server)
    p.send(client, 'ghi')
    p.recv(server)
    p.send(client, 'j', MSG_MORE)
    p.set(client, IPPROTO_TCP, TCP_NODELAY, 1)
    p.recv(server)
    p.send(client, 'k', MSG_MORE)
    p.recv(server)
    p.shutdown(client, SHUT_WR)
    drain(p, server)
  }),
  scenario('F4 long data arrives whole', p => {
    const { client, server } = pair(p)
    p.send(client, [50_000, 65])
    p.ioctl(server, FIONREAD)
    p.recv(server, 20_000)
    p.recv(server, 20_000)
    p.recv(server, 20_000)
    p.recv(server, 20_000)
  }),
  scenario('F6 a full connection: EAGAIN, then writable again', p => {
    const { fd, port } = listener(p)
    p.set(fd, SOL_SOCKET, SO_RCVBUF, 4096)
    const client = p.socket(AF_INET, TCP)
    p.set(client, SOL_SOCKET, SO_SNDBUF, 4096)
    p.connect(client, inet('127.0.0.1', port))
    const server = p.accept(fd, 2048)
    p.get(server, SOL_SOCKET, SO_RCVBUF)
    p.poll(client, server)
    p.recv(server, 10)
  }),
  scenario('20 lingering close of an idle connection returns at once', p => {
    const { client, server } = pair(p)
    p.set(client, SOL_SOCKET, SO_LINGER, ints(1, 3))
    p.get(client, SOL_SOCKET, SO_LINGER, 8)
    p.send(client, 'last')
    p.close(client)
    drain(p, server)
    p.poll(server)
  }),
  scenario('F5 TCP_INQ tells what is left', p => {
    const { client, server } = pair(p)
    p.set(server, IPPROTO_TCP, TCP_INQ, 1)
    p.send(client, 'abcdef')
    p.recvmsg(server, 4)
    p.recvmsg(server, 4)
    p.shutdown(client, SHUT_WR)
    p.recvmsg(server, 4)
    p.recvmsg(server, 4, 0)
  }),
  scenario('F8 an error is told once, whoever asks', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_SOCKET, SO_LINGER, ints(1, 0))
    p.send(client, 'unread')
    p.close(server)
    p.send(client, 'x')
    p.send(client, 'x')
    p.recv(client)
  }),
]
