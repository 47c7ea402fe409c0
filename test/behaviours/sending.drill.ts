// Behaviours 13 to 17 and 19: what a sender does when nothing comes back, or too little window.

import { drill } from '../support/drill.ts'

drill('behaviour 13: retransmissions wait at least twice as long each time, from the RTO that TCP_INFO tells', { covers: ['RFC 6298 5.5', 'RFC 9293 3.8.1'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 %{ assert tcpi_rto == 300000, tcpi_rto }%
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.3 > P. 1:1001(1000) ack 1
  +.6 > P. 1:1001(1000) ack 1
  +1.2 > P. 1:1001(1000) ack 1
  +2.4 > P. 1:1001(1000) ack 1
  +4.8 > P. 1:1001(1000) ack 1
  +0 %{ assert tcpi_backoff == 5, tcpi_backoff }%
`)

drill('behaviour 14: a zero window with nothing to send draws no probe', { covers: 'RFC 9293 3.8.6.1' }, `
  established(80) mss 1000 win 0
  +60 quiet
`)

drill('behaviour 14: with data waiting a probe from SND.UNA-1, without data, at doubling intervals as long as it is acknowledged', { covers: ['RFC 9293 MUST-36', 'RFC 9293 MUST-37', 'RFC 9293 SHLD-29', 'RFC 9293 SHLD-30'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 0
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 1000) = 1000
  +.3 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +.6 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +1.2 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +2.4 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +.1 < . 1:1(0) ack 1 win 1000
  +0 > P. 1:1001(1000) ack 1
`)

drill("behaviour 15: the peer's probe, one octet before RCV.NXT, is answered by an ACK, always", { covers: ['RFC 9293 3.8.6.1', 'RFC 9293 3.10.7.4'] }, `
  established(80) mss 1000
  +1 < . 0:0(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +1 < . 0:0(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +1 < . 0:0(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
`)

drill('behaviour 15: with an octet of data too', { covers: ['RFC 9293 3.8.6.1', 'RFC 9293 3.10.7.4'] }, `
  established(80) mss 1000
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +.1 < . 100:101(1) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 < . 100:101(1) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 < . 100:101(1) ack 1 win 1000
  +0 > . 1:1(0) ack 101
`)

drill('behaviour 16: TCP_USER_TIMEOUT ends a connection whose data is not acknowledged: then RST, before it none', { covers: ['RFC 5482 3', 'RFC 9293 3.8.3'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [3000], 4) = 0
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.3 > P. 1:1001(1000) ack 1
  +.6 > P. 1:1001(1000) ack 1
  +1.2 > P. 1:1001(1000) ack 1
  +.8 < . 1:1(0) ack 1 win 1000
  +0 state = ESTABLISHED
  +.41 state = CLOSED // 3 s after the first retransmission
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
  +0 write(4, ..., 1) = -1 ETIMEDOUT
`)

drill('behaviour 16: and one whose window stays shut', { covers: ['RFC 5482 3', 'RFC 9293 3.8.3'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 0
  +0 accept(3, ..., ...) = 4
  +0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [3000], 4) = 0
  +0 write(4, ..., 1000) = 1000
  +.3 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +.6 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +1.2 > . 0:0(0) ack 1
  +0 < . 1:1(0) ack 1 win 0
  +.6 state = ESTABLISHED
  +.61 state = CLOSED
  +0 < . 1:1(0) ack 1 win 0
  +0 > R 1:1(0)
`)

drill('behaviour 17: a window shrunk below what is in flight: no new data, and probes', { covers: ['RFC 9293 MUST-34', 'RFC 9293 MUST-35', 'RFC 9293 SHLD-15'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 4000
  +0 accept(3, ..., ...) = 4
  +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +0 write(4, ..., 2000) = 2000
  +.01 < . 1:1(0) ack 2001 win 500
  +.1 < . 1:1(0) ack 4001 win 0
  +.02 quiet
  +.3~+.5 > . 4000:4000(0) ack 1
  +0 < . 1:1(0) ack 4001 win 0
  +.1 < . 1:1(0) ack 4001 win 4000
  +0 > P. 4001:6001(2000) ack 1
  +0 state = ESTABLISHED
`)

drill('behaviour 19: TCP_CORK: full segments go, the tail waits to be uncorked', { covers: 'RFC 9293 3.7.4' }, `
  established(80) mss 1000
  +0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0
  +0 write(4, ..., 2500) = 2500
  +0 > P. 1:2001(2000) ack 1 // a super-segment always pushes
  +.05 < . 1:1(0) ack 2001 win 32792
  +.05 quiet
  +0 setsockopt(4, SOL_TCP, TCP_CORK, [0], 4) = 0
  +0 > P. 2001:2501(500) ack 1
`)

drill('behaviour 19: or 200 ms', { covers: 'RFC 9293 3.7.4' }, `
  established(80) mss 1000
  +0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0
  +0 write(4, ..., 500) = 500
  +.19 quiet
  +.01 > P. 1:501(500) ack 1
`)

drill('behaviour 19: MSG_MORE: the tail waits for a send without it', { covers: 'RFC 9293 3.7.4' }, `
  established(80) mss 1000
  +0 send(4, ..., 500, MSG_MORE) = 500
  +.1 quiet
  +0 send(4, ..., 100, 0) = 100
  +0 > P. 1:601(600) ack 1
`)

drill('behaviour 19: or 200 ms; a full segment goes at once', { covers: 'RFC 9293 3.7.4' }, `
  established(80) mss 1000
  +0 send(4, ..., 1500, MSG_MORE) = 1500
  +0 > . 1:1001(1000) ack 1
  +.001 < . 1:1(0) ack 1001 win 32792
  +0 > . 1001:1501(500) ack 1 // an ACK is reason enough to send what is there, as in Linux
  +.001 < . 1:1(0) ack 1501 win 32792
  +0 send(4, ..., 500, MSG_MORE) = 500
  +.19 quiet
  +.01 > P. 1501:2001(500) ack 1
`)

drill('behaviour 24: a lost tail is probed after two round trips', { covers: ['RFC 8985 7.2', 'RFC 8985 7.3'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 2001 win 32792
  +.2 > P. 3001:4001(1000) ack 1
  +.1 < . 1:1(0) ack 4001 win 32792
  +0 %{ assert tcpi_ca_state == TCP_CA_Open; assert tcpi_retrans == 0 }%
`)

drill('behaviour 24: reordering of less than a quarter of a round trip causes no retransmission', { covers: ['RFC 8985 6.2', 'RFC 8985 3.3.1'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:3001>
  +.02 < . 1:1(0) ack 3001 win 32792
  +.02 < . 1:1(0) ack 4001 win 32792
  +1 quiet
  +0 %{ assert tcpi_retrans == 0; assert tcpi_total_retrans == 0 }%
`)
