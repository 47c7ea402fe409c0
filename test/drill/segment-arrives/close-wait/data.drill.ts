import { drill } from '../../../support/drill.ts'

drill('segment: CLOSE-WAIT x data: data after the FIN is ignored', { covers: 'RFC 9293 3.10.7.4' }, `
  close-wait(80)
  +0 < P. 2:102(100) ack 1 win 1000
  +.1 quiet
  +0 read(4, ..., 200) = 0
`)
