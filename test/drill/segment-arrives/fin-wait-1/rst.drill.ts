import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-1 x rst inside: a reset in the window but not at RCV.NXT is challenged', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2c'] }, `
  fin-wait-1(80)
  +0 < R 100:100(0) win 0
  +0 > . 2:2(0) ack 1
  +0 state = FIN-WAIT-1
`)

drill('segment: FIN-WAIT-1 x rst outside: a reset outside the window is dropped', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2a'] }, `
  fin-wait-1(80)
  +0 < R 200001:200001(0) win 0
  +.1 quiet
  +0 state = FIN-WAIT-1
`)

drill('segment: FIN-WAIT-1 x rst exact: a reset at RCV.NXT ends the connection', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2b'] }, `
  fin-wait-1(80)
  +0 < R 1:1(0) win 0
  +0 read(4, ..., 10) = -1 ECONNRESET
  +0 state = CLOSED
`)
