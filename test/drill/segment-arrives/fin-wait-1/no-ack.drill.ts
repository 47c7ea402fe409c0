import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-1 x no ack: a segment without ACK is dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < - 1:1(0) win 1000
  +.1 quiet
  +0 state = FIN-WAIT-1
`)
