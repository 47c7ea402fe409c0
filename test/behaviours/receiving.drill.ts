// Behaviours 18, 21 and 22: full buffers, old segments, full queues.

import { drill } from '../support/drill.ts'

drill('behaviour 21: a segment with an older timestamp is dropped and acknowledged with the current echo, a newer one accepted', { covers: ['RFC 7323 5.3', 'RFC 7323 4.3'] }, `
  established(80) mss 1000 ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +.1 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 900 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 read(4, ..., 1000) = 100
  +0 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 1001 ecr 0>
  +0~+.2 > . 1:1(0) ack 201 <nop,nop,TS val 100 ecr 1001>
  +0 read(4, ..., 1000) = 100
`)

/** A listener whose queues hold one: two connections complete and are not accepted. */
const FULL = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0`

for (const [flags, what] of [['.', 'a plain ACK'], ['P.', 'data'], ['F.', 'a FIN']] as const) {
  const isData = flags === 'P.'
  drill(`behaviour 22: with tcp_syncookies=2 a cookie comes back by ${what}`, { covers: 'RFC 4987 3.6' }, `
  \`sysctl -q net.ipv4.tcp_syncookies=2\`${FULL}
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 < ${flags} 1:${isData ? '101(100)' : '1(0)'} ack 1 win 1000
  ${flags === '.' ? '' : `+0~+.2 > . 1:1(0) ack ${isData ? 101 : 2}`}
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 1000) = ${isData ? 100 : 0}
`.replace('read(4, ..., 1000) = 0', flags === 'F.' ? 'read(4, ..., 1000) = 0' : 'fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0'))
}

for (const [flags, what] of [['S.', 'SYN+ACK'], ['R.', 'RST']] as const) {
  drill(`behaviour 22: not by ${what}`, { covers: 'RFC 4987 3.6' }, `
  \`sysctl -q net.ipv4.tcp_syncookies=2\`${FULL}
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 < ${flags} 1:1(0) ack 1 win 1000
  ${flags === 'S.' ? '+0 > R 1:1(0)' : '+.1 quiet'}
  +0 accept(3, ..., ...) = -1 EAGAIN
`)
}

drill('behaviour 18: a full buffer closes the window, keeps what was inside and drops what is not; reading re-opens it by a segment at least', { covers: ['RFC 9293 MUST-39', 'RFC 9293 SHLD-14', 'RFC 9293 3.8.6.2.2'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [5000], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 win 4380 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 < P. 1:1001(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 1001 win 3380
  +0 < P. 1001:2001(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 2001 win 2380
  +0 < P. 2001:3001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 3001 win 1380
  +0 < P. 3001:4001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 4001 win 380
  +0 < P. 4001:4381(380) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 4381 win 0
  +.7 < P. 4381:5381(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 4381 win 0
  +0 read(4, ..., 500) = 500
  +.1 read(4, ..., 500) = 500
  +0 > . 1:1(0) ack 4381 win 1000
  +0 < P. 4381:5381(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 5381 win 0
  +0 read(4, ..., 9000) = 4380
`)
