import { drill } from '../../../support/drill.ts'

drill('segment: SYN-RECEIVED x data: data with the acknowledgement is delivered', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 200) = 100
`)
