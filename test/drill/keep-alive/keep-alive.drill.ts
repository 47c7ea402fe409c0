// Keep-alives (RFC 9293 3.8.4).
import { drill } from '../../support/drill.ts'

const ON = '+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0'
const QUICK = `${ON}
  +0 setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [10], 4) = 0
  +0 setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [2], 4) = 0
  +0 setsockopt(4, SOL_TCP, TCP_KEEPCNT, [3], 4) = 0`

drill('off unless asked for: a day of silence', { covers: ['RFC 9293 MUST-25', 'RFC 9293 MUST-24'] }, `
  established(80)
  +0 getsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [0], [4]) = 0
  +86400 quiet
  +0 state = ESTABLISHED
`)

drill('asked for, the first goes after two hours, an octet back and without data', {
  covers: ['RFC 9293 MUST-28', 'RFC 9293 MAY-5', 'RFC 9293 SHLD-12', 'RFC 9293 MUST-24'],
}, `
  established(80)
  ${ON}
  +7199 quiet
  +1 > . 0:0(0) ack 1
  +.1 < . 1:1(0) ack 1 win 1000
  +7200 > . 0:0(0) ack 1
`)

drill('the interval is the application\'s: TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT', { covers: 'RFC 9293 MUST-27' }, `
  established(80)
  ${QUICK}
  +10 > . 0:0(0) ack 1
  +2 > . 0:0(0) ack 1
`)

drill('or the host\'s: tcp_keepalive_time', { covers: 'RFC 9293 MUST-27' }, `
  \`sysctl -q net.ipv4.tcp_keepalive_time=30\`
  established(80)
  ${ON}
  +29 quiet
  +1 > . 0:0(0) ack 1
`)

drill('data that comes, or goes and is acknowledged, puts the next one off', { covers: 'RFC 9293 MUST-26' }, `
  established(80)
  ${QUICK}
  +4 < P. 1:101(100) ack 1 win 1000
  +0~+.2 > . 1:1(0) ack 101
  +9 quiet
  +.9 write(4, ..., 100) = 100
  +0 > P. 1:101(100) ack 101
  +.01 < . 101:101(0) ack 101 win 1000
  +9 quiet
  +1 > . 100:100(0) ack 101
`)

drill('a connection that heard something four seconds ago is not probed at ten', { covers: 'RFC 9293 MUST-26' }, `
  established(80)
  ${QUICK}
  +4 < P. 1:101(100) ack 1 win 1000
  +0~+.2 > . 1:1(0) ack 101
  +10 > . 0:0(0) ack 101
`)

drill('none goes while data waits for its acknowledgement', { covers: 'RFC 9293 MUST-26' }, `
  established(80)
  ${QUICK}
  +9.9 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.2 > P. 1:1001(1000) ack 1
  +.4 > P. 1:1001(1000) ack 1
  +.8 > P. 1:1001(1000) ack 1
`)

drill('one without answer means nothing, nor do two: an answer to the third keeps the connection', { covers: 'RFC 9293 MUST-29' }, `
  established(80)
  ${QUICK}
  +10 > . 0:0(0) ack 1
  +2 > . 0:0(0) ack 1
  +2 > . 0:0(0) ack 1
  +1 < . 1:1(0) ack 1 win 1000
  +0 state = ESTABLISHED
  +10 > . 0:0(0) ack 1
  +0 state = ESTABLISHED
`)

drill('after TCP_KEEPCNT of them the peer is dead', { covers: ['RFC 9293 MUST-29', 'RFC 9293 MUST-12'] }, `
  established(80)
  ${QUICK}
  +10 > . 0:0(0) ack 1
  +2 > . 0:0(0) ack 1
  +2 > . 0:0(0) ack 1
  +2 > R. 1:1(0) ack 1
  +0 state = CLOSED
  +0 read(4, ..., 10) = -1 ETIMEDOUT
`)

drill('switched off again, none goes', { covers: 'RFC 9293 MUST-24' }, `
  established(80)
  ${QUICK}
  +5 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [0], 4) = 0
  +60 quiet
`)
