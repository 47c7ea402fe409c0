import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-2 x fin: a FIN is acknowledged and leads to TIME-WAIT', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-2(80)
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)
