import { drill } from '../../../support/drill.ts'

drill('segment: CLOSING x fin: the FIN again is acknowledged again', { covers: 'RFC 9293 3.10.7.4' }, `
  closing(80)
  +.1 < F. 1:1(0) ack 1 win 1000
  +0 > . 2:2(0) ack 2
`)
