// The peer's window: zero, shrunk, and probed (RFC 9293 3.8.6, 3.8.6.1), and ours, which never shrinks.
import { drill } from '../../support/drill.ts'

/** A round trip of 100 ms: RTO 300 ms. */
const OPEN = (win: number, more = ''): string => `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000${more}>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win ${win}
  +0 accept(3, ..., ...) = 4`

drill('a zero window is probed after one RTO, then at doubling intervals', {
  covers: ['RFC 9293 MUST-36', 'RFC 9293 SHLD-29', 'RFC 9293 SHLD-30'],
}, `${OPEN(0)}
  +0 write(4, ..., 1000) = 1000
  +.3 > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 0
  +.59 > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 0
  +1.19 > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 0
  +2.39 > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 4000
  +0 > P. 1:1001(1000) ack 1
`)

const ANSWERED = Array.from({ length: 30 }, () => `
  +120 > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 0`).join('')

drill('a peer that answers probes is kept for ever: an hour of zero window, then data', {
  covers: ['RFC 9293 MUST-37', 'RFC 9293 MAY-8'],
}, `${OPEN(0)}
  +0 write(4, ..., 1000) = 1000
  +.3 > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 0${[0.6, 1.2, 2.4, 4.8, 9.6, 19.2, 38.4, 76.8].map(wait => `
  +${(wait - 0.01).toFixed(2)} > . 0:0(0) ack 1
  +.01 < . 1:1(0) ack 1 win 0`).join('')}${ANSWERED}
  +0 state = ESTABLISHED
  +1 < . 1:1(0) ack 1 win 4000
  +0 > P. 1:1001(1000) ack 1
`)

drill('one that does not answer is given up in the end', { covers: ['RFC 9293 MUST-36', 'RFC 9293 MUST-20'] }, `
  \`sysctl -q net.ipv4.tcp_retries2=3\`${OPEN(0)}
  +0 write(4, ..., 1000) = 1000
  +.3 > . 0:0(0) ack 1
  +.6 > . 0:0(0) ack 1
  +1.2 > . 0:0(0) ack 1
  +2.5 state = CLOSED
`)

drill('a window shrunk below what was sent is survived: nothing new goes past its edge', {
  covers: ['RFC 9293 MUST-34', 'RFC 9293 SHLD-15'],
}, `${OPEN(6000)}
  +0 write(4, ..., 9000) = 9000
  +0 > . 1:6001(6000) ack 1
  +.05 < . 1:1(0) ack 1001 win 2000
  +.05 < . 1:1(0) ack 2001 win 1000
  +.05 < . 1:1(0) ack 6001 win 2000
  +0 > P. 6001:8001(2000) ack 1
  +.05 < . 1:1(0) ack 8001 win 2000
  +0 > P. 8001:9001(1000) ack 1
`)

drill('what lies before the shrunk edge is retransmitted as ever, and not timed out for', {
  covers: ['RFC 9293 SHLD-16', 'RFC 9293 SHLD-17'],
}, `${OPEN(4000)}
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 1001 win 1500
  +.3~+.4 > . 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 2001 win 500
  +0 > . 2001:2501(500) ack 1
  +0 state = ESTABLISHED
  +.1 < . 1:1(0) ack 4001 win 4000
  +5 quiet
  +0 state = ESTABLISHED
`)

drill('shrunk to zero under data in flight: the first segment probes, past the edge, and the connection lives while there are answers', {
  covers: ['RFC 9293 MUST-35', 'RFC 9293 MAY-7', 'RFC 9293 SHLD-17', 'RFC 9293 MUST-34'],
}, `
  \`sysctl -q net.ipv4.tcp_retries2=3\`${OPEN(4000)}
  +0 write(4, ..., 2000) = 2000
  +0 > P. 1:2001(2000) ack 1
  +.1 < . 1:1(0) ack 1001 win 0
  +.3~+.4 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 0
  +.3~+.8 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 0
  +.5~+1.6 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 0
  +1~+3.2 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 0
  +2~+6.4 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 0
  +4~+12 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 2001 win 4000
  +0 state = ESTABLISHED
`)

drill('a window opened by one octet is not used at once: no silly segment while more may come', { covers: 'RFC 9293 MUST-38' }, `${OPEN(4000)}
  +0 write(4, ..., 6000) = 6000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 4001 win 100
  +.02 quiet
  +.1 < . 1:1(0) ack 4001 win 200
  +.02 quiet
  +.1 < . 1:1(0) ack 4001 win 1000
  +0 > . 4001:5001(1000) ack 1
`)

drill('but after a while what it allows goes: the override', { covers: 'RFC 9293 MUST-38' }, `${OPEN(4000)}
  +0 write(4, ..., 6000) = 6000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 4001 win 100
  +.1~+.4 > P. 4001:4101(100) ack 1
`)

drill('a peer that never offers a full segment gets half its window at a time', { covers: 'RFC 9293 MUST-38' }, `${OPEN(600)}
  +0 write(4, ..., 1200) = 1200
  +0 > . 1:301(300) ack 1
  +0 > P. 301:601(300) ack 1
  +.1 < . 1:1(0) ack 601 win 600
  +0 > . 601:901(300) ack 1
  +0 > P. 901:1201(300) ack 1
`)

/** A receive buffer of a few segments. */
const SMALL = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [5000], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 win 4380 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 < P. 1:1001(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 1001 win 3380`

drill('our right edge never goes back, not even when the buffer is made smaller', { covers: 'RFC 9293 SHLD-14' }, `
  established(80)
  +0 < P. 1:1001(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 1001 win 63240
  +0 setsockopt(4, SOL_SOCKET, SO_RCVBUF, [2304], 4) = 0
  +0 < P. 1001:2001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 2001 win 62240
  +0 < P. 2001:3001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 3001 win 61240
`)

drill('small reads open no small window: it is announced by a segment at least', { covers: 'RFC 9293 MUST-39' }, `${SMALL}
  +0 < P. 1001:2001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 2001
  +0 < P. 2001:3001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 3001
  +0 < P. 3001:4001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 4001
  +0 < P. 4001:4381(380) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 4381 win 0
  +0 read(4, ..., 100) = 100
  +.1 quiet
  +0 read(4, ..., 100) = 100
  +.1 quiet
  +0 read(4, ..., 300) = 300
  +.1 quiet
  +0 read(4, ..., 500) = 500
  +0 > . 1:1(0) ack 4381 win 1000
`)
