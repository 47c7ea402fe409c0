import { drill } from '../../../support/drill.ts'

drill('segment: CLOSE-WAIT x data outside: data outside the window is acknowledged and dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  close-wait(80)
  +0 < . 200001:200101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 2
`)
