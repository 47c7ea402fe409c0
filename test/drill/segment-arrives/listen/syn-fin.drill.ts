import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x syn: a SYN with FIN is ignored, as Linux does', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < SF 0:0(0) win 1000 <mss 1000>
  +1 quiet
`)
