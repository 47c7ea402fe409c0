import { expect, test } from 'vitest'
import { constant } from './constants.ts'
import { NotApplicable } from './refusal.ts'
import { callBuilder } from './syscall/table.ts'

test.each([
  ['CAP_NET_ADMIN', 12], ['CAP_BLOCK_SUSPEND', 36], ['CAP_PERMITTED', 1], ['_TCP_NLA_SRTT', 22], ['_TCP_CA_Loss', 4], ['F_SETLKW', 7],
  ['F_NOTIFY', 1026], ['POLLREMOVE', 0x1000], ['SO_PEERSEC', 31], ['EWOULDBLOCK', 11], ['O_NONBLOCK', 0x800],
])('%s is what Linux says', (name, value) => {
  expect(constant(name)).toBe(value)
})

test('a name nobody knows is no number', () => {
  expect(constant('CAP_TO_FLY')).toBeUndefined()
})

test.each([
  'socket', 'bind', 'listen', 'accept', 'connect', 'read', 'readv', 'recv', 'recvfrom', 'recvmsg', 'write', 'writev', 'send', 'sendto',
  'sendmsg', 'fcntl', 'ioctl', 'close', 'shutdown', 'getsockopt', 'setsockopt', 'poll', 'open', 'sendfile', 'epoll_create', 'epoll_ctl',
  'epoll_wait', 'pipe', 'splice',
])('%s() of the original tool can be played', name => {
  expect(callBuilder(name)).toBeTypeOf('function')
})

test.each(['cap_set', 'psp_rx_assoc', 'psp_tx_assoc'])('%s() is refused by name', name => {
  expect(() => callBuilder(name)).toThrow(NotApplicable)
  expect(() => callBuilder(name)).toThrow(name)
})
