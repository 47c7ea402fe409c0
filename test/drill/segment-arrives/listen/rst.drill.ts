import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x rst exact: a reset is ignored', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < R 1:1(0) win 0
  +1 quiet
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
`)
