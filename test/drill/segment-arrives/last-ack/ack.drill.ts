import { drill } from '../../../support/drill.ts'

drill('segment: LAST-ACK x ack: the acknowledgement of our FIN ends the connection', { covers: 'RFC 9293 3.10.7.4' }, `
  last-ack(80)
  +0 < . 2:2(0) ack 2 win 1000
  +0 state = CLOSED
  +.1 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)
`)
