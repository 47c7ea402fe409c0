import { drill } from '../../../support/drill.ts'

drill('segment: ESTABLISHED x rst inside: a reset in the window but not at RCV.NXT is challenged', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2c'] }, `
  established(80)
  +0 < R 100:100(0) win 0
  +0 > . 1:1(0) ack 1
  +0 state = ESTABLISHED
`)

drill('segment: ESTABLISHED x rst outside: a reset outside the window is dropped', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2a'] }, `
  established(80)
  +0 < R 200001:200001(0) win 0
  +.1 quiet
  +0 state = ESTABLISHED
`)

drill('segment: ESTABLISHED x rst exact: a reset at RCV.NXT ends the connection', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2b', 'RFC 9293 MUST-12'] }, `
  established(80)
  +0 < R 1:1(0) win 0
  +0 read(4, ..., 10) = -1 ECONNRESET (Connection reset by peer)
  +0 state = CLOSED
`)

drill('segment: ESTABLISHED x rst exact: a reset may carry data', { covers: ['RFC 9293 3.10.7.4', 'RFC 9293 SHLD-2'] }, `
  established(80)
  +0 < R 1:21(20) win 0
  +0 read(4, ..., 10) = -1 ECONNRESET
`)
