import { drill } from '../../support/drill.ts'

const LISTEN = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0`

const AGREED = `${LISTEN}
  +0 < SEW 0:0(0) win 32792 <mss 1000>
  +0 > SE. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4`

drill('tcp_ecn 2 agrees when asked', { covers: 'RFC 3168 6.1.1' }, `\`sysctl -q net.ipv4.tcp_ecn=2\`${AGREED}
  +0 %{ assert (tcpi_options & TCPI_OPT_ECN) != 0 }%
`)

drill('tcp_ecn 0 does not', { covers: 'RFC 3168 6.1.1' }, `\`sysctl -q net.ipv4.tcp_ecn=0\`${LISTEN}
  +0 < SEW 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>
`)

drill('a mark is echoed until the peer says that its window came down', { covers: ['RFC 3168 6.1.3', 'RFC 9293 SHLD-8'] }, `\`sysctl -q net.ipv4.tcp_ecn=2\`${AGREED}
  +0 < [ce] P. 1:501(500) ack 1 win 32792
  +0 > E. 1:1(0) ack 501
  +.01 < [ect0] P. 501:1001(500) ack 1 win 32792
  +0 > E. 1:1(0) ack 1001
  +.01 < [ect0] PW. 1001:1501(500) ack 1 win 32792
  +0 > . 1:1(0) ack 1501
`)

drill('an echo halts growth and is answered with CWR on new data', { covers: ['RFC 3168 6.1.2', 'RFC 9293 SHLD-8'] }, `\`sysctl -q net.ipv4.tcp_ecn=2\`${AGREED}
  +0 write(4, ..., 1000) = 1000
  +0 > [ect0] P. 1:1001(1000) ack 1
  +.05 < E. 1:1(0) ack 1001 win 32792
  +0 %{ assert tcpi_snd_cwnd < 10; assert tcpi_ca_state == TCP_CA_CWR }%
  +0 write(4, ..., 1000) = 1000
  +0 > [ect0] PW. 1001:2001(1000) ack 1
`)

drill('what is sent again is not marked', { covers: 'RFC 3168 6.1.5' }, `\`sysctl -q net.ipv4.tcp_ecn=2\`${AGREED}
  +0 write(4, ..., 1000) = 1000
  +0 > [ect0] P. 1:1001(1000) ack 1
  +.3~+.35 > [noecn] P. 1:1001(1000) ack 1
`)
