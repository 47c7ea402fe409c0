import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x no ack: a segment without flags is ignored', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < - 1:101(100) win 1000
  +1 quiet
`)
