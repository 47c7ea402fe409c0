import { drill } from '../../../support/drill.ts'

drill('segment: ESTABLISHED x fin: a FIN half closes', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > . 1:1(0) ack 2
  +0 state = CLOSE-WAIT
  +0 read(4, ..., 10) = 0
`)

drill('segment: ESTABLISHED x fin: a FIN with data is acknowledged with it', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 < FP. 1:11(10) ack 1 win 1000
  +0~+.040 > . 1:1(0) ack 12
  +0 read(4, ..., 20) = 10
  +0 read(4, ..., 20) = 0
`)

drill('segment: ESTABLISHED x fin ahead: a FIN ahead of its data waits for it', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 < F. 11:11(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 12
  +0 state = CLOSE-WAIT
`)
