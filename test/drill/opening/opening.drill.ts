// Opening (RFC 9293 3.5, 3.7.1, 3.10.7.2, 3.10.7.3): both sides at once, MSS, TIME-WAIT taken over.
import { drill } from '../../support/drill.ts'

drill('without an MSS option segments carry 536 octets, or 1220 over IPv6', { covers: ['RFC 9293 MUST-15', 'RFC 9293 MUST-14'], families: ['ipv4'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 mss = 536
  +0 write(4, ..., 600) = 600
  +0 > . 1:537(536) ack 1
  +0 > P. 537:601(64) ack 1
`)

drill('over IPv6 1220', { covers: 'RFC 9293 MUST-15', families: ['ipv6'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 mss = 1220
`)

drill('and so when we open', { covers: 'RFC 9293 MUST-15' }, `
  syn-sent(80)
  +.1 < S. 0:0(0) ack 1 win 32792
  +0 > . 1:1(0) ack 1
  +0 mss = 536
`)

drill('a segment never exceeds the peer\'s MSS less the options it carries', { covers: ['RFC 9293 MUST-16', 'RFC 7323 A'] }, `
  established(80) mss 1000 ts
  +0 write(4, ..., 2000) = 2000
  +0 > . 1:989(988) ack 1 <nop,nop,TS val 100 ecr 2>
  +0 > . 989:1977(988) ack 1 <nop,nop,TS val 100 ecr 2>
  +0 > P. 1977:2001(24) ack 1 <nop,nop,TS val 100 ecr 2>
`)

drill('nor what the link carries, however large the peer\'s MSS', { covers: 'RFC 9293 MUST-16' }, `
  established(80) mss 9000 win 65535
  +0 mss = 1460
  +0 write(4, ..., 2920) = 2920
  +0 > . 1:1461(1460) ack 1
  +0 > P. 1461:2921(1460) ack 1
`)

drill('the SYN of both sides crossed: one connection', { covers: 'RFC 9293 MUST-10' }, `
  syn-sent(80)
  +.1 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 state = SYN-RECEIVED
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1000>
  +0~+.01 > . 1:1(0) ack 1
  +0 state = ESTABLISHED
  +0 write(3, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
  +0 < P. 1:101(100) ack 101 win 32792
  +0~+.2 > . 101:101(0) ack 101
`)

drill('a reset in SYN-RECEIVED: of a passive opening the listener lives on and nobody is told', { covers: 'RFC 9293 MUST-11' }, `
  syn-received(80)
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 < R 1:1(0) win 0
  +0 accept(3, ..., ...) = -1 EAGAIN
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
`)

drill('of an active one the application is told, as on Linux by ECONNRESET', { covers: ['RFC 9293 MUST-11', 'RFC 9293 MUST-12'] }, `
  syn-sent(80)
  +.1 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 < R 1:1(0) win 0
  +0 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0
`)

drill('TIME-WAIT gives way to a SYN with a higher number', { covers: 'RFC 9293 MAY-2' }, `
  time-wait(80)
  +1 < S 100000:100000(0) win 32792 <mss 1000>
  +0 > S. 131074:131074(0) ack 100001 <mss 1460>
`)

drill('not to one with a lower', { covers: 'RFC 9293 MAY-2' }, `
  time-wait(80)
  +1 < S 0:0(0) win 32792 <mss 1000>
  +0 > . 2:2(0) ack 2
`)
