// Closing (RFC 9293 3.6): told apart from aborting, TIME-WAIT, resets where data was lost.
import { drill } from '../../support/drill.ts'

drill('a normal close reads as end of file, without error', { covers: 'RFC 9293 MUST-12' }, `
  established(80)
  +0 < F. 1:1(0) ack 1 win 1000
  +0~+.2 > . 1:1(0) ack 2
  +0 read(4, ..., 10) = 0
  +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
`)

drill('an abort reads as ECONNRESET', { covers: 'RFC 9293 MUST-12' }, `
  established(80)
  +0 < R. 1:1(0) ack 1 win 1000
  +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0
  +0 read(4, ..., 10) = 0
`)

drill('a reset that carries data is a reset', { covers: 'RFC 9293 SHLD-2' }, `
  established(80)
  +0 < R. 1:21(20) ack 1 win 1000
  +0 state = CLOSED
  +0 read(4, ..., 100) = -1 ECONNRESET
`)

drill('who closes first lingers for two maximum segment lifetimes, a minute', { covers: 'RFC 9293 MUST-13' }, `
  established(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +59 < . 200001:200101(100) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +61 < F. 1:1(0) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('the FIN again begins the minute anew', { covers: 'RFC 9293 MUST-13' }, `
  time-wait(80)
  +40 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +40 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)

drill('who closes second does not linger', { covers: 'RFC 9293 MUST-13' }, `
  close-wait(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 2
  +.1 < . 2:2(0) ack 2 win 1000
  +0 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('close over unread data is a reset', { covers: 'RFC 9293 SHLD-3' }, `
  established(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 close(4) = 0
  +0 > R. 1:1(0) ack 101
`)

drill('data after close is answered by a reset: nobody reads it', { covers: ['RFC 9293 SHLD-3', 'RFC 9293 MAY-1'] }, `
  established(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +.1 < P. 1:101(100) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('after shutdown of both directions too', { covers: ['RFC 9293 SHLD-3', 'RFC 9293 MAY-1'] }, `
  established(80)
  +0 shutdown(4, SHUT_RDWR) = 0
  +0 > F. 1:1(0) ack 1
  +.1 < . 1:1(0) ack 2 win 1000
  +0 < P. 1:101(100) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('half closed, the other direction still carries data', { covers: 'RFC 9293 3.6' }, `
  established(80)
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 1:1(0) ack 1
  +.1 < P. 1:101(100) ack 2 win 1000
  +0~+.2 > . 2:2(0) ack 101
  +0 read(4, ..., 1000) = 100
`)

drill('a lingering port is used again for a new connection when timestamps tell them apart', { covers: ['RFC 9293 SHLD-4', 'RFC 7323 5.4'] }, `
  \`sysctl -q net.ipv4.tcp_tw_reuse=1; sysctl -q net.ipv4.ip_local_port_range="5000 5000"\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10>
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1000,nop,nop,TS val 1 ecr 100>
  +0 > . 1:1(0) ack 1 <nop,nop,TS val 200 ecr 1>
  +0 close(3) = 0
  +0 > F. 1:1(0) ack 1 <nop,nop,TS val 200 ecr 1>
  +.1 < F. 1:1(0) ack 2 win 32792 <nop,nop,TS val 2 ecr 200>
  +0 > . 2:2(0) ack 2 <nop,nop,TS val 300 ecr 2>
  +.5 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EADDRNOTAVAIL
  +2 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 65539:65539(0) <mss 1460,sackOK,TS val 3000 ecr 2,nop,wscale 10>
`)

drill('a SYN with a later timestamp opens a lingering connection anew, though its number is old', { covers: ['RFC 9293 SHLD-4', 'RFC 9293 MAY-2'] }, `
  time-wait(80) ts
  +1 < S 0:0(0) win 32792 <mss 1000,nop,nop,TS val 5000 ecr 0>
  +0 > S. 65539:65539(0) ack 1 <...>
`)
