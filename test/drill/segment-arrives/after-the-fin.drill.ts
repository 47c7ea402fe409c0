// What a segment brings after the peer's FIN (CLOSE-WAIT, CLOSING, LAST-ACK): acknowledgements, data and FIN that come too late or
// again, a reset at RCV.NXT. `S` is our SND.NXT; RCV.NXT is 2.

import { cells } from '../../support/cells.ts'

/** The peer sent 100 bytes and its FIN (101): RCV.NXT is 102. */
const DATA = `established(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 read(4, ..., 200) = 100`
const FIN_SENT = '\n  +0 shutdown(4, SHUT_WR) = 0\n  +0 > F. 1:1(0) ack '
const CLOSE_WAIT = `${DATA}\n  +0 < F. 101:101(0) ack 1 win 1000\n  +0~+.2 > . 1:1(0) ack 102`
const AFTER_THE_FIN = [
  { state: 'CLOSE-WAIT', S: 1, afterData: CLOSE_WAIT },
  { state: 'CLOSING', S: 2, afterData: `${DATA}${FIN_SENT}101\n  +0 < F. 101:101(0) ack 1 win 1000\n  +0 > . 2:2(0) ack 102` },
  { state: 'LAST-ACK', S: 2, afterData: `${CLOSE_WAIT}${FIN_SENT}102` },
] as const

for (const { state, S, afterData } of AFTER_THE_FIN) {
  const ignored = (segment: string): string => `
  +0 < ${segment}
  +.1 quiet
  +0 state = ${state}`
  cells(state, { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: `${state.toLowerCase()}(80)` }, [
    ['fin', 'the FIN again is acknowledged again', `
  +.1 < F. 1:1(0) ack 1 win 1000
  +0 > . ${S}:${S}(0) ack 2`],
    ['fin ahead', 'after the FIN: ignored', ignored('F. 12:12(0) ack 1 win 1000')],
    ['data', 'after the FIN: ignored', ignored('P. 2:12(10) ack 1 win 1000')],
    ['data ahead', 'after the FIN: ignored', ignored('P. 12:22(10) ack 1 win 1000')],
    ['urgent', 'after the FIN: ignored', ignored('U. 2:12(10) ack 1 win 1000 urg 10')],
    ['data old', 'acknowledged again', `
  ${afterData}
  +.1 < P. 1:101(100) ack 1 win 1000
  +0 > . ${S}:${S}(0) ack 102
  +0 state = ${state}`],
    ['data overlapping', 'the FIN, with data beyond it: RST', `
  ${afterData}
  +.1 < P. 51:151(100) ack 1 win 1000
  +0 > R 1:1(0)
  +0 state = CLOSED`],
  ])
}

cells('CLOSE-WAIT', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'close-wait(80)' }, [
  ['ack', 'takes data out of flight', `
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 2
  +.1 < . 2:2(0) ack 1001 win 1000
  +0 unacked = 0
  +0 state = CLOSE-WAIT`],
  ['data', 'data after the FIN is ignored, and cannot be read', `
  +0 < P. 2:102(100) ack 1 win 1000
  +.1 quiet
  +0 read(4, ..., 200) = 0`],
  ['rst exact', 'a reset at RCV.NXT breaks the pipe', `
  +0 < R 2:2(0) win 0
  +0 state = CLOSED
  +0 write(4, ..., 10) = -1 EPIPE`, 'RFC 5961 3.2b'],
])

cells('CLOSING', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'closing(80)' }, [
  ['ack', 'the acknowledgement of our FIN leads to TIME-WAIT', `
  +0 < . 2:2(0) ack 2 win 1000
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['rst exact', 'a reset at RCV.NXT ends the connection', `
  +0 < R 2:2(0) win 0
  +0 state = CLOSED
  +1 quiet`, 'RFC 5961 3.2b'],
])

cells('LAST-ACK', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'last-ack(80)' }, [
  ['ack', 'the acknowledgement of our FIN ends the connection', `
  +0 < . 2:2(0) ack 2 win 1000
  +0 state = CLOSED
  +.1 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)`],
  ['rst exact', 'a reset at RCV.NXT ends the connection', `
  +0 < R 2:2(0) win 0
  +0 state = CLOSED
  +1 quiet`, 'RFC 5961 3.2b'],
])
