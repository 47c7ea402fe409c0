import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x ack: an acknowledgement is answered by a reset', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < . 1:1(0) ack 77 win 1000
  +0 > R 77:77(0)
`)
