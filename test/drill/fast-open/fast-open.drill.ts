import { drill } from '../../support/drill.ts'

const LISTEN = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [1], 4) = 0`

const WARM = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(3, ..., 0, MSG_FASTOPEN, ..., ...) = -1 EINPROGRESS (Operation now in progress)
  +0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10,FO,nop,nop>
  +.01 < S. 0:0(0) ack 1 win 5840 <mss 1000,FO abcd1234,nop,nop>
  +0 > . 1:1(0) ack 1`

drill('who asks for a cookie is otherwise served as ever', { covers: 'RFC 7413 4.1.2' }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x3\`${LISTEN}
  +0 < S 0:100(100) win 32792 <mss 1460,FO,nop,nop>
  +0 > S. 0:0(0) ack 1 <...>
`)

drill('without asking for cookies the data of a SYN is readable before the handshake is done', { covers: 'RFC 7413 4.2' }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x203\`${LISTEN}
  +0 < S 0:100(100) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 101 <mss 1460>
  +.1 accept(3, ..., ...) = 4
  +0 %{ assert tcpi_state == TCP_SYN_RECV; assert (tcpi_options & TCPI_OPT_SYN_DATA) != 0 }%
  +0 read(4, ..., 1000) = 100
  +0 write(4, ..., 50) = 50
  +0 > P. 1:51(50) ack 101
  +.1 < . 101:101(0) ack 51 win 32792
  +0 %{ assert tcpi_state == TCP_ESTABLISHED }%
`)

drill('the SYN-ACK of such a connection is repeated, its data is not', { covers: ['RFC 7413 4.2', 'RFC 7413 4.2a', 'RFC 6298 5.4'] }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x203\`${LISTEN}
  +0 < S 0:100(100) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 101 <mss 1460>
  +.1 accept(3, ..., ...) = 4
  +0 write(4, ..., 50) = 50
  +0 > P. 1:51(50) ack 101
  +.9 > S. 0:0(0) ack 101 <mss 1460>
  +2 > S. 0:0(0) ack 101 <mss 1460>
`)

drill('a full queue takes no more data in SYNs', { covers: ['RFC 7413 5.1', 'RFC 7413 4.2c'] }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x203\`${LISTEN}
  +0 < S 0:100(100) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 101 <mss 1460>
  +.1 < S 0:100(100) win 32792 <mss 1460>
  +0 > S. 0:0(0) ack 101 <mss 1460>
`)

drill('a cookie once given carries data in the next SYN', { covers: ['RFC 7413 4.2.1', 'RFC 7413 4.1.3'] }, `${WARM}
  +.1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(4, ..., 500, MSG_FASTOPEN, ..., ...) = 500
  +0 > S 0:500(500) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10,FO abcd1234,nop,nop>
  +.01 < S. 0:0(0) ack 501 win 5840 <mss 1000>
  +0 > . 501:501(0) ack 1
  +0 %{ assert (tcpi_options & TCPI_OPT_SYN_DATA) != 0; assert tcpi_unacked == 0 }%
`)

drill('data that only the SYN of was acknowledged is sent again at once', { covers: 'RFC 7413 4.2.2' }, `${WARM}
  +.1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(4, ..., 500, MSG_FASTOPEN, ..., ...) = 500
  +0 > S 0:500(500) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10,FO abcd1234,nop,nop>
  +.01 < S. 0:0(0) ack 1 win 5840 <mss 1000>
  +0 > P. 1:501(500) ack 1
`)

drill('a repeated SYN carries neither cookie nor data', { covers: ['RFC 7413 4.1.3.1', 'RFC 7413 4.1.3.1a'] }, `${WARM}
  +.1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(4, ..., 500, MSG_FASTOPEN, ..., ...) = 500
  +0 > S 0:500(500) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10,FO abcd1234,nop,nop>
  +1 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10>
`)

const KEYED = `
  \`sysctl -q net.ipv4.tcp_fastopen=0x3 net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4\`${LISTEN}`

drill('the cookie given hangs on the client\'s address and the key, and opens', { covers: ['RFC 7413 4.1.2', 'RFC 7413 4.2', 'RFC 7413 4.2a'] }, `${KEYED}
  +0 < S 0:0(0) win 32792 <mss 1460,FO,nop,nop>
  +0 > S. 0:0(0) ack 1 <mss 1460,FO 3021b9d889017eeb,nop,nop>
  +.1 < R 1:1(0) win 0
  +0 < S 0:100(100) win 32792 <mss 1460,FO 3021b9d889017eeb,nop,nop>
  +0 > S. 25000:25000(0) ack 101 <mss 1460>
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 1000) = 100
`)

drill('a cookie that does not fit opens nothing, and a good one comes back', { covers: 'RFC 7413 4.1.2a' }, `${KEYED}
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 < S 0:100(100) win 32792 <mss 1460,FO 1111111111111111,nop,nop>
  +0 > S. 0:0(0) ack 1 <mss 1460,FO 3021b9d889017eeb,nop,nop>
  +0 accept(3, ..., ...) = -1 EAGAIN
`)

drill('a cookie of the key before is still good, and replaced', { covers: 'RFC 7413 4.1.2b' }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x3 net.ipv4.tcp_fastopen_key=00000001-00000002-00000003-00000004,a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4\`${LISTEN}
  +0 < S 0:100(100) win 32792 <mss 1460,FO 3021b9d889017eeb,nop,nop>
  +0 > S. 0:0(0) ack 101 <...>
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 1000) = 100
`)

for (const [cookie, what] of [['aabb', 'two octets'], ['aabbccddee', 'five']] as const) {
  drill(`a cookie of ${what} is none`, { covers: 'RFC 7413 4.1.1' }, `${KEYED}
  +0 < S 0:100(100) win 32792 <mss 1460,FO ${cookie}${cookie.length === 4 ? '' : ',nop'}>
  +0 > S. 0:0(0) ack 1 <mss 1460>
`)
}

drill('a listener that did not ask for Fast Open takes no data and gives no cookie', { covers: 'RFC 7413 4.2b' }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x3\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:100(100) win 32792 <mss 1460,FO,nop,nop>
  +0 > S. 0:0(0) ack 1 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 read(4, ..., 1000) = -1 EAGAIN
`)

drill('the MSS kept with the cookie bounds the data of the next SYN', { covers: 'RFC 7413 4.1.3a' }, `${WARM}
  +.1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(4, ..., 3000, MSG_FASTOPEN, ..., ...) = 960
  +0 > S 0:960(960) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10,FO abcd1234,nop,nop>
`)

drill('a SYN repeated too soon draws no second SYN-ACK', { covers: 'RFC 7413 4.2.2' }, `
  \`sysctl -q net.ipv4.tcp_fastopen=0x202\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [10], 4) = 0
  +0 listen(3, 10) = 0
  +0 < S 0:100(100) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 101 <mss 1460>
  +.01 < S 0:100(100) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 101 <mss 1460>
  +.01 < S 0:100(100) win 32792 <mss 1000>
  +.01 < S 0:100(100) win 32792 <mss 1000>
  +.01 < . 101:101(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 1000) = 100
  +.1 write(4, ..., 10) = 10
  +0 > P. 1:11(10) ack 101
`)
