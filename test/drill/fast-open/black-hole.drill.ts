import { drill } from '../../support/drill.ts'

const COOKIE = 'abcdefabcdefabcd'
const WITH_COOKIE = `
  \`sysctl -q net.ipv4.tcp_fastopen_blackhole_timeout_sec=60 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_fastopen=1
  nstat\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(3, ..., 0, MSG_FASTOPEN, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 10,FO,nop,nop>
  +.01 < S. 123:123(0) ack 1 win 5840 <mss 1040,nop,nop,sackOK,nop,wscale 6,FO ${COOKIE},nop,nop>
  +0 > . 1:1(0) ack 1`

const NEXT = `
  +0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 sendto(4, ..., 100, MSG_FASTOPEN, ..., ...)`

drill('a reset out of order before any data makes Fast Open pause', { covers: 'RFC 7413 4.1.3.1' }, `${WITH_COOKIE}
  +.1 < R 3001:3001(0) win 0
  +0 > . 1:1(0) ack 1
  +0 \`nstat | grep TcpExtTCPFastOpenBlackhole\`
  +0 close(3) = 0
  +0 > F. 1:1(0) ack 1
  +0 < R. 1:1(0) ack 2 win 0${NEXT} = -1 EINPROGRESS
  +0 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 10>
`)

drill('a FIN ahead of a gap and nothing else, likewise, when the connection ends', { covers: 'RFC 7413 4.1.3.1' }, `${WITH_COOKIE}
  +.1 < F. 1001:1001(0) ack 1 win 5840
  +0 > . 1:1(0) ack 1 <nop,nop,sack 1001:1002>
  +0 close(3) = 0
  +0 > F. 1:1(0) ack 1 <nop,nop,sack 1001:1002>
  +0 < R. 1:1(0) ack 2 win 0
  +0 \`nstat | grep TcpExtTCPFastOpenBlackhole\`
`)
