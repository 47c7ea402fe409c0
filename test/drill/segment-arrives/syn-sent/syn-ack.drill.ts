import { drill } from '../../../support/drill.ts'

drill('segment: SYN-SENT x syn-ack: a SYN-ACK of our SYN is acknowledged and the connection stands', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 state = ESTABLISHED
`)

drill('segment: SYN-SENT x ack above: a SYN-ACK of the wrong number is answered by a reset', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < S. 0:0(0) ack 5 win 1000 <mss 1000>
  +0 > R 5:5(0)
  +0 state = SYN-SENT
`)
