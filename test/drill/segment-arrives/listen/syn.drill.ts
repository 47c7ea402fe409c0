import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x syn: a SYN is answered by SYN-ACK with our MSS', { covers: ['RFC 9293 3.10.7.2', 'RFC 9293 MUST-14'] }, `
  listen(80)
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>
`)
