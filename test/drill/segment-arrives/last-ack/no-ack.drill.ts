import { drill } from '../../../support/drill.ts'

drill('segment: LAST-ACK x no ack: a segment without ACK is dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  last-ack(80)
  +0 < - 2:2(0) win 1000
  +.1 quiet
  +0 state = LAST-ACK
`)
