import { cells } from '../../support/cells.ts'

cells('CLOSED', { group: 'user call', covers: ['RFC 9293 3.10.1', 'RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4'], opening: '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0' }, [
  ['connect', 'sends SYN', `
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +0 state = SYN-SENT`],
  ['listen', 'waits for SYN', `
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 state = LISTEN
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>`],
  ['accept', 'EINVAL', '+0 accept(3, ..., ...) = -1 EINVAL'],
  ['send', 'EPIPE', '+0 write(3, ..., 10) = -1 EPIPE'],
  ['recv', 'ENOTCONN', '+0 read(3, ..., 10) = -1 ENOTCONN'],
  ['shutdown', 'ENOTCONN', '+0 shutdown(3, SHUT_WR) = -1 ENOTCONN'],
  ['close', 'nothing is sent', `
  +0 close(3) = 0
  +1 quiet`],
  ['abort', 'nothing is sent', `
  +0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 close(3) = 0
  +1 quiet`],
  ['poll', 'OUT and HUP', '+0 poll([{fd=3, events=POLLIN|POLLOUT|POLLPRI|POLLRDHUP, revents=POLLOUT|POLLHUP}], 1, 0) = 1'],
  ['status', 'CLOSE', '+0 getsockopt(3, SOL_TCP, TCP_INFO, [7], [1]) = 0'],
])

cells('LISTEN', { group: 'user call', covers: ['RFC 9293 3.10.1', 'RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4'], opening: 'listen(80)\n  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0' }, [
  ['connect', 'EISCONN: a listener stays one (the RFC would turn it active)', `
  +0 connect(3, ..., ...) = -1 EISCONN
  +.1 quiet
  +0 state = LISTEN`],
  ['listen', 'changes the backlog', `
  +0 listen(3, 100) = 0
  +0 state = LISTEN`],
  ['accept', 'EAGAIN, then the connection', `
  +0 accept(3, ..., ...) = -1 EAGAIN
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 accept(3, ..., ...) = -1 EAGAIN
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4`],
  ['send', 'EPIPE (the RFC would turn it active)', `
  +0 write(3, ..., 10) = -1 EPIPE
  +.1 quiet`],
  ['recv', 'ENOTCONN', '+0 read(3, ..., 10) = -1 ENOTCONN'],
  ['shutdown', 'for writing changes nothing, for reading ends it', `
  +0 shutdown(3, SHUT_WR) = 0
  +0 state = LISTEN
  +0 shutdown(3, SHUT_RD) = 0
  +0 state = CLOSED
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > R. 0:0(0) ack 1`],
  ['close', 'what comes later is answered by RST', `
  +0 close(3) = 0
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > R. 0:0(0) ack 1`],
  ['close', 'half-open connections are forgotten, complete ones reset', `
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 < . 1:1(0) ack 1 win 1000
  +0 close(3) = 0
  +0 > R. 1:1(0) ack 1`],
  ['abort', 'the same', `
  +0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 close(3) = 0
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > R. 0:0(0) ack 1`],
  ['poll', 'nothing, then IN', `
  +0 poll([{fd=3, events=POLLIN|POLLOUT, revents=0}], 1, 0) = 0
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 < . 1:1(0) ack 1 win 1000
  +0 poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1`],
  ['status', 'LISTEN', '+0 state = LISTEN'],
])

cells('SYN-SENT', { group: 'user call', covers: ['RFC 9293 3.10.1', 'RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5'], opening: 'syn-sent(80)' }, [
  ['connect', 'EALREADY', `
  +0 connect(3, ..., ...) = -1 EALREADY
  +.1 quiet`],
  ['listen', 'EINVAL', '+0 listen(3, 1) = -1 EINVAL'],
  ['accept', 'EINVAL', '+0 accept(3, ..., ...) = -1 EINVAL'],
  ['send', 'EAGAIN', '+0 write(3, ..., 10) = -1 EAGAIN'],
  ['recv', 'EAGAIN', '+0 read(3, ..., 10) = -1 EAGAIN'],
  ['shutdown', 'the attempt is given up, a late SYN-ACK reset', `
  +0 shutdown(3, SHUT_WR) = 0
  +0 state = CLOSED
  +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > R 1:1(0)`],
  ['close', 'nothing is sent, a late SYN-ACK reset', `
  +0 close(3) = 0
  +2 quiet
  +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > R 1:1(0)`],
  ['abort', 'the same: no RST', `
  +0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 close(3) = 0
  +2 quiet`],
  ['poll', 'nothing', '+0 poll([{fd=3, events=POLLIN|POLLOUT|POLLPRI|POLLRDHUP, revents=0}], 1, 0) = 0'],
  ['status', 'SYN_SENT', '+0 state = SYN-SENT'],
])

// Whoever listens has no descriptor for a half-open connection; one that opens simultaneously has.
const CROSSED = `syn-sent(80)
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>`

cells('SYN-RECEIVED', { group: 'user call', covers: ['RFC 9293 3.10.1', 'RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5'], opening: CROSSED }, [
  ['connect', 'EALREADY', '+0 connect(3, ..., ...) = -1 EALREADY'],
  ['listen', 'EINVAL', '+0 listen(3, 1) = -1 EINVAL'],
  ['accept', 'EINVAL', '+0 accept(3, ..., ...) = -1 EINVAL'],
  ['send', 'EAGAIN', '+0 write(3, ..., 10) = -1 EAGAIN'],
  ['recv', 'EAGAIN', '+0 read(3, ..., 10) = -1 EAGAIN'],
  ['shutdown', 'the FIN waits for ESTABLISHED', `
  +0 shutdown(3, SHUT_WR) = 0
  +.1 quiet
  +0 state = SYN-RECEIVED
  +0 < . 1:1(0) ack 1 win 1000
  +0 > F. 1:1(0) ack 1
  +0 state = FIN-WAIT-1`],
  ['close', 'FIN at once', `
  +0 close(3) = 0
  +0 > F. 1:1(0) ack 1
  +0 < . 1:1(0) ack 2 win 1000
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['abort', 'RST', `
  +0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 close(3) = 0
  +0 > R. 1:1(0) ack 1`],
  ['poll', 'nothing', '+0 poll([{fd=3, events=POLLIN|POLLOUT|POLLPRI|POLLRDHUP, revents=0}], 1, 0) = 0'],
  ['status', 'SYN_RECV', '+0 state = SYN-RECEIVED'],
])
