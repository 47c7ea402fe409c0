import { drill } from '../../../support/drill.ts'

drill('segment: CLOSING x ack: the acknowledgement of our FIN leads to TIME-WAIT', { covers: 'RFC 9293 3.10.7.4' }, `
  closing(80)
  +0 < . 2:2(0) ack 2 win 1000
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)
