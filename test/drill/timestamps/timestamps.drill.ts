// Timestamps, PAWS and window scaling (RFC 7323).
import { drill } from '../../support/drill.ts'

const LISTEN = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0`

drill('a SYN without timestamps gets a SYN-ACK without', { covers: 'RFC 7323 3.2a' }, `${LISTEN}
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>
`)

drill('agreed on, every segment carries them: SYN-ACK, data, ACK, FIN', { covers: ['RFC 7323 3.2b', 'RFC 7323 3.2a', 'RFC 7323 3.2g', 'RFC 7323 3.2j'] }, `
  --tcp_ts_tick_usecs=1000
  ${LISTEN.trim()}
  +0 < S 0:0(0) win 32792 <mss 1012,nop,nop,TS val 10 ecr 0>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 10>
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 20 ecr 100>
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1 <nop,nop,TS val 200 ecr 20>
  +.1 < P. 1:101(100) ack 101 win 32792 <nop,nop,TS val 30 ecr 200>
  +0 > . 101:101(0) ack 101 <nop,nop,TS val 300 ecr 30>
  +0 read(4, ..., 1000) = 100
  +0 close(4) = 0
  +0 > F. 101:101(0) ack 101 <nop,nop,TS val 300 ecr 30>
`)

drill('our clock ticks once a millisecond', { covers: 'RFC 7323 5.4' }, `
  --tcp_ts_tick_usecs=1000
  ${LISTEN.trim()}
  +0 < S 0:0(0) win 32792 <mss 1012,nop,nop,TS val 10 ecr 0>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 10>
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 20 ecr 100>
  +0 accept(3, ..., ...) = 4
  +10 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1 <nop,nop,TS val 10200 ecr 20>
`)

drill('a segment that lacks them is taken, and ends nothing', { covers: 'RFC 7323 3.2d' }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101 <...>
  +0 read(4, ..., 1000) = 100
  +0 state = ESTABLISHED
`)

drill('what is echoed is the stamp of the last segment in order, not of one beyond a gap', { covers: ['RFC 7323 4.3', 'RFC 7323 4.3c'] }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 < P. 201:301(100) ack 1 win 1000 <nop,nop,TS val 1010 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 1005 ecr 0>
  +0 > . 1:1(0) ack 301 <nop,nop,TS val 100 ecr 1005>
`)

drill('with a delayed ACK it is that of the first segment it covers', { covers: 'RFC 7323 4.3a' }, `
  established(80) ts mss 1460 wscale 7
  +0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0
  +0 < . 1:1449(1448) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +.01 < . 1449:2897(1448) ack 1 win 1000 <nop,nop,TS val 1010 ecr 0>
  +0 > . 1:1(0) ack 2897 <nop,nop,TS val 110 ecr 1000>
`)

drill('an echo measures a round trip only when something new is acknowledged', { covers: 'RFC 7323 4.1' }, `${LISTEN}
  +0 < S 0:0(0) win 32792 <mss 1012,nop,nop,TS val 10 ecr 0>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 10>
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 20 ecr 100>
  +0 accept(3, ..., ...) = 4
  +0 %{ first = tcpi_rtt }%
  +5 < P. 1:101(100) ack 1 win 32792 <nop,nop,TS val 5020 ecr 100>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 5200 ecr 5020>
  +0 %{ assert tcpi_rtt == first }%
`)

drill('PAWS: an older stamp is dropped and acknowledged', { covers: 'RFC 7323 5.3' }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 900 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 read(4, ..., 1000) = 100
`)

drill('PAWS does not judge a reset', { covers: 'RFC 7323 5.2' }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 < R. 101:101(0) ack 1 win 1000 <nop,nop,TS val 1 ecr 0>
  +0 state = CLOSED
`)

drill('after 24 days of silence an old stamp is believed', { covers: 'RFC 7323 5.5' }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +2160000 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 900 ecr 0>
  +0~+.2 > . 1:1(0) ack 201 <...>
`)

