import { drill } from '../../../support/drill.ts'

drill('segment: SYN-RECEIVED x ack: the acknowledgement of our SYN-ACK completes the handshake', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80)
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
  +0 state = ESTABLISHED
`)

drill('segment: SYN-RECEIVED x ack above: an acknowledgement of what was never sent is answered by a reset', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80)
  +0 < . 1:1(0) ack 9 win 1000
  +0 > R 9:9(0)
`)
