// Segments by kind and window position in the synchronized states: what the other files of this folder leave out. `S` is our SND.NXT,
// `R` our RCV.NXT and `A` what the peer acknowledges.

import type { TcpState } from '../../../src/tcp/state.ts'
import { cells } from '../../support/cells.ts'
import type { Cell } from '../../support/cells.ts'

const COVERS = ['RFC 9293 3.10.7.4', 'RFC 5961 3.2', 'RFC 5961 4.2', 'RFC 5961 5.2']

function common(S: number, R: number, A: number, state: TcpState): readonly Cell[] {
  const challenged = (segment: string): string => `
  +0 < ${segment}
  +0 > . ${S}:${S}(0) ack ${R}
  +0 state = ${state}`
  return [
    ['syn outside', 'challenged', challenged('S 200001:200001(0) win 1000 <mss 1000>')],
    ['syn-ack', 'challenged', challenged(`S. ${R}:${R}(0) ack ${A} win 1000 <mss 1000>`)],
    ['ack above', 'answered by an ACK', challenged(`. ${R}:${R}(0) ack 100 win 1000`)],
    ['ack old', 'beyond all that was ever acknowledged: answered by an ACK', challenged(`. ${R}:${R}(0) ack -1000 win 1000`)],
    ['ack outside', 'answered by an ACK', challenged(`. 200001:200001(0) ack ${A} win 1000`)],
    ['fin outside', 'answered by an ACK', challenged(`F. 200001:200001(0) ack ${A} win 1000`)],
  ]
}

cells('ESTABLISHED', { group: 'segment', covers: COVERS, opening: 'established(80)' }, [
  ...common(1, 1, 1, 'ESTABLISHED'),
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
  +0 unacked = 0`],
])

cells('FIN-WAIT-1', { group: 'segment', covers: COVERS, opening: 'fin-wait-1(80)' }, [
  ...common(2, 1, 1, 'FIN-WAIT-1'),
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

cells('FIN-WAIT-2', { group: 'segment', covers: COVERS, opening: 'fin-wait-2(80)' }, [
  ...common(2, 1, 2, 'FIN-WAIT-2'),
  ['ack', 'again: nothing', `
  +0 < . 1:1(0) ack 2 win 1000
  +.1 quiet
  +0 state = FIN-WAIT-2`],
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

/** The peer sent 100 bytes and its FIN (101): RCV.NXT is 102. */
const DATA = `established(80)
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 read(4, ..., 200) = 100`
const FIN_SENT = '\n  +0 shutdown(4, SHUT_WR) = 0\n  +0 > F. 1:1(0) ack '
const AFTER_DATA = {
  'CLOSE-WAIT': `${DATA}\n  +0 < F. 101:101(0) ack 1 win 1000\n  +0~+.2 > . 1:1(0) ack 102`,
  'CLOSING': `${DATA}${FIN_SENT}101\n  +0 < F. 101:101(0) ack 1 win 1000\n  +0 > . 2:2(0) ack 102`,
  'LAST-ACK': `${DATA}\n  +0 < F. 101:101(0) ack 1 win 1000\n  +0~+.2 > . 1:1(0) ack 102${FIN_SENT}102`,
  'TIME-WAIT': `${DATA}${FIN_SENT}101\n  +0 < F. 101:101(0) ack 2 win 1000\n  +0 > . 2:2(0) ack 102`,
} as const

for (const state of ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const) {
  const S = state === 'CLOSE-WAIT' ? 1 : 2
  const ignored = (segment: string): string => `
  +0 < ${segment}
  +.1 quiet
  +0 state = ${state}`
  cells(state, { group: 'segment', covers: COVERS, opening: `${state.toLowerCase()}(80)` }, [
    ...common(S, 2, 1, state),
    ['fin ahead', 'after the FIN: ignored', ignored('F. 12:12(0) ack 1 win 1000')],
    ['data ahead', 'after the FIN: ignored', ignored('P. 12:22(10) ack 1 win 1000')],
    ['data', 'after the FIN: ignored', ignored('P. 2:12(10) ack 1 win 1000')],
    ['urgent', 'after the FIN: ignored', ignored('U. 2:12(10) ack 1 win 1000 urg 10')],
    ['data old', 'acknowledged again', `
  ${AFTER_DATA[state]}
  +.1 < P. 1:101(100) ack 1 win 1000
  +0 > . ${S}:${S}(0) ack 102
  +0 state = ${state}`],
    ['data overlapping', 'the FIN, with data beyond it: RST', `
  ${AFTER_DATA[state]}
  +.1 < P. 51:151(100) ack 1 win 1000
  +0 > R 1:1(0)
  +0 state = CLOSED`],
  ])
}

cells('CLOSE-WAIT', { group: 'segment', covers: COVERS, opening: 'close-wait(80)' }, [
  ['ack', 'takes data out of flight', `
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 2
  +.1 < . 2:2(0) ack 1001 win 1000
  +0 unacked = 0
  +0 state = CLOSE-WAIT`],
])

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

cells('TIME-WAIT', { group: 'segment', covers: [...COVERS, 'RFC 9293 MAY-2'], opening: 'time-wait(80)' }, [
  ['syn', 'above the old numbers begins a new connection', `
  +0 < S 1000:1000(0) win 1000 <mss 1000>
  +0 > S. 65539:65539(0) ack 1001 <...>`],
  ['syn outside', 'below the old numbers is acknowledged', answered('S 1:1(0) win 1000 <mss 1000>')],
  ['syn-ack', 'acknowledged', answered('S. 2:2(0) ack 2 win 1000 <mss 1000>')],
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
  ${AFTER_DATA['TIME-WAIT']}
  +.1 < P. 1:101(100) ack 2 win 1000
  +0 > . 2:2(0) ack 102`],
  ['data overlapping', 'acknowledged', `
  ${AFTER_DATA['TIME-WAIT']}
  +.1 < P. 51:151(100) ack 2 win 1000
  +0 > . 2:2(0) ack 102`],
  ['no ack', 'dropped', dropped('- 2:2(0) win 1000')],
  ['urgent', 'acknowledged', answered('U. 2:12(10) ack 2 win 1000 urg 10')],
])

