// When data leaves: Nagle, PSH, full segments (RFC 9293 3.7.4, 3.9.1.2).
import { drill } from '../../support/drill.ts'

drill('a small segment waits while another is unacknowledged, and takes along what was written since', {
  covers: ['RFC 9293 SHLD-7', 'RFC 9293 MAY-16', 'RFC 9293 SHLD-27'],
}, `
  established(80)
  +0 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
  +0 write(4, ..., 100) = 100
  +0 write(4, ..., 50) = 50
  +.05 quiet
  +0 < . 1:1(0) ack 101 win 32792
  +0 > P. 101:251(150) ack 1
`)

drill('TCP_NODELAY turns that off', { covers: 'RFC 9293 MUST-17' }, `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  +0 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
  +0 write(4, ..., 100) = 100
  +0 > P. 101:201(100) ack 1
`)

drill('set later, it lets go of what was held', { covers: ['RFC 9293 MUST-17', 'RFC 9293 MUST-60'] }, `
  established(80)
  +0 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
  +0 write(4, ..., 100) = 100
  +.01 quiet
  +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  +0 > P. 101:201(100) ack 1
`)

drill('PSH stands on the last segment of a write, not on those before it', { covers: ['RFC 9293 MUST-61', 'RFC 9293 SHLD-28'] }, `
  --strict_segments
  \`ethtool -K tun0 tso off\`
  established(80) mss 1000 win 65535
  +0 write(4, ..., 2500) = 2500
  +0 > . 1:1001(1000) ack 1
  +0 > . 1001:2001(1000) ack 1
  +0 > P. 2001:2501(500) ack 1
`)

drill('nothing is held back for ever: cork and MSG_MORE end after 200 ms of nothing in flight', { covers: 'RFC 9293 MUST-60' }, `
  established(80)
  +0 send(4, ..., 100, MSG_MORE) = 100
  +.15 quiet
  +0~+.1 > P. 1:101(100) ack 1
`)

drill('small writes become full segments', { covers: 'RFC 9293 SHLD-28' }, `
  established(80)
  +0 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
  +0 write(4, ..., 600) = 600
  +0 write(4, ..., 600) = 600
  +0 > . 101:1101(1000) ack 1
  +.05 < . 1:1(0) ack 1101 win 32792
  +0 > P. 1101:1301(200) ack 1
`)

drill('what a small window cut off grows to a full segment again with the bytes behind it', { covers: 'RFC 9293 SHLD-28' }, `
  --strict_segments
  \`../common/defaults.sh
  ethtool -K tun0 tso off gso off
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +.01 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  +.02 < . 1:1(0) ack 1 win 60
  +0 accept(3, ..., ...) = 4
  +.01 write(4, ..., 20000) = 20000
  +0 > . 1:1001(1000) ack 1
  +0 > P. 1001:2001(1000) ack 1
  +0 > . 2001:3001(1000) ack 1
  +0 > P. 3001:4001(1000) ack 1
  +0 > P. 4001:5001(1000) ack 1
  +0 > . 5001:6001(1000) ack 1
  +0 > P. 6001:7001(1000) ack 1
  +.02 < . 1:1(0) ack 1001 win 60
  +0 > . 7001:8001(1000) ack 1
  +0 > P. 8001:8681(680) ack 1
  +0 < . 1:1(0) ack 3001 win 60
  +0 > . 8681:9681(1000) ack 1
  +0 > P. 9681:10681(1000) ack 1
`)
