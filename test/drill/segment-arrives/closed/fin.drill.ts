import { drill } from '../../../support/drill.ts'

drill('segment: CLOSED x fin: a FIN to nobody is answered by a reset that acknowledges it', { covers: 'RFC 9293 3.10.7.1' }, `
  closed(80)
  +0 < F 5:5(0) win 1000
  +0 > R. 0:0(0) ack 6
`)