cells('SYN-RECEIVED', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'syn-received(80)' }, [
  ['syn outside', 'answered by an ACK', `
  +0 < S 200001:200001(0) win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1`],
  ['syn-ack', 'answered by an ACK', `
  +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1`],
  ['ack old', 'RST, the connection may still complete', `
  +0 < . 1:1(0) ack 0 win 1000
  +0 > R 0:0(0)
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4`],
  ['ack outside', 'answered by an ACK', `
  +0 < . 200001:200001(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1`],
  ['rst inside', 'forgets the connection, as in Linux: RFC 5961 would challenge it', `
  +0 < R 100:100(0) win 0
  +.1 quiet
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)`],
  ['fin ahead', 'opens, and waits for the data before it', `
  +0 < F. 11:11(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 accept(3, ..., ...) = 4
  +0 state = ESTABLISHED
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 12
  +0 state = CLOSE-WAIT`],
  ['fin outside', 'answered by an ACK', `
  +0 < F. 200001:200001(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1`],
  ['data ahead', 'opens, and is kept', `
  +0 < P. 11:21(10) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 accept(3, ..., ...) = 4
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 21
  +0 read(4, ..., 100) = 20`],
  ['data outside', 'answered by an ACK', `
  +0 < P. 200001:200101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 1`],
  ['no ack', 'dropped', `
  +0 < - 1:1(0) win 1000
  +.1 quiet
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4`],
  ['urgent', 'opens and is signalled', `
  +0 < U. 1:11(10) ack 1 win 1000 urg 10
  +0 > . 1:1(0) ack 11
  +0 accept(3, ..., ...) = 4
  +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1`],
])

cells('SYN-SENT', { group: 'segment', covers: 'RFC 9293 3.10.7.3', opening: 'syn-sent(80)' }, [
  ['ack old', 'RST with its number', `
  +0 < . 0:0(0) ack 0 win 1000
  +0 > R 0:0(0)
  +0 state = SYN-SENT`],
  ['data', 'without SYN: dropped', `
  +0 < P. 1:101(100) ack 1 win 1000
  +.1 quiet
  +0 state = SYN-SENT`],
  ['no ack', 'dropped', `
  +0 < - 1:101(100) win 1000
  +.1 quiet
  +0 state = SYN-SENT`],
  ['urgent', 'without SYN: dropped', `
  +0 < U. 1:101(100) ack 1 win 1000 urg 10
  +.1 quiet
  +0 state = SYN-SENT`],
])

for (const [state, opening] of [['CLOSED', 'closed(80)'], ['LISTEN', 'listen(80)']] as const) {
  cells(state, { group: 'segment', covers: state === 'CLOSED' ? 'RFC 9293 3.10.7.1' : 'RFC 9293 3.10.7.2', opening }, [
    ['syn-ack', 'RST with its number', `
  +0 < S. 1:1(0) ack 77 win 1000 <mss 1000>
  +0 > R 77:77(0)`],
    ['data', 'RST with its number', `
  +0 < P. 1:101(100) ack 77 win 1000
  +0 > R 77:77(0)`],
    ['urgent', 'RST with its number', `
  +0 < U. 1:101(100) ack 77 win 1000 urg 10
  +0 > R 77:77(0)`],
  ])
}

cells('CLOSED', { group: 'segment', covers: 'RFC 9293 3.10.7.1', opening: 'closed(80)' }, [
  ['no ack', 'RST that acknowledges it', `
  +0 < - 1:101(100) win 1000
  +0 > R. 0:0(0) ack 101`],
])
