// The urgent mechanism (RFC 9293 3.8.5), as Linux reads it: the octet before the pointer is out of band.
import { drill } from '../../support/drill.ts'

drill('an urgent pointer is known before its octet has come, and told with it: POLLPRI', { covers: ['RFC 9293 MUST-30', 'RFC 9293 MUST-32'] }, `
  established(80)
  +0 poll([{fd=4, events=POLLPRI, revents=0}], 1, 0) = 0
  +0 recv(4, ..., 1, MSG_OOB) = -1 EINVAL
  +0 < U. 1:11(10) ack 1 win 1000 urg 50
  +0~+.2 > . 1:1(0) ack 11
  +0 recv(4, ..., 1, MSG_OOB) = -1 EAGAIN
  +0 < . 11:51(40) ack 1 win 1000
  +0~+.2 > . 1:1(0) ack 51
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1
  +0 recv(4, ..., 1, MSG_OOB) = 1
`)

drill('a pointer that moves on is told again', { covers: 'RFC 9293 MUST-32' }, `
  established(80)
  +0 < U. 1:11(10) ack 1 win 1000 urg 10
  +0 > . 1:1(0) ack 11
  +0 recv(4, ..., 1, MSG_OOB) = 1
  +0 poll([{fd=4, events=POLLPRI, revents=0}], 1, 0) = 0
  +0 < U. 11:21(10) ack 1 win 1000 urg 10
  +0~+.2 > . 1:1(0) ack 21
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1
  +0 recv(4, ..., 1, MSG_OOB) = 1
`)

drill('the pointer names the octet after the urgent one: a read ends before that octet', { covers: ['RFC 9293 MUST-62', 'RFC 9293 MUST-33'] }, `
  established(80)
  +0 < U. 1:21(20) ack 1 win 1000 urg 11
  +0 > . 1:1(0) ack 21
  +0 ioctl(4, SIOCINQ, [10]) = 0
  +0 recv(4, ..., 100, 0) = 10
  +0 recv(4, ..., 1, MSG_OOB) = 1
  +0 recv(4, ..., 100, 0) = 9
`)

drill('with tcp_stdurg it names the urgent octet itself', { covers: 'RFC 9293 MUST-62' }, `
  \`sysctl -q net.ipv4.tcp_stdurg=1\`
  established(80)
  +0 < U. 1:21(20) ack 1 win 1000 urg 11
  +0 > . 1:1(0) ack 21
  +0 recv(4, ..., 100, 0) = 11
`)

drill('ours names the octet after it too', { covers: ['RFC 9293 MUST-62', 'RFC 9293 MUST-30'] }, `
  established(80)
  +0 send(4, ..., 10, MSG_OOB) = 10
  +0 > PU. 1:11(10) ack 1 urg 10
`)

drill('urgent data of any length: what one pointer cannot reach, later segments do', { covers: 'RFC 9293 MUST-31' }, `
  established(80) mss 1000 win 65535
  +0 send(4, ..., 5000, MSG_OOB) = 5000
  +0 > U. 1:1001(1000) ack 1 urg 5000
  +0 > U. 1001:2001(1000) ack 1 urg 4000
  +0 > U. 2001:3001(1000) ack 1 urg 3000
  +0 > U. 3001:4001(1000) ack 1 urg 2000
  +0 > PU. 4001:5001(1000) ack 1 urg 1000
  +.1 < . 1:1(0) ack 5001 win 65535
  +0 write(4, ..., 100) = 100
  +0 > P. 5001:5101(100) ack 1
`)

drill('of any length received: the mark is where the pointer says, 60,000 octets on', { covers: 'RFC 9293 MUST-31' }, `
  established(80)
  +0 < U. 1:1001(1000) ack 1 win 1000 urg 60000
  +0~+.2 > . 1:1(0) ack 1001
  +0 read(4, ..., 2000) = 1000
  +0 recv(4, ..., 1, MSG_OOB) = -1 EAGAIN
`)

drill('SO_OOBINLINE leaves it in the stream; the mark still ends a read', { covers: ['RFC 9293 MUST-33', 'RFC 9293 MUST-30'] }, `
  established(80)
  +0 setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0
  +0 < U. 1:21(20) ack 1 win 1000 urg 11
  +0 > . 1:1(0) ack 21
  +0 recv(4, ..., 100, 0) = 10
  +0 recv(4, ..., 100, 0) = 10
`)

/** Our window is shut: 4 holds a full buffer. */
const SHUT = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [5000], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 < P. 1:1001(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 1001
  +0 < P. 1001:2001(1000) ack 1 win 32792
  +0 > . 1:1(0) ack 2001
  +0 < P. 2001:3001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 3001
  +0 < P. 3001:4001(1000) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 4001
  +0 < P. 4001:4381(380) ack 1 win 32792
  +0~+.2 > . 1:1(0) ack 4381 win 0`

drill('a shut window does not hide an urgent pointer', { covers: 'RFC 9293 MUST-66' }, `${SHUT}
  +0 < U. 4381:4381(0) ack 1 win 1000 urg 100
  +.1 recv(4, ..., 1, MSG_OOB|MSG_DONTWAIT) = -1 EAGAIN
`)

drill('nor a reset, nor an acknowledgement', { covers: 'RFC 9293 MUST-66' }, `${SHUT}
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 4381
  +.1 < . 4381:4381(0) ack 1001 win 1000
  +0 %{ assert tcpi_unacked == 0 }%
  +0 < R 4381:4381(0) win 0
  +0 state = CLOSED
`)
