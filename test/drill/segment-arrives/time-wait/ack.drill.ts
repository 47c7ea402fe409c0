import { drill } from '../../../support/drill.ts'

drill('segment: TIME-WAIT x ack: an acknowledgement in order is dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  time-wait(80)
  +.1 < . 2:2(0) ack 2 win 1000
  +.1 quiet
`)
