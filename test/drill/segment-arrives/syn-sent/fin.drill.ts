import { drill } from '../../../support/drill.ts'

drill('segment: SYN-SENT x fin: a FIN is dropped', { covers: 'RFC 9293 3.10.7.3' }, `
  syn-sent(80)
  +0 < F 0:0(0) win 1000
  +.5 quiet
  +0 state = SYN-SENT
`)
