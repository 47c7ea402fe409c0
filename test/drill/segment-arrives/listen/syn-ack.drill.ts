import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x syn-ack: a SYN-ACK is answered by a reset', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < S. 0:0(0) ack 77 win 1000 <mss 1000>
  +0 > R 77:77(0)
`)
