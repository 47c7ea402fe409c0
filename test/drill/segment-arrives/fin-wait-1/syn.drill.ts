import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-1 x syn: a SYN is challenged, whatever its number', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 4.2'] }, `
  fin-wait-1(80)
  +0 < S 1:1(0) win 1000
  +0 > . 2:2(0) ack 1
  +0 state = FIN-WAIT-1
`)
