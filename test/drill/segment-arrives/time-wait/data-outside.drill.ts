import { drill } from '../../../support/drill.ts'

drill('segment: TIME-WAIT x data outside: data outside the window is acknowledged and dropped', { covers: 'RFC 9293 3.10.7.4' }, `
  time-wait(80)
  +0 < . 200001:200101(100) ack 2 win 1000
  +0 > . 2:2(0) ack 2
`)
