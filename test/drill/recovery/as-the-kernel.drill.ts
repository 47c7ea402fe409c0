// Recorded from our stack and judged by Linux 6.18: where the two once differed.

import { drill } from '../../support/drill.ts'

const SERVER = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <...>
  +.014 < . 1:1(0) ack 1 win 2000
  +0 accept(3, ..., ...) = 4`

drill('blocks are taken lowest first: the order a peer writes them in is no sign of reordering', { covers: ['RFC 2018 4'] }, `${SERVER}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.02 < . 1:1(0) ack 2001 win 2000 <nop,nop,sack 5001:7001 3001:4001>
  +0 > . 2001:3001(1000) ack 1
  +0 %{ assert tcpi_reordering == 3 and tcpi_reord_seen == 0 }%
`)

drill('a probe that a time-out follows counts among what D-SACKs must account for', { covers: ['RFC 8985 7.3'] }, `${SERVER}
  +0 write(4, ..., 500) = 500
  +0 > P. 1:501(500) ack 1
  +.02 < . 1:1(0) ack 501 win 2000
  +.8 write(4, ..., 1000) = 1000
  +0 > P. 501:1501(1000) ack 1
  +.215 > P. 501:1501(1000) ack 1
  +.215 > P. 501:1501(1000) ack 1
  +.02 < . 1:1(0) ack 1501 win 2000 <nop,nop,sack 501:1501>
  +0 %{ assert tcpi_snd_ssthresh == 7 }%
  +0 %{ assert tcpi_snd_cwnd < 5 }%
`)

drill('the last data with its FIN waits for the congestion window as any other', { covers: ['RFC 5681 3.1e'] }, `${SERVER}
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.215 > P. 1:1001(1000) ack 1
  +.215 > P. 1:1001(1000) ack 1
  +0 write(4, ..., 1000) = 1000
  +0 shutdown(4, SHUT_WR) = 0
  +.05 quiet
  +0 < . 1:1(0) ack 1001 win 2000
  +0 > FP. 1001:2001(1000) ack 1
`)

drill('what the window leaves is sent at once when the next ACK is not near', { covers: ['RFC 9293 MUST-38'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 988,nop,nop,sackOK,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <...>
  +.05 < . 1:1(0) ack 1 win 60
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.026 write(4, ..., 10000) = 10000
  +0 > P. 4001:5977(1976) ack 1
  +0 > P. 5977:7681(1704) ack 1
`)

drill('a partial ACK of a retransmission is no sign of reordering', { covers: ['RFC 8985 6.2c'] }, `${SERVER}
  +0 write(4, ..., 8000) = 8000
  +0 > P. 1:8001(8000) ack 1
  +.02 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 1001:2001 3001:8001>
  +0 > . 1:1001(1000) ack 1
  +0 > . 2001:3001(1000) ack 1
  +.02 < . 1:1(0) ack 2001 win 2000 <nop,nop,sack 3001:8001>
  +0 %{ assert tcpi_reord_seen == 0 and tcpi_reordering == 3 }%
`)
