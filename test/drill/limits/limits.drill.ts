import { drill } from '../../support/drill.ts'

drill('a D-SACK of the only retransmission, together with the ACK of all, takes the reduction back', { covers: ['RFC 3708 3', 'RFC 2883 4'] }, `
  established(80) mss 1000 sack
  +.1 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <sack 1001:2001,nop,nop>
  +0 < . 1:1(0) ack 1 win 32792 <sack 1001:3001,nop,nop>
  +0 < . 1:1(0) ack 1 win 32792 <sack 1001:4001,nop,nop>
  +0 > P. 1:1001(1000) ack 1
  +0 %{ assert tcpi_snd_cwnd == 7 }%
  +.1 < . 1:1(0) ack 10001 win 32792 <sack 1:1001,nop,nop>
  +0 %{ assert tcpi_snd_cwnd == 18 }% // 10 again, and 8 more delivered in slow start
`)

drill('an unreachable peer ends its half-open connection', { covers: ['RFC 9293 3.9.2.2', 'RFC 5927 4'] }, `
  syn-received(80)
  +.1 < icmp unreachable host_unreachable
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
`)
