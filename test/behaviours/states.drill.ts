// Behaviours 6 to 12: ways through the states that are easily wrong.

import { drill } from '../support/drill.ts'

drill('behaviour 6: RST in SYN-RECEIVED goes back to LISTEN and tells nobody; a later ACK draws RST', { covers: ['RFC 9293 3.10.7.4', 'RFC 9293 MUST-11'] }, `
  syn-received(80) mss 1000
  +0 < R 1:1(0) win 0
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 accept(3, ..., ...) = -1 EAGAIN
  +0 poll([{fd=3, events=POLLIN|POLLERR, revents=0}], 1, 0) = 0
  +2 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
  +0 < S 100:100(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 101 <...>
`)

drill('behaviour 7: an acceptable RST in SYN-SENT fails connect with ECONNREFUSED, state CLOSE', { covers: 'RFC 9293 3.10.7.3' }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0...0.1 connect(3, ..., ...) = -1 ECONNREFUSED
  +0 > S 0:0(0) <...>
  +.1 < R. 0:0(0) ack 1 win 0
  +0 %{ assert tcpi_state == TCP_CLOSE }%
`)

drill('behaviour 8: two SYNs cross: SYN-ACK, and a RST then closes', { covers: ['RFC 9293 MUST-10', 'RFC 9293 3.10.7.3'] }, `
  syn-sent(80)
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 state = SYN-RECEIVED
  +0 < R 1:1(0) win 0
  +0 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0
`)

drill('behaviour 8: two SYNs cross, both acknowledged: established', { covers: 'RFC 9293 MUST-10' }, `
  syn-sent(80)
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0~+.2 > . 1:1(0) ack 1
  +0 state = ESTABLISHED
  +0 write(3, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
`)

drill('behaviour 9: RST in the window ends TIME-WAIT while tcp_rfc1337 is 0; a later ACK draws RST', { covers: 'RFC 9293 3.10.7.4' }, `
  time-wait(80)
  +0 < R 2:2(0) win 0
  +.1 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('behaviour 9: with tcp_rfc1337 it stays', { covers: 'RFC 1337 3' }, `
  \`sysctl -q net.ipv4.tcp_rfc1337=1\`
  time-wait(80)
  +0 < R 2:2(0) win 0
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)

drill('behaviour 10: FIN-WAIT-2 after close() lives tcp_fin_timeout, then an ACK draws RST', { covers: 'RFC 9293 3.6' }, `
  \`sysctl -q net.ipv4.tcp_fin_timeout=5\`
  established(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +0 < . 1:1(0) ack 2 win 1000
  +4.9 < . 1:1(0) ack 2 win 1000
  +.05 quiet
  +.1 < . 1:1(0) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('behaviour 10: TCP_LINGER2 says how long', { covers: 'RFC 9293 3.6' }, `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_LINGER2, [2], 4) = 0
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +0 < . 1:1(0) ack 2 win 1000
  +1.9 < . 1:1(0) ack 2 win 1000
  +.05 quiet
  +.1 < . 1:1(0) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('behaviour 11: a blocking send in SYN-SENT waits, and goes out after the handshake', { covers: 'RFC 9293 3.10.2' }, `
  syn-sent(80)
  +0 fcntl(3, F_SETFL, O_RDWR) = 0
  +0...0.1 write(3, ..., 100) = 100
  +.1 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 > P. 1:101(100) ack 1
`)

drill('behaviour 11: a non-blocking one gives EAGAIN', { covers: 'RFC 9293 3.10.2' }, `
  syn-sent(80)
  +0 write(3, ..., 100) = -1 EAGAIN
  +.1 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +.1 quiet
`)

drill('behaviour 11: if the handshake fails, the call fails with its error', { covers: 'RFC 9293 3.10.2' }, `
  syn-sent(80)
  +0 fcntl(3, F_SETFL, O_RDWR) = 0
  +0...0.1 write(3, ..., 100) = -1 ECONNREFUSED
  +.1 < R. 0:0(0) ack 1 win 0
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
`)

drill('behaviour 12: an unacknowledged FIN is repeated in FIN-WAIT-1, each wait twice the last', { covers: ['RFC 9293 3.8.1', 'RFC 6298 5.5'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +.3 > F. 1:1(0) ack 1
  +.6 > F. 1:1(0) ack 1
  +1.2 > F. 1:1(0) ack 1
  +2.4 > F. 1:1(0) ack 1
`)

drill('behaviour 12: and in CLOSING', { covers: ['RFC 9293 3.8.1', 'RFC 6298 5.5'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 1:1(0) ack 1
  +.05 < F. 1:1(0) ack 1 win 1000
  +0 > . 2:2(0) ack 2
  +.25 > F. 1:1(0) ack 2
  +.6 > F. 1:1(0) ack 2
  +1.2 > F. 1:1(0) ack 2
  +0 state = CLOSING
`)
