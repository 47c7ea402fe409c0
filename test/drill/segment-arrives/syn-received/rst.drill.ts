import { drill } from '../../../support/drill.ts'

drill('segment: SYN-RECEIVED x rst exact: a reset at RCV.NXT forgets the half-open connection', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 3.2b'] }, `
  syn-received(80)
  +0 < R 1:1(0) win 0
  +.5 quiet
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
`)

drill('segment: SYN-RECEIVED x rst outside: a reset outside the window is dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80)
  +0 < R 200001:200001(0) win 0
  +.1 quiet
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
`)
