import { drill } from '../../../support/drill.ts'

drill('segment: SYN-RECEIVED x syn: the same SYN again is answered again', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80)
  +.1 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
`)
