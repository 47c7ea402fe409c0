// Segments by kind and window position in TIME-WAIT.

import { cells } from '../../support/cells.ts'

/** The peer sent 100 bytes and its FIN (101), we closed: RCV.NXT is 102. */
const AFTER_DATA = `established(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 read(4, ..., 200) = 100
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 1:1(0) ack 101
  +0 < F. 101:101(0) ack 2 win 1000
  +0 > . 2:2(0) ack 102`

function answered(segment: string): string {
  return `
  +0 < ${segment}
  +0 > . 2:2(0) ack 2`
}

function dropped(segment: string): string {
  return `
  +0 < ${segment}
  +.1 quiet
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`
}

cells('TIME-WAIT', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'time-wait(80)' }, [
  ['ack', 'an acknowledgement in order is dropped', `
  +.1 < . 2:2(0) ack 2 win 1000
  +.1 quiet`],
  ['fin', 'the FIN again is acknowledged again', `
  +.1 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2
  +50 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`, 'RFC 9293 MUST-13'],
  ['rst exact', 'a reset ends TIME-WAIT while tcp_rfc1337 is off', `
  +0 < R 2:2(0) win 0
  +0 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)`],
  ['data outside', 'data outside the window is acknowledged and dropped', `
  +0 < . 200001:200101(100) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['syn', 'above the old numbers begins a new connection', `
  +0 < S 1000:1000(0) win 1000 <mss 1000>
  +0 > S. 65539:65539(0) ack 1001 <...>`, 'RFC 9293 MAY-2'],
  ['syn outside', 'below the old numbers is acknowledged', answered('S 1:1(0) win 1000 <mss 1000>'), 'RFC 5961 4.2'],
  ['syn-ack', 'acknowledged', answered('S. 2:2(0) ack 2 win 1000 <mss 1000>'), 'RFC 5961 4.2'],
  ['ack above', 'dropped', dropped('. 2:2(0) ack 100 win 1000')],
  ['ack old', 'dropped', dropped('. 2:2(0) ack 1 win 1000')],
  ['ack outside', 'acknowledged', answered('. 200001:200001(0) ack 2 win 1000')],
  ['rst inside', 'dropped: it is not at RCV.NXT', dropped('R 100:100(0) win 0')],
  ['rst outside', 'dropped', dropped('R 200001:200001(0) win 0')],
  ['fin ahead', 'acknowledged', answered('F. 12:12(0) ack 2 win 1000')],
  ['fin outside', 'acknowledged', answered('F. 200001:200001(0) ack 2 win 1000')],
  ['data', 'acknowledged', answered('P. 2:12(10) ack 2 win 1000')],
  ['data ahead', 'acknowledged', answered('P. 12:22(10) ack 2 win 1000')],
  ['data old', 'acknowledged', `
  ${AFTER_DATA}
  +.1 < P. 1:101(100) ack 2 win 1000
  +0 > . 2:2(0) ack 102`],
  ['data overlapping', 'acknowledged', `
  ${AFTER_DATA}
  +.1 < P. 51:151(100) ack 2 win 1000
  +0 > . 2:2(0) ack 102`],
  ['no ack', 'dropped', dropped('- 2:2(0) win 1000')],
  ['urgent', 'acknowledged', answered('U. 2:12(10) ack 2 win 1000 urg 10')],
])
