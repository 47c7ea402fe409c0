import { drill } from '../../support/drill.ts'

// The first ten segments go at once; after them each super-segment takes its length at the pacing rate, half of it spent
// while the queue was idle (Linux: sch_fq with departure times).
drill('a device whose queue is fq spreads a window over the round trip', {}, `
  \`tc qdisc replace dev tun0 root fq
  sysctl -q net.ipv4.tcp_min_tso_segs=2\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 257
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 20000) = 20000
  +0 > P. 1:2001(2000) ack 1
  +0 > P. 2001:4001(2000) ack 1
  +0 > P. 4001:6001(2000) ack 1
  +0 > P. 6001:8001(2000) ack 1
  +0 > P. 8001:10001(2000) ack 1
  +.1 < . 1:1(0) ack 4001 win 257
  +0 > P. 10001:12001(2000) ack 1
  +.0036 > P. 12001:14001(2000) ack 1
  +.007 > P. 14001:16001(2000) ack 1
  +.007 > P. 16001:18001(2000) ack 1
`)

drill('a sleep of a command takes its time', {}, `
  established(80)
  +0 \`sleep 1.5\`
  +0 < . 1:1001(1000) ack 1 win 1000
  1.5 > . 1:1(0) ack 1001
`)
