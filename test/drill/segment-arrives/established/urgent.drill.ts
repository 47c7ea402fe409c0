import { drill } from '../../../support/drill.ts'

drill('segment: ESTABLISHED x urgent: urgent data is signalled and read out of band', { covers: ['RFC 9293 MUST-30', 'RFC 9293 3.10.7.4'] }, `
  established(80)
  +0 < U. 1:11(10) ack 1 win 1000 urg 10
  +0 > . 1:1(0) ack 11
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1
  +0 recv(4, ..., 1, MSG_OOB) = 1
  +0 recv(4, ..., 20, 0) = 9
`)
