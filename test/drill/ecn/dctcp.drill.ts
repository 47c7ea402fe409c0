import { drill } from '../../support/drill.ts'

drill('DCTCP: a mark while an ACK waits acknowledges first what came unmarked', { covers: 'RFC 8257 3.2' }, `
  \`sysctl -q net.ipv4.tcp_congestion_control=dctcp\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < SEW 0:0(0) win 32792 <mss 1000>
  +0 > SE. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0
  +0 < [ect0] P. 1:101(100) ack 1 win 32792
  +.01 < [ce] P. 101:201(100) ack 1 win 32792
  +0 > . 1:1(0) ack 101
  +0 > E. 1:1(0) ack 201
`)
