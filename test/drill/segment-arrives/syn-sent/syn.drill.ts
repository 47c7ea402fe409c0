import { drill } from '../../../support/drill.ts'

drill('segment: SYN-SENT x syn: a SYN from the other side opens simultaneously', { covers: ['RFC 9293 3.10.7.3', 'RFC 9293 MUST-10'] }, `
  syn-sent(80)
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 state = SYN-RECEIVED
  +0 < . 1:1(0) ack 1 win 1000
  +0 state = ESTABLISHED
`)
