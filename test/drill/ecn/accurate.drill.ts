import { drill } from '../../support/drill.ts'

const LISTEN = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0`

const SERVER = `\`sysctl -q net.ipv4.tcp_ecn=3\`${LISTEN}
  +0 < SEWA 0:0(0) win 32792 <mss 1000,nop,nop,sackOK>
  +0 > SW. 0:0(0) ack 1 <mss 1460,ECN e1b 1 ceb 0 e0b 1,nop,nop,nop,sackOK> // 010: the SYN came unmarked
  +.1 < A. 1:1(0) ack 1 win 32792 <ECN e1b 1 ceb 0 e0b 1,nop> // 100: the SYN-ACK came as ECT(0)
  +0 accept(3, ..., ...) = 4`

const CLIENT = `
  \`sysctl -q net.ipv4.tcp_ecn=3 net.ipv4.tcp_timestamps=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > SEWA 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 10>`

drill('the server answers with the SYN\'s codepoint, counters begin at 5 and count marked packets', { covers: ['RFC 9768 3.1.2', 'RFC 9768 3.2.2'] }, `${SERVER}
  +0 %{ assert (tcpi_options & TCPI_OPT_ECN) != 0 }%
  +0 write(4, ..., 1000) = 1000
  +0 > [ect0] PEA. 1:1001(1000) ack 1 // 5
  +.1 < [ce] PEA. 1:501(500) ack 1001 win 32792
  +0~+.05 > WA. 1001:1001(0) ack 501 <ECN e1b 1 ceb 500 e0b 1,nop> // 6, and 500 bytes
  +.1 < [ect0] PEA. 501:1001(500) ack 1001 win 32792
  +0 > WA. 1001:1001(0) ack 1001 <ECN e1b 1 ceb 500 e0b 501,nop> // a change is told at once
  +0 %{ assert tcpi_received_ce == 1; assert tcpi_received_ce_bytes == 500; assert tcpi_received_e0_bytes == 500 }%
  +0 %{ assert tcpi_received_e1_bytes == 0 and tcpi_accecn_opt_seen == 2 and tcpi_accecn_fail_mode == 0 }%
`)

drill('TCP_INFO tells how many of our bytes arrived by codepoint', { covers: 'RFC 9768 3.2.3' }, `${SERVER}
  +0 write(4, ..., 2000) = 2000
  +0 > [ect0] PEA. 1:2001(2000) ack 1
  +.1 < WA. 1:1(0) ack 2001 win 32792 <ECN e1b 1 ceb 1000 e0b 1001,nop>
  +0 %{ assert tcpi_delivered_ce == 1; assert tcpi_delivered_ce_bytes == 1000; assert tcpi_delivered_e0_bytes == 1000 }%
  +0 %{ assert tcpi_delivered_e1_bytes == 0 }%
`)

drill('each codepoint of the SYN has its answer', { covers: 'RFC 9768 3.1.2' }, `\`sysctl -q net.ipv4.tcp_ecn=5\`${LISTEN}
  +0 < [ce] SEWA 0:0(0) win 32792 <mss 1000>
  +0 > SWA. 0:0(0) ack 1 <mss 1460,ECN e1b 1 ceb 0 e0b 1,nop> // 110
`)

drill('the peer counts marks: the window comes down once a round trip', { covers: ['RFC 9768 3.2.2.5', 'RFC 9768 3.3'] }, `${SERVER}
  +0 write(4, ..., 10000) = 10000
  +0 > [ect0] PEA. 1:10001(10000) ack 1
  +.1 < EA. 1:1(0) ack 2001 win 32792 // 5: none marked
  +0 %{ assert tcpi_delivered_ce == 0 }%
  +0 < WA. 1:1(0) ack 4001 win 32792 // 6
  +0 %{ assert tcpi_delivered_ce == 1 }%
  +0 %{ assert tcpi_ca_state == TCP_CA_CWR }%
  +0 < EWA. 1:1(0) ack 6001 win 32792 // 7
  +0 < . 1:1(0) ack 8001 win 32792 // 8, that is 0
  +0 %{ assert tcpi_delivered_ce == 3 }%
`)

drill('a client asks with all three flags and acknowledges the SYN-ACK by its codepoint', { covers: 'RFC 9768 3.1.2' }, `${CLIENT}
  +.1 < [ect1] SW. 0:0(0) ack 1 win 32792 <mss 1000,ECN e1b 1 ceb 0 e0b 1,nop>
  +0 > EW. 1:1(0) ack 1 <ECN e1b 1 ceb 0 e0b 1,nop> // 011: ECT(1)
  +0 write(3, ..., 500) = 500
  +0 > [ect0] PEA. 1:501(500) ack 1
`)

drill('a server of RFC 3168 gets RFC 3168', { covers: 'RFC 9768 3.1.2' }, `${CLIENT}
  +.1 < SE. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 write(3, ..., 500) = 500
  +0 > [ect0] P. 1:501(500) ack 1
  +.1 < E. 1:1(0) ack 501 win 32792
  +0 write(3, ..., 500) = 500
  +0 > PW. 501:1001(500) ack 1
`)

drill('a server that knows neither gets neither, nor does one that returns the flags', { covers: 'RFC 9768 3.1.2' }, `${CLIENT}
  +.1 < SEWA. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 write(3, ..., 500) = 500
  +0 > [noecn] P. 1:501(500) ack 1
`)

drill('a SYN without answer asks no more', { covers: 'RFC 9768 3.1.4.1' }, `${CLIENT}
  +1 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 10>
`)

drill('a SYN-ACK without answer says nothing of ECN', { covers: 'RFC 9768 3.1.4.2' }, `\`sysctl -q net.ipv4.tcp_ecn=3\`${LISTEN}
  +0 < SEWA 0:0(0) win 32792 <mss 1000>
  +0 > SW. 0:0(0) ack 1 <mss 1460,ECN e1b 1 ceb 0 e0b 1,nop>
  +1 > SW. 0:0(0) ack 1 <...>
  +2 > S. 0:0(0) ack 1 <mss 1460>
`)

drill('a path that clears the flags ends the marking of ours', { covers: 'RFC 9768 3.2.2.1' }, `\`sysctl -q net.ipv4.tcp_ecn=3\`${LISTEN}
  +0 < SEWA 0:0(0) win 32792 <mss 1000>
  +0 > SW. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 1000) = 1000
  +0 > [noecn] PEA. 1:1001(1000) ack 1
`)

drill('tcp_ecn 1 and 2 answer a SYN that asks for AccECN as RFC 3168 has it', { covers: 'RFC 9768 3.1.3' }, `\`sysctl -q net.ipv4.tcp_ecn=2\`${LISTEN}
  +0 < SEWA 0:0(0) win 32792 <mss 1000>
  +0 > SE. 0:0(0) ack 1 <mss 1460>
`)
