import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x syn: a SYN with RST is ignored', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < SR 0:0(0) win 1000 <mss 1000>
  +1 quiet
`)
