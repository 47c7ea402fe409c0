// How the congestion window opens (RFC 5681 3.1, 4.1; RFC 6928).
import { drill } from '../../support/drill.ts'

const OPEN = (more = ''): string => `
  \`sysctl -q net.ipv4.tcp_congestion_control=reno ${more}\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 65535 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 65535
  +0 accept(3, ..., ...) = 4`

drill('the first flight is ten segments, not one more, and the threshold is out of reach', { covers: ['RFC 5681 3.1f', 'RFC 5681 3.1g', 'RFC 5681 3.1h'] }, `${OPEN()}
  +0 write(4, ..., 20000) = 20000
  +0 > P. 1:10001(10000) ack 1
  +.05 quiet
  +0 %{ assert tcpi_snd_cwnd == 10; assert tcpi_snd_ssthresh >= 0x7fffffff }%
`)

drill('slow start: each acknowledged segment lets two go', { covers: ['RFC 5681 3.1b', 'RFC 9293 MUST-19'] }, `${OPEN()}
  +0 write(4, ..., 30000) = 30000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 2001 win 65535
  +0 cwnd = 12
  +0 > P. 10001:14001(4000) ack 1
  +.002 < . 1:1(0) ack 5001 win 65535
  +0 cwnd = 15
`)

drill('a window that is not used does not grow', { covers: 'RFC 5681 3.1b' }, `${OPEN()}
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 65535
  +0 cwnd = 10
`)

/** After a time-out with ten in flight: threshold 5, window 1. */
const AFTER_TIME_OUT = `${OPEN('net.ipv4.tcp_frto=0')}
  +0 write(4, ..., 40000) = 40000
  +0 > P. 1:10001(10000) ack 1
  +.3~+.31 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_snd_cwnd == 1; assert tcpi_snd_ssthresh == 5 }%`

drill('above the threshold a whole window acknowledged opens it by one segment', { covers: ['RFC 5681 3.1c', 'RFC 5681 3.1d', 'RFC 5681 3.1e', 'RFC 5681 3.1k'] }, `${AFTER_TIME_OUT}
  +.1 < . 1:1(0) ack 10001 win 65535
  +0 %{ assert 5 <= tcpi_snd_cwnd <= 6 }%
  +0 > . 10001:15001(5000) ack 1
  +0 > P. 15001:16001(1000) ack 1
  +.1 < . 1:1(0) ack 16001 win 65535
  +0 cwnd = 7
  +0 > P. 16001:20001(4000) ack 1
  +0 > P. 20001:22001(2000) ack 1
  +0 > . 22001:23001(1000) ack 1
  +.1 < . 1:1(0) ack 23001 win 65535
  +0 cwnd = 8
`)

drill('after an idle spell of more than a time-out the window is the initial one again, the threshold kept', { covers: 'RFC 5681 4.1' }, `${OPEN()}
  +0 write(4, ..., 20000) = 20000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 10001 win 65535
  +0 > P. 10001:20001(10000) ack 1
  +.1 < . 1:1(0) ack 20001 win 65535
  +0 cwnd = 20
  +10 write(4, ..., 20000) = 20000
  +0 > P. 20001:30001(10000) ack 1
  +.05 quiet
  +0 cwnd = 10
`)

drill('a path that takes smaller segments only gets as many of them, not as many bytes', { covers: 'RFC 5681 3.1i' }, `
  established(80)
  +0 write(4, ..., 20000) = 20000
  +0 > P. 1:10001(10000) ack 1
  +.05 < icmp unreachable frag_needed mtu 640 [1:1001(1000)]
  +0 %{ assert tcpi_snd_mss == 600; assert tcpi_snd_cwnd <= 10 }%
`)
