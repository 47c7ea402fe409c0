import { drill } from '../../../support/drill.ts'

drill('segment: TIME-WAIT x rst exact: a reset ends TIME-WAIT while tcp_rfc1337 is off', { covers: 'RFC 9293 3.10.7.4' }, `
  time-wait(80)
  +0 < R 2:2(0) win 0
  +0 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)
`)
