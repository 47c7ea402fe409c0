import { drill } from '../../../support/drill.ts'

drill('segment: CLOSED x rst exact: a reset to nobody is not answered', { covers: 'RFC 9293 3.10.7.1' }, `
  closed(80)
  +0 < R 1:1(0) win 0
  +1 quiet
`)
