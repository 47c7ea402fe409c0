import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-1 x ack: the acknowledgement of our FIN leads to FIN-WAIT-2', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < . 1:1(0) ack 2 win 1000
  +0 state = FIN-WAIT-2
`)

drill('segment: FIN-WAIT-1 x ack: an acknowledgement short of our FIN changes nothing', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < . 1:1(0) ack 1 win 1000
  +.1 quiet
  +0 state = FIN-WAIT-1
`)
