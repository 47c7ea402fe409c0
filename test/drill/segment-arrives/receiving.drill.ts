// What a segment brings while the peer has not closed (ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2): acknowledgements, data by its place,
// FIN, urgent data, a reset at RCV.NXT. `S` is our SND.NXT and `A` what the peer acknowledges; RCV.NXT is 1.

import { cells } from '../../support/cells.ts'

const RECEIVING = [
  { state: 'ESTABLISHED', S: 1, A: 1 },
  { state: 'FIN-WAIT-1', S: 2, A: 1 },
  { state: 'FIN-WAIT-2', S: 2, A: 2 },
] as const

for (const { state, S, A } of RECEIVING) {
  const first = `
  +0 < P. 1:101(100) ack ${A} win 1000
  +0 > . ${S}:${S}(0) ack 101`
  cells(state, { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: `${state.toLowerCase()}(80)` }, [
    ['data', 'data in order is acknowledged and delivered', `${first}
  +0 read(4, ..., 200) = 100`],
    ['data ahead', 'data out of order is acknowledged at once and kept', `
  +0 < P. 101:201(100) ack ${A} win 1000
  +0 > . ${S}:${S}(0) ack 1
  +0 read(4, ..., 200) = -1 EAGAIN
  +0 < P. 1:101(100) ack ${A} win 1000
  +0 > . ${S}:${S}(0) ack 201
  +0 read(4, ..., 400) = 200`, 'RFC 9293 MAY-13', 'RFC 9293 SHLD-31'],
    ['data old', 'old data is acknowledged again', `${first}
  +.1 < P. 1:101(100) ack ${A} win 1000
  +0 > . ${S}:${S}(0) ack 101
  +0 read(4, ..., 400) = 100`],
    ['data overlapping', 'of data that overlaps only the new part is taken', `${first}
  +.1 < P. 51:151(100) ack ${A} win 1000
  +0 > . ${S}:${S}(0) ack 151
  +0 read(4, ..., 400) = 150`],
    ['rst exact', 'a reset at RCV.NXT ends the connection', `
  +0 < R 1:1(0) win 0
  +0 read(4, ..., 10) = -1 ECONNRESET (Connection reset by peer)
  +0 state = CLOSED`, 'RFC 5961 3.2b', 'RFC 9293 MUST-12'],
  ])
}

cells('ESTABLISHED', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'established(80)' }, [
  ['ack', 'takes data out of flight', `
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +0 unacked = 1
  +.1 < . 1:1(0) ack 1001 win 1000
  +0 unacked = 0`],
  ['ack old', 'of what was acknowledged before: ignored', `
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 1000
  +.1 < . 1:1(0) ack 501 win 1000
  +.1 quiet
  +0 unacked = 0`, 'RFC 5961 5.2'],
  ['fin', 'a FIN half closes', `
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > . 1:1(0) ack 2
  +0 state = CLOSE-WAIT
  +0 read(4, ..., 10) = 0`],
  ['fin', 'a FIN with data is acknowledged with it', `
  +0 < FP. 1:11(10) ack 1 win 1000
  +0~+.040 > . 1:1(0) ack 12
  +0 read(4, ..., 20) = 10
  +0 read(4, ..., 20) = 0`],
  ['fin ahead', 'a FIN ahead of its data waits for it', `
  +0 < F. 11:11(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 12
  +0 state = CLOSE-WAIT`],
  ['rst exact', 'a reset may carry data', `
  +0 < R 1:21(20) win 0
  +0 read(4, ..., 10) = -1 ECONNRESET`, 'RFC 9293 SHLD-2'],
  ['urgent', 'urgent data is signalled and read out of band', `
  +0 < U. 1:11(10) ack 1 win 1000 urg 10
  +0 > . 1:1(0) ack 11
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1
  +0 recv(4, ..., 1, MSG_OOB) = 1
  +0 recv(4, ..., 20, 0) = 9`, 'RFC 9293 MUST-30'],
])

cells('FIN-WAIT-1', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'fin-wait-1(80)' }, [
  ['ack', 'the acknowledgement of our FIN leads to FIN-WAIT-2', `
  +0 < . 1:1(0) ack 2 win 1000
  +0 state = FIN-WAIT-2`],
  ['ack', 'an acknowledgement short of our FIN changes nothing', `
  +0 < . 1:1(0) ack 1 win 1000
  +.1 quiet
  +0 state = FIN-WAIT-1`],
  ['fin', 'a FIN that does not acknowledge ours: both close at once', `
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > . 2:2(0) ack 2
  +0 state = CLOSING`],
  ['fin', 'a FIN that acknowledges ours ends in TIME-WAIT', `
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['fin ahead', 'waits for the data before it, then CLOSING', `
  +0 < F. 11:11(0) ack 1 win 1000
  +0 > . 2:2(0) ack 1
  +0 state = FIN-WAIT-1
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 2:2(0) ack 12
  +0 state = CLOSING`],
  ['urgent', 'signalled and read out of band', `
  +0 < U. 1:11(10) ack 1 win 1000 urg 10
  +0~+.04 > . 2:2(0) ack 11
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1
  +0 recv(4, ..., 1, MSG_OOB) = 1`],
])

cells('FIN-WAIT-2', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'fin-wait-2(80)' }, [
  ['ack', 'again: nothing', `
  +0 < . 1:1(0) ack 2 win 1000
  +.1 quiet
  +0 state = FIN-WAIT-2`],
  ['fin', 'a FIN is acknowledged and leads to TIME-WAIT', `
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['fin ahead', 'waits for the data before it, then TIME-WAIT', `
  +0 < F. 11:11(0) ack 2 win 1000
  +0 > . 2:2(0) ack 1
  +0 state = FIN-WAIT-2
  +0 < P. 1:11(10) ack 2 win 1000
  +0 > . 2:2(0) ack 12
  +0 read(4, ..., 100) = 10
  +.1 < F. 11:11(0) ack 2 win 1000
  +0 > . 2:2(0) ack 12`],
  ['urgent', 'signalled and read out of band', `
  +0 < U. 1:11(10) ack 2 win 1000 urg 10
  +0~+.04 > . 2:2(0) ack 11
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1
  +0 recv(4, ..., 1, MSG_OOB) = 1`],
])
