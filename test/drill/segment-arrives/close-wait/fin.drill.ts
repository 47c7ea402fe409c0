import { drill } from '../../../support/drill.ts'

drill('segment: CLOSE-WAIT x fin: the FIN again is acknowledged again', { covers: 'RFC 9293 3.10.7.4' }, `
  close-wait(80)
  +.1 < F. 1:1(0) ack 1 win 1000
  +0 > . 1:1(0) ack 2
`)
