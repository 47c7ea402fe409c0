import { drill } from '../../../support/drill.ts'

drill('segment: CLOSED x ack: an acknowledgement to nobody is answered by a reset with its number', { covers: 'RFC 9293 3.10.7.1' }, `
  closed(80)
  +0 < . 1:1(0) ack 77 win 1000
  +0 > R 77:77(0)
`)
