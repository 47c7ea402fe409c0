// When the retransmission timer expires, how it backs off, and when a connection gives up (RFC 9293 3.8.1-3.8.3, RFC 6298).
import { drill } from '../../support/drill.ts'

drill('before the first measurement the time-out is one second', { covers: ['RFC 9293 MUST-18', 'RFC 6298 2.1'] }, `
  syn-sent(80)
  +1 > S 0:0(0) <...>
`)

drill('the first sample R makes SRTT R and RTTVAR R/2: RTO 3 R', { covers: ['RFC 9293 MUST-18', 'RFC 6298 2.2'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +.4 < S. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 %{ assert tcpi_rtt == 400000; assert tcpi_rttvar == 200000; assert tcpi_rto == 1200000 }%
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +1.2 > P. 1:1001(1000) ack 1
`)

drill('a later sample moves SRTT by an eighth and RTTVAR by a quarter', { covers: ['RFC 9293 MUST-18', 'RFC 6298 2.3', 'RFC 6298 2.3b', 'RFC 6298 3b'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +.4 < S. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.8 < . 1:1(0) ack 1001 win 32792
  +0 %{ assert tcpi_rtt == 450000; assert tcpi_rttvar == 250000; assert tcpi_rto == 1450000 }%
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1001:2001(1000) ack 1
  +.45 < . 1:1(0) ack 2001 win 32792
  +0 %{ assert tcpi_rtt == 450000; assert tcpi_rttvar < 250000 }%
`)

drill('the least time-out is 200 ms, or what tcp_rto_min_us says: the RFC\'s second', { covers: 'RFC 6298 2.4' }, `
  \`sysctl -q net.ipv4.tcp_rto_min_us=1000000\`
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +1 > P. 1:1001(1000) ack 1
  +2 > P. 1:1001(1000) ack 1
`)

drill('what was sent twice is not timed', { covers: ['RFC 9293 MUST-18', 'RFC 6298 3a'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.3 > P. 1:1001(1000) ack 1
  +.2 < . 1:1(0) ack 1001 win 32792
  +0 %{ assert tcpi_rtt == 100000 }%
`)

drill('with timestamps it is, by the echo', { covers: ['RFC 6298 3a', 'RFC 7323 4.1'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10>
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1012,nop,nop,TS val 1 ecr 100>
  +0 > . 1:1(0) ack 1 <nop,nop,TS val 200 ecr 1>
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1 <nop,nop,TS val 200 ecr 1>
  +.3 > P. 1:1001(1000) ack 1 <nop,nop,TS val 500 ecr 1>
  +.5 < . 1:1(0) ack 1001 win 32792 <nop,nop,TS val 2 ecr 500>
  +0 %{ assert tcpi_rtt > 100000 }%
`)

drill('the time-out doubles with each expiry, up to two minutes', { covers: ['RFC 9293 MUST-19', 'RFC 6298 5.4-5.6', 'RFC 6298 5a', 'RFC 6298 2.5'] }, `
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.2 > P. 1:1001(1000) ack 1
  +.4 > P. 1:1001(1000) ack 1
  +.8 > P. 1:1001(1000) ack 1
  +1.6 > P. 1:1001(1000) ack 1
  +3.2 > P. 1:1001(1000) ack 1
  +6.4 > P. 1:1001(1000) ack 1
  +12.8 > P. 1:1001(1000) ack 1
  +25.6 > P. 1:1001(1000) ack 1
  +51.2 > P. 1:1001(1000) ack 1
  +102.4 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
`)

drill('the timer runs while anything is unacknowledged, begins anew with each new acknowledgement and ends with the last', {
  covers: ['RFC 6298 5.1-5.3', 'RFC 9293 MUST-18'],
}, `
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.1 write(4, ..., 1000) = 1000
  +0 > P. 1001:2001(1000) ack 1
  +.05 < . 1:1(0) ack 1001 win 32792
  +.2~+.25 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 2001 win 32792
  +10 quiet
`)

drill('a time-out reduces the window to one segment, half the flight is the threshold, and slow start begins again', {
  covers: ['RFC 9293 MUST-19', 'RFC 5681 3.1d', 'RFC 5681 3.1e'],
}, `
  \`sysctl -q net.ipv4.tcp_congestion_control=reno\`
  established(80)
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.2~+.25 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_snd_cwnd == 1; assert tcpi_snd_ssthresh == 5; assert tcpi_ca_state == TCP_CA_Loss }%
`)

drill('slow start doubles, congestion avoidance adds one segment a round trip', { covers: ['RFC 9293 MUST-19', 'RFC 5681 3.1b', 'RFC 5681 3.1c'] }, `
  \`sysctl -q net.ipv4.tcp_congestion_control=reno\`
  established(80) mss 1000 win 65535
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +0 %{ assert tcpi_snd_cwnd == 10 }%
  +.1 < . 1:1(0) ack 10001 win 65535
  +0 %{ assert tcpi_snd_cwnd == 20 }%
`)

drill('past R2, a quarter of an hour, the connection ends with ETIMEDOUT', {
  covers: ['RFC 9293 MUST-20', 'RFC 9293 SHLD-11', 'RFC 9293 MUST-12'],
}, `
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.2 > P. 1:1001(1000) ack 1
  +.4 > P. 1:1001(1000) ack 1
  +.8 > P. 1:1001(1000) ack 1
  +1.6 > P. 1:1001(1000) ack 1
  +3.2 > P. 1:1001(1000) ack 1
  +6.4 > P. 1:1001(1000) ack 1
  +12.8 > P. 1:1001(1000) ack 1
  +25.6 > P. 1:1001(1000) ack 1
  +51.2 > P. 1:1001(1000) ack 1
  +0 state = ESTABLISHED
  +102.4 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +120 > P. 1:1001(1000) ack 1
  +0 state = ESTABLISHED
  +120.1 state = CLOSED
  +0 read(4, ..., 10) = -1 ETIMEDOUT
`)

drill('tcp_retries2 moves R2', { covers: 'RFC 9293 MUST-20' }, `
  \`sysctl -q net.ipv4.tcp_retries2=2\`
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.2 > P. 1:1001(1000) ack 1
  +.4 > P. 1:1001(1000) ack 1
  +.8 > P. 1:1001(1000) ack 1
  +1 state = ESTABLISHED
  +.61 state = CLOSED
  +0 write(4, ..., 10) = -1 ETIMEDOUT
`)

drill('TCP_USER_TIMEOUT is R2 of one connection', { covers: 'RFC 9293 MUST-21' }, `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [3000], 4) = 0
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.2 > P. 1:1001(1000) ack 1
  +.4 > P. 1:1001(1000) ack 1
  +.8 > P. 1:1001(1000) ack 1
  +1.6 state = ESTABLISHED
  +.3 state = CLOSED
  +0 read(4, ..., 10) = -1 ETIMEDOUT
`)

const SYN = 'S 0:0(0) <...>'

drill('a SYN is repeated at the same pace at first, then at doubling intervals, and given up after two minutes, as on Linux', {
  covers: ['RFC 9293 MUST-22', 'RFC 6298 5.5'],
}, `
  syn-sent(80)
  +1 > ${SYN}
  +1 > ${SYN}
  +1 > ${SYN}
  +1 > ${SYN}
  +1 > ${SYN}
  +2 > ${SYN}
  +4 > ${SYN}
  +8 > ${SYN}
  +16 > ${SYN}
  +32 > ${SYN}
  +60 state = SYN-SENT
  +5 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0
`)

drill('tcp_syn_retries 7 is the RFC\'s value: more than three minutes', { covers: 'RFC 9293 MUST-23' }, `
  \`sysctl -q net.ipv4.tcp_syn_retries=7\`
  syn-sent(80)
  +1 > ${SYN}
  +1 > ${SYN}
  +1 > ${SYN}
  +1 > ${SYN}
  +1 > ${SYN}
  +2 > ${SYN}
  +4 > ${SYN}
  +8 > ${SYN}
  +16 > ${SYN}
  +32 > ${SYN}
  +64 > ${SYN}
  +60 state = SYN-SENT
  +61 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0
`)

drill('TCP_SYNCNT is the threshold of one connection', { covers: ['RFC 9293 MUST-22', 'RFC 9293 MUST-21'] }, `
  \`sysctl -q net.ipv4.tcp_syn_linear_timeouts=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_TCP, TCP_SYNCNT, [2], 4) = 0
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > ${SYN}
  +1 > ${SYN}
  +2 > ${SYN}
  +4.01 state = CLOSED
`)

drill('a SYN-ACK is repeated at doubling intervals and forgotten after five', { covers: ['RFC 9293 MUST-22', 'RFC 6298 5.5'] }, `
  syn-received(80)
  +1 > S. 0:0(0) ack 1 <...>
  +2 > S. 0:0(0) ack 1 <...>
  +4 > S. 0:0(0) ack 1 <...>
  +8 > S. 0:0(0) ack 1 <...>
  +16 > S. 0:0(0) ack 1 <...>
  +33 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
`)

drill('a SYN that had to be repeated more than once lets the window begin with one segment', {
  covers: ['RFC 5681 3.1a'],
}, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 %{ assert tcpi_snd_cwnd == 1 }%
`)

drill('and, where nothing could be measured, the time-out with three seconds', { covers: 'RFC 6298 5.7' }, `
  \`sysctl -q net.ipv4.tcp_timestamps=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +3 > P. 1:1001(1000) ack 1
`)

drill('on the passive side too, after a SYN-ACK sent twice', { covers: 'RFC 6298 5.7' }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +1 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +3 > P. 1:1001(1000) ack 1
`)

/** A peer that acknowledges segments in part, ten times. */
const IN_PARTS = Array.from({ length: 10 }, (_, i) => `
  +.1 write(4, ..., 1000) = 1000
  +0 > P. ${1000 * i + 1}:${1000 * i + 1001}(1000) ack 1
  +.05 < . 1:1(0) ack ${1000 * i + 901} win 32792
  +.1~+130 > P. ${1000 * i + 901}:${1000 * i + 1001}(100) ack 1
  +.05 < . 1:1(0) ack ${1000 * i + 1001} win 32792`).join('')

drill('segments acknowledged in part give their room in the send buffer back', { covers: 'RFC 6298 5.4' }, `
  established(80)
  +0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [2304], 4) = 0${IN_PARTS}
  +0 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1
`)
