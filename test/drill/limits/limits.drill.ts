import { drill } from '../../support/drill.ts'

drill('a D-SACK of the only retransmission, together with the ACK of all, takes the reduction back', { covers: ['RFC 3708 3', 'RFC 2883 4'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 257
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 257 <sack 1001:2001,nop,nop>
  +0 < . 1:1(0) ack 1 win 257 <sack 1001:3001,nop,nop>
  +0 < . 1:1(0) ack 1 win 257 <sack 1001:4001,nop,nop>
  +0 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_snd_cwnd == 7 }%
  +.1 < . 1:1(0) ack 10001 win 257 <sack 1:1001,nop,nop>
  +0 %{ assert tcpi_snd_cwnd == 18 }% // 10 again, and 8 more delivered in slow start
`)

drill('an unreachable peer ends its half-open connection', { covers: ['RFC 9293 3.9.2.2', 'RFC 5927 4'] }, `
  syn-received(80)
  +.1 < icmp unreachable host_unreachable
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
`)

drill('beyond tcp_max_orphans a closed connection is reset at once', { covers: 'RFC 9293 3.10.4' }, `
  \`sysctl -q net.ipv4.tcp_max_orphans=0\`
  established(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +0 > R. 2:2(0) ack 1
  +0 < . 1:1(0) ack 2 win 1000
  +0 > R 2:2(0)
`)
