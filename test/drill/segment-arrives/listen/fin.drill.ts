import { drill } from '../../../support/drill.ts'

drill('segment: LISTEN x fin: a FIN alone is ignored', { covers: 'RFC 9293 3.10.7.2' }, `
  listen(80)
  +0 < F 0:0(0) win 1000
  +1 quiet
`)
