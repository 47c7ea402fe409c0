import { drill } from '../../../support/drill.ts'

drill('segment: SYN-RECEIVED x fin: a FIN with the acknowledgement opens and half closes', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80)
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > . 1:1(0) ack 2
  +0 accept(3, ..., ...) = 4
  +0 state = CLOSE-WAIT
  +0 read(4, ..., 10) = 0
`)
