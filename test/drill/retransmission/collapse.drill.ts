import { drill } from '../../support/drill.ts'

const SMALL_WRITES = `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  +0 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 1
  +0 write(4, ..., 200) = 200
  +0 > P. 101:301(200) ack 1`

drill('what went out in small pieces is sent again in one', { covers: 'RFC 9293 3.8.1' }, `${SMALL_WRITES}
  +.2 > P. 1:301(300) ack 1
  +0 %{ assert tcpi_unacked == 1 }%
  +.1 < . 1:1(0) ack 301 win 32792
  +0 %{ assert tcpi_unacked == 0 }%
`)

drill('but not across MSG_EOR, nor with tcp_retrans_collapse off', {}, `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  +0 send(4, ..., 100, MSG_EOR) = 100
  +0 > P. 1:101(100) ack 1
  +0 write(4, ..., 200) = 200
  +0 > P. 101:301(200) ack 1
  +.2 > P. 1:101(100) ack 1
`)

drill('tcp_retrans_collapse off: each piece by itself', {}, `
  \`sysctl -q net.ipv4.tcp_retrans_collapse=0\`${SMALL_WRITES}
  +.2 > P. 1:101(100) ack 1
`)
