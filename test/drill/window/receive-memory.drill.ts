import { drill } from '../../support/drill.ts'

const SMALL_BUFFER = `
  --mss=1000
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [16000], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 win 14600 <mss 1460,nop,nop,sackOK,nop,wscale 0> // no scale for a buffer that needs none
  +.1 < . 1:1(0) ack 1 win 257
  +0 accept(3, ..., ...) = 4`

drill('a segment that reaches beyond the window is taken only while nothing waits to be read', { covers: 'RFC 9293 SHLD-31' }, `${SMALL_BUFFER}
  +0 \`nstat\`
  +0 < P. 1:16001(16000) ack 1 win 257 // nothing waits: taken, although the window was 14600
  +0~+.1 > . 1:1(0) ack 16001
  +0 < P. 16001:56001(40000) ack 1 win 257
  +0 > . 1:1(0) ack 16001
  +0 \`nstat | grep TcpExtBeyondWindow\`
  +0 read(4, ..., 16000) = 16000
`)

drill('a FIN is taken by a closed window', { covers: 'RFC 9293 MUST-66' }, `${SMALL_BUFFER}
  +0 < P. 1:40001(40000) ack 1 win 257
  * > . 1:1(0) ack 40001 win 0
  +.1 < F. 40001:40001(0) ack 1 win 257
  +0 > . 1:1(0) ack 40002 win 0
`)

drill('segments ahead of a gap teach the segment size, too', {}, `
  --mss=1000
  established(80) sack
  +0 < . 2001:7001(5000) ack 1 win 1000
  +0 > . 1:1(0) ack 1 <nop,nop,sack 2001:7001>
  +0 %{ assert tcpi_rcv_mss == 1000 }%
`)

const FULL = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1460,nop,nop,sackOK,nop,wscale 7>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 257
  +0 accept(3, ..., ...) = 4`

drill('a small segment costs nothing where the block of the one before has room', {}, `${FULL}
  +0 setsockopt(4, SOL_SOCKET, SO_RCVBUF, [2304], 4) = 0
  +0 < P. 1:41(40) ack 1 win 257
  +0 > . 1:1(0) ack 41
  +0 < P. 41:81(40) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 81
  +0 %{ assert tcpi_bytes_received == 80 }%
  +0 < P. 81:1541(1460) ack 1 win 257 // the block of 832 bytes is counted once, so this fits
  +0~+.2 > . 1:1(0) ack 1541
  +0 < P. 1541:3001(1460) ack 1 win 257 // and this: what is charged so far is not above the buffer
  +0~+.2 > . 1:1(0) ack 3001
  +0 < P. 3001:4461(1460) ack 1 win 257 // and this, for 3000 bytes fit a page once packed
  +0~+.2 > . 1:1(0) ack 4461
  +0 < P. 4461:5921(1460) ack 1 win 257
  +0 > . 1:1(0) ack 4461 win 0
`)

drill('segments of another kind are packed, too', {}, `${FULL}
  +0 setsockopt(4, SOL_SOCKET, SO_RCVBUF, [4000], 4) = 0
  +0 < P. 1:701(700) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 701
  +0 < P. 701:1901(1200) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 1901
  +0 < P. 1901:3101(1200) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 3101
  +0 < P. 3101:4301(1200) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 4301
  +0 < P. 4301:5501(1200) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 5501
  +0 < P. 5501:6701(1200) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 6701
  +0 < P. 6701:7901(1200) ack 1 win 257
  +0~+.2 > . 1:1(0) ack 7901
  +0 < P. 7901:9101(1200) ack 1 win 257
  +0 > . 1:1(0) ack 7901 win 0
`)

drill('what a larger segment brings again is reported as far as it was known', { covers: 'RFC 2883 4' }, `${FULL}
  +0 < . 1001:1201(200) ack 1 win 257
  +0 > . 1:1(0) ack 1 <nop,nop,sack 1001:1201>
  +0 < . 1:1401(1400) ack 1 win 257
  +0 > . 1:1(0) ack 1401 <nop,nop,sack 1001:1201>
`)

drill('bytes still waiting to be read ask for no larger buffer', {}, `${FULL}
  +0 < . 1:20001(20000) ack 1 win 257
  +0 > . 1:1(0) ack 20001
  +.1 < . 20001:40001(20000) ack 1 win 257
  +0 > . 1:1(0) ack 40001
  +.1 read(4, ..., 20000) = 20000
  +0 %{ assert tcpi_rcv_space == 14600, tcpi_rcv_space }%
`)
