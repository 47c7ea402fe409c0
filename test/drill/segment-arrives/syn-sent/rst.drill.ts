import { drill } from '../../../support/drill.ts'

drill('segment: SYN-SENT x rst exact: a reset that acknowledges our SYN refuses the connection', { covers: ['RFC 9293 3.10.7.3', 'RFC 9293 MUST-12'] }, `
  syn-sent(80)
  +0 < R. 0:0(0) ack 1 win 0
  +0 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0
`)

drill('segment: SYN-SENT x rst outside: a reset of the wrong number is dropped, and the SYN sent again at once, as Linux does', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < R. 0:0(0) ack 9 win 0
  +0~+.010 > S 0:0(0) <...>
  +0 state = SYN-SENT
`)

drill('segment: SYN-SENT x rst inside: a reset without acknowledgement is dropped', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < R 0:0(0) win 0
  +.5 quiet
  +0 state = SYN-SENT
`)
