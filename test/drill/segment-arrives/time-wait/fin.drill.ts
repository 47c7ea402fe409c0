import { drill } from '../../../support/drill.ts'

drill('segment: TIME-WAIT x fin: the FIN again is acknowledged again', { covers: ['RFC 9293 3.10.7.4', 'RFC 9293 MUST-13'] }, `
  time-wait(80)
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +50 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)
