import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-1 x fin: a FIN that does not acknowledge ours: both close at once', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > . 2:2(0) ack 2
  +0 state = CLOSING
`)

drill('segment: FIN-WAIT-1 x fin: a FIN that acknowledges ours ends in TIME-WAIT', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)
