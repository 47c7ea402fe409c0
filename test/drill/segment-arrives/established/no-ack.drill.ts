import { drill } from '../../../support/drill.ts'

drill('segment: ESTABLISHED x no ack: a segment without ACK is dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 < - 1:1(0) win 1000
  +.1 quiet
  +0 state = ESTABLISHED
`)
