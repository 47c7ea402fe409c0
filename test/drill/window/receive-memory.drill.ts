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
