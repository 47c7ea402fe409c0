import { drill } from '../../../support/drill.ts'

drill('segment: SYN-SENT x ack above: an acknowledgement of what was never sent is answered by a reset', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < . 0:0(0) ack 5 win 1000
  +0 > R 5:5(0)
  +0 state = SYN-SENT
`)

drill('segment: SYN-SENT x ack: an acceptable acknowledgement without SYN is dropped', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < . 1:1(0) ack 1 win 1000
  +.5 quiet
  +0 state = SYN-SENT
`)
