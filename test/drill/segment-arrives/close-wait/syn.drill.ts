import { drill } from '../../../support/drill.ts'

drill('segment: CLOSE-WAIT x syn: a SYN is challenged, whatever its number', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 4.2'] }, `
  close-wait(80)
  +0 < S 2:2(0) win 1000
  +0 > . 1:1(0) ack 2
  +0 state = CLOSE-WAIT
`)
