import { drill } from '../../../support/drill.ts'

drill('segment: ESTABLISHED x syn: a SYN is challenged, whatever its number', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 4.2'] }, `
  established(80)
  +0 < S 1:1(0) win 1000
  +0 > . 1:1(0) ack 1
  +0 state = ESTABLISHED
`)
