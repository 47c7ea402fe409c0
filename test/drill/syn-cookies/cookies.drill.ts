import { drill } from '../../support/drill.ts'

const COVERS = 'RFC 4987 3.6'
const LISTEN = (mode: number): string => `
  \`sysctl -q net.ipv4.tcp_syncookies=${mode}\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 10) = 0`

drill('a cookie without timestamps knows the MSS and no other option', { covers: COVERS, families: ['ipv4', 'ipv6'] }, `${LISTEN(2)}
  +0 < S 0:0(0) win 32792 <mss 1460,sackOK,nop,nop,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 %{ assert tcpi_options == 0; assert 1440 <= tcpi_snd_mss <= 1460 }%
`)

drill('with timestamps SACK and window scaling come back in the echo', { covers: COVERS, families: ['ipv4', 'ipv6'] }, `${LISTEN(2)}
  +0 < S 0:0(0) win 32792 <mss 1300,sackOK,TS val 1 ecr 0,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1,nop,wscale 10>
  +.1 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 2 ecr 100>
  +0 accept(3, ..., ...) = 4
  +0 %{ assert tcpi_options == TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE; assert tcpi_snd_wscale == 7 }%
  +0 < P. 1:101(100) ack 1 win 257 <nop,nop,TS val 3 ecr 100>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 101 ecr 3>
`)

drill('a forged acknowledgement is answered with RST', { covers: [COVERS, 'RFC 9293 3.10.7.2'] }, `${LISTEN(2)}
  +0 < S 0:0(0) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 100001 win 32792
  +0 > R 100001:100001(0)
`)

drill('a cookie two minutes old is stale', { covers: COVERS }, `${LISTEN(2)}
  +0 < S 0:0(0) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +119 < . 1:1(0) ack 1 win 32792
  +0 > R 1:1(0)
`)

drill('the cookie is good again for whoever repeats the ACK', { covers: COVERS }, `${LISTEN(2)}
  +0 < S 0:0(0) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +30 < P. 1:501(500) ack 1 win 32792
  +0 > . 1:1(0) ack 501
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 1000) = 500
`)

drill('without timestamps nobody would remember ECN: it is refused', { covers: COVERS, families: ['ipv4', 'ipv6'] }, `${LISTEN(2)}
  +0 < SEW 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <mss 1460>
`)

drill('with timestamps ECN comes back in the echo: marks are told', { covers: [COVERS, 'RFC 3168 6.1.3'], families: ['ipv4', 'ipv6'] }, `${LISTEN(2)}
  +0 < SEW 0:0(0) win 32792 <mss 1300,sackOK,TS val 1 ecr 0,nop,wscale 7>
  +0 > SE. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1,nop,wscale 10>
  +.1 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 2 ecr 100>
  +0 accept(3, ..., ...) = 4
  +0 < [ce] . 1:1001(1000) ack 1 win 257 <nop,nop,TS val 3 ecr 100>
  +0 > [noecn] E. 1:1(0) ack 1001 <...>
  +0 write(4, ..., 100) = 100
  +0 > [ect0] PE. 1:101(100) ack 1001 <...>
`)

drill('a cookie goes before Fast Open: data of the SYN is not taken', { covers: [COVERS, 'RFC 7413 4.2'] }, `
  \`sysctl -q net.ipv4.tcp_syncookies=2
  sysctl -q net.ipv4.tcp_fastopen=0x202\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [10], 4) = 0
  +0 listen(3, 10) = 0
  +0 < S 0:100(100) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>
`)

drill('a backlog of nothing lets one handshake begin', { covers: 'RFC 9293 3.10.7.2' }, `
  \`sysctl -q net.ipv4.tcp_syncookies=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 0) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
`)
