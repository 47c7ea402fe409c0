import { drill } from '../../../support/drill.ts'

drill('segment: FIN-WAIT-1 x data: data in order is acknowledged and delivered', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 2:2(0) ack 101
  +0 read(4, ..., 200) = 100
`)

drill('segment: FIN-WAIT-1 x data ahead: data out of order is acknowledged at once and kept', { covers: ['RFC 9293 3.10.7.4', 'RFC 9293 MAY-13', 'RFC 9293 SHLD-31'] }, `
  fin-wait-1(80)
  +0 < P. 101:201(100) ack 1 win 1000
  +0 > . 2:2(0) ack 1
  +0 read(4, ..., 200) = -1 EAGAIN
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 2:2(0) ack 201
  +0 read(4, ..., 400) = 200
`)

drill('segment: FIN-WAIT-1 x data old: old data is acknowledged again', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 2:2(0) ack 101
  +.1 < P. 1:101(100) ack 1 win 1000
  +0 > . 2:2(0) ack 101
  +0 read(4, ..., 400) = 100
`)

drill('segment: FIN-WAIT-1 x data overlapping: of data that overlaps only the new part is taken', { covers: 'RFC 9293 3.10.7.4' }, `
  fin-wait-1(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 2:2(0) ack 101
  +.1 < P. 51:151(100) ack 1 win 1000
  +0 > . 2:2(0) ack 151
  +0 read(4, ..., 400) = 150
`)
