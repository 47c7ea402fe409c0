// Behaviours 59-60: epoll.

import {
  AF_INET, AF_UNIX, EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLL_CTL_ADD,
  EPOLL_CTL_DEL, EPOLL_CTL_MOD, O_CREAT, O_RDWR, SHUT_WR, SOCK_NONBLOCK, SOCK_STREAM,
} from '../../../src/base/posix.ts'
import { inet, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { TCP, UDP, datagram, listener, pair, resetOnClose } from './support.ts'

export const EPOLL_SCENARIOS: readonly Scenario[] = [
  scenario('59 level repeats, edge once per arrival', p => {
    const { client, server } = pair(p)
    const [level, edge] = [p.epoll(), p.epoll()]
    p.epollCtl(level, EPOLL_CTL_ADD, server, EPOLLIN, 1)
    p.epollCtl(edge, EPOLL_CTL_ADD, server, EPOLLIN | EPOLLET, 2)
    p.epollWait(level)
    p.epollWait(edge)
    p.send(client, 'x')
    for (const each of [level, level, edge, edge]) p.epollWait(each)
    p.send(client, 'y')
    for (const each of [level, edge, edge]) p.epollWait(each)
    p.recv(server, 1)
    for (const each of [level, edge]) p.epollWait(each)
    p.recv(server, 9)
    for (const each of [level, edge]) p.epollWait(each)
  }),
  scenario('59 ONESHOT until MOD', p => {
    const { client, server } = pair(p)
    const ep = p.epoll()
    p.epollCtl(ep, EPOLL_CTL_ADD, server, EPOLLIN | EPOLLONESHOT)
    p.send(client, 'x')
    p.epollWait(ep)
    p.epollWait(ep)
    p.send(client, 'y')
    p.epollWait(ep)
    p.epollCtl(ep, EPOLL_CTL_MOD, server, EPOLLIN | EPOLLONESHOT, 9)
    p.epollWait(ep)
    p.epollWait(ep)
  }),
  scenario('59 ADD reports what is ready, MOD re-arms', p => {
    const { client, server } = pair(p)
    p.send(client, 'x')
    const ep = p.epoll()
    p.epollCtl(ep, EPOLL_CTL_ADD, server, EPOLLIN | EPOLLOUT | EPOLLET)
    p.epollWait(ep)
    p.epollWait(ep)
    p.epollCtl(ep, EPOLL_CTL_MOD, server, EPOLLIN | EPOLLET)
    p.epollWait(ep)
    p.epollWait(ep)
  }),
  scenario('59 HUP and ERR come unasked', p => {
    const { client, server } = pair(p)
    const ep = p.epoll()
    p.epollCtl(ep, EPOLL_CTL_ADD, server, 0, 1)
    p.shutdown(client, SHUT_WR)
    p.epollWait(ep)
    p.epollCtl(ep, EPOLL_CTL_MOD, server, EPOLLRDHUP, 2)
    p.epollWait(ep)
    resetOnClose(p, client)
    p.close(client)
    p.epollWait(ep)
    p.epollCtl(ep, EPOLL_CTL_MOD, server, 0, 3)
    p.epollWait(ep)
    const fresh = p.socket(AF_INET, TCP)
    p.epollCtl(ep, EPOLL_CTL_ADD, fresh, EPOLLERR | EPOLLHUP | EPOLLPRI, 4)
    p.epollWait(ep)
  }),
  scenario('60 wrong members', p => {
    const ep = p.epoll()
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM)
    p.epollCtl(ep, EPOLL_CTL_ADD, a, EPOLLIN)
    p.epollCtl(ep, EPOLL_CTL_ADD, a, EPOLLIN)
    p.epollCtl(ep, EPOLL_CTL_MOD, b, EPOLLIN)
    p.epollCtl(ep, EPOLL_CTL_DEL, b, 0)
    p.epollCtl(ep, EPOLL_CTL_DEL, a, 0)
    p.epollCtl(ep, EPOLL_CTL_DEL, a, 0)
    p.epollCtl(ep, EPOLL_CTL_ADD, ep, EPOLLIN)
    p.epollCtl(ep, 9, a, EPOLLIN)
    p.epollCtl(a, EPOLL_CTL_ADD, b, EPOLLIN)
    p.epollCtl(77, EPOLL_CTL_ADD, b, EPOLLIN)
    p.epollCtl(ep, EPOLL_CTL_ADD, 77, EPOLLIN)
    const file = p.call('open', 'f', O_CREAT | O_RDWR)
    p.epollCtl(ep, EPOLL_CTL_ADD, file, EPOLLIN)
    p.epollWait(ep, 0)
    p.epollWait(ep, -1)
    p.epollWait(a, 1)
    p.epollWait(77, 1)
    p.call('epoll_create', 1)
    p.epollCtl(ep, EPOLL_CTL_ADD, a, EPOLLIN | EPOLLEXCLUSIVE)
    p.epollCtl(ep, EPOLL_CTL_MOD, a, EPOLLIN)
    p.epollCtl(ep, EPOLL_CTL_ADD, b, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT)
  }),
  scenario('60 nesting and cycles', p => {
    const { client, server } = pair(p)
    const [inner, outer, third] = [p.epoll(), p.epoll(), p.epoll()]
    p.epollCtl(inner, EPOLL_CTL_ADD, server, EPOLLIN, 1)
    p.epollCtl(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 2)
    p.epollCtl(third, EPOLL_CTL_ADD, outer, EPOLLIN, 3)
    p.poll(inner, outer)
    p.send(client, 'x')
    p.poll(inner, outer, third)
    for (const each of [outer, third, inner]) p.epollWait(each)
    p.epollCtl(inner, EPOLL_CTL_ADD, outer, EPOLLIN)
    p.epollCtl(inner, EPOLL_CTL_ADD, third, EPOLLIN)
    p.recv(server)
    p.poll(inner, outer, third)
  }),
  scenario('60 the last reference takes the member along', p => {
    const { client, server } = pair(p)
    const ep = p.epoll()
    p.epollCtl(ep, EPOLL_CTL_ADD, server, EPOLLIN, 1)
    const copy = p.dup(server)
    p.send(client, 'x')
    p.close(server)
    p.epollWait(ep)
    p.epollCtl(ep, EPOLL_CTL_DEL, server, 0)
    p.epollCtl(ep, EPOLL_CTL_ADD, copy, EPOLLIN, 2)
    p.epollWait(ep)
    p.close(copy)
    p.epollWait(ep)
  }),
  scenario('60 many members, few asked for: all get their turn', p => {
    const ep = p.epoll()
    const members = [1, 2, 3, 4].map(() => datagram(p))
    for (const [index, each] of members.entries()) p.epollCtl(ep, EPOLL_CTL_ADD, each.fd, EPOLLIN, index)
    const from = p.socket(AF_INET, UDP)
    for (const each of members) p.sendto(from, 'x', inet('127.0.0.1', each.port))
    for (let i = 0; i < 3; i++) p.epollWait(ep, 2)
    p.recv(members[0].fd)
    p.recv(members[2].fd)
    p.epollWait(ep, 2)
    p.epollWait(ep, 2)
  }),
  scenario('60 listeners, pipes and eventfd', p => {
    const ep = p.epoll()
    const { fd, port } = listener(p)
    const [r, w] = p.pipe(SOCK_NONBLOCK)
    const event = p.eventfd(0, SOCK_NONBLOCK)
    p.epollCtl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 1)
    p.epollCtl(ep, EPOLL_CTL_ADD, r, EPOLLIN, 2)
    p.epollCtl(ep, EPOLL_CTL_ADD, w, EPOLLOUT | EPOLLET, 3)
    p.epollCtl(ep, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLOUT, 4)
    p.epollWait(ep)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.epollWait(ep)
    p.write(event, '\u0001\0\0\0\0\0\0\0')
    p.write(w, 'x')
    p.epollWait(ep)
    p.close(w)
    p.read(r, 10)
    p.epollWait(ep)
    p.read(event, 8)
    p.read(event, 8)
    p.write(event, 'short')
    p.epollWait(ep)
  }),
]