drill('but not after 23', { covers: ['RFC 7323 5.5', 'RFC 7323 5.3'] }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +1987200 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 900 ecr 0>
  +0 > . 1:1(0) ack 101 <...>
`)

drill('windows are scaled only if both SYNs say so', { covers: 'RFC 7323 2.2c' }, `${LISTEN}
  +0 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 win 64240 <mss 1460>
  +.1 < . 1:1(0) ack 1 win 300
  +0 accept(3, ..., ...) = 4
  +0 %{ assert (tcpi_options & TCPI_OPT_WSCALE) == 0; assert tcpi_snd_wnd == 300 }%
`)

drill('those of the SYNs themselves never', { covers: ['RFC 7323 2.2b', 'RFC 7323 2.3b'] }, `${LISTEN}
  +0 < S 0:0(0) win 8000 <mss 1000,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 win 64240 <mss 1460,nop,wscale 10>
  +.1 < . 1:1(0) ack 1 win 8000
  +0 accept(3, ..., ...) = 4
  +0 %{ assert tcpi_snd_wnd == 8000 * 128 }%
  +0 < P. 1:101(100) ack 1 win 8000
  +0 > . 1:1(0) ack 101 win 63
`)

drill('of a SYN-ACK neither', { covers: 'RFC 7323 2.2b' }, `
  syn-sent(80)
  +.1 < S. 0:0(0) ack 1 win 3000 <mss 1000,nop,wscale 7>
  +0 > . 1:1(0) ack 1 win 63
  +0 %{ assert tcpi_snd_wnd == 3000 }%
  +.01 < . 1:1(0) ack 1 win 3000
  +0 %{ assert tcpi_snd_wnd == 3000 * 128 }%
`)

drill('a shift above 14 counts as 14', { covers: 'RFC 7323 2.3a' }, `${LISTEN}
  +0 < S 0:0(0) win 8000 <mss 1000,nop,wscale 15>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 10>
  +.1 < . 1:1(0) ack 1 win 10
  +0 accept(3, ..., ...) = 4
  +0 %{ assert tcpi_snd_wscale == 14; assert tcpi_snd_wnd == 10 * 16384 }%
`)

drill('a window that seems to shrink by rounding: what lies past it is sent again as ever, and our ACKs keep SND.NXT', { covers: 'RFC 7323 2.4' }, `${LISTEN}
  +0 < S 0:0(0) win 8000 <mss 1000,nop,wscale 10>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 10>
  +.1 < . 1:1(0) ack 1 win 2
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 2000) = 2000
  +0 > P. 1:2001(2000) ack 1
  +.01 < P. 1:101(100) ack 1 win 1
  +0 > . 2001:2001(0) ack 101
  +.2~+.4 > . 1:1001(1000) ack 101
`)

drill('a reset of ours carries them too', { covers: 'RFC 7323 3.2f' }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 close(4) = 0
  +0 > R. 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
`)

drill('the echo in a SYN says nothing, that of ours is zero', { covers: ['RFC 7323 3.2h', 'RFC 7323 3.2i'] }, `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10>
  // Both open at once: the peer's SYN claims to echo something.
  +.1 < S 0:0(0) win 1000 <mss 1000,nop,nop,TS val 7 ecr 77777>
  +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 200 ecr 7>
  +.1 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 107 ecr 200>
  +0 state = ESTABLISHED
  +0 %{ assert tcpi_rtt <= 210000 }%
`)

drill('the stamp of a reset that was not believed changes nothing', { covers: 'RFC 7323 5.2b' }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 < R. 121:121(0) ack 1 win 1000 <nop,nop,TS val 5000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +.1 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 1100 ecr 0>
  +0~+.05 > . 1:1(0) ack 201 <nop,nop,TS val 200 ecr 1100>
`)

drill('TS.Recent never runs back, not by one either', { covers: ['RFC 7323 4.3', 'RFC 7323 5.3'] }, `
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1000 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1000>
  +0 < P. 101:201(100) ack 1 win 1000 <nop,nop,TS val 999 ecr 0>
  +0 > . 1:1(0) ack 201 <nop,nop,TS val 100 ecr 1000>
  +0 < P. 201:301(100) ack 1 win 1000 <nop,nop,TS val 998 ecr 0>
  +0 > . 1:1(0) ack 201 <nop,nop,TS val 100 ecr 1000>
`)

drill('an old ACK that was overtaken on its way draws no answer', { covers: 'RFC 7323 5.3' }, `
  \`sysctl -q net.ipv4.tcp_invalid_ratelimit=0\`
  established(80) ts
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,TS val 1020 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 100 ecr 1020>
  +.1 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 1005 ecr 0>
  +1 quiet
  +0 < . 101:101(0) ack 1 win 999 <nop,nop,TS val 3 ecr 0>
  +0 > . 1:1(0) ack 101 <nop,nop,TS val 1300 ecr 1020>
`)
