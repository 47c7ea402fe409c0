import { drill } from '../../../support/drill.ts'

drill('segment: CLOSE-WAIT x rst inside: a reset in the window but not at RCV.NXT is challenged', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2c'] }, `
  close-wait(80)
  +0 < R 101:101(0) win 0
  +0 > . 1:1(0) ack 2
  +0 state = CLOSE-WAIT
`)

drill('segment: CLOSE-WAIT x rst outside: a reset outside the window is dropped', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2a'] }, `
  close-wait(80)
  +0 < R 200001:200001(0) win 0
  +.1 quiet
  +0 state = CLOSE-WAIT
`)

drill('segment: CLOSE-WAIT x rst exact: a reset at RCV.NXT breaks the pipe', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2b'] }, `
  close-wait(80)
  +0 < R 2:2(0) win 0
  +0 state = CLOSED
  +0 write(4, ..., 10) = -1 EPIPE
`)
