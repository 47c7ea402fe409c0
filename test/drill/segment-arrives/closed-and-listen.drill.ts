// Segments that reach nobody (CLOSED) and a listener (LISTEN).

import { cells } from '../../support/cells.ts'

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
  ['ack', 'an acknowledgement to nobody is answered by a reset with its number', `
  +0 < . 1:1(0) ack 77 win 1000
  +0 > R 77:77(0)`],
  ['fin', 'a FIN to nobody is answered by a reset that acknowledges it', `
  +0 < F 5:5(0) win 1000
  +0 > R. 0:0(0) ack 6`],
  ['rst exact', 'a reset to nobody is not answered', `
  +0 < R 1:1(0) win 0
  +1 quiet`],
  ['syn', 'a SYN to nobody is answered by a reset that acknowledges it', `
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > R. 0:0(0) ack 1`],
  ['no ack', 'RST that acknowledges it', `
  +0 < - 1:101(100) win 1000
  +0 > R. 0:0(0) ack 101`],
])

cells('LISTEN', { group: 'segment', covers: 'RFC 9293 3.10.7.2', opening: 'listen(80)' }, [
  ['syn', 'a SYN is answered by SYN-ACK with our MSS', `
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>`, 'RFC 9293 MUST-14'],
  ['syn', 'a SYN with FIN is ignored, as Linux does', `
  +0 < SF 0:0(0) win 1000 <mss 1000>
  +1 quiet`],
  ['syn', 'a SYN with RST is ignored', `
  +0 < SR 0:0(0) win 1000 <mss 1000>
  +1 quiet`],
  ['syn-ack', 'a SYN-ACK is answered by a reset', `
  +0 < S. 0:0(0) ack 77 win 1000 <mss 1000>
  +0 > R 77:77(0)`],
  ['ack', 'an acknowledgement is answered by a reset', `
  +0 < . 1:1(0) ack 77 win 1000
  +0 > R 77:77(0)`],
  ['fin', 'a FIN alone is ignored', `
  +0 < F 0:0(0) win 1000
  +1 quiet`],
  ['rst exact', 'a reset is ignored', `
  +0 < R 1:1(0) win 0
  +1 quiet
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>`],
  ['no ack', 'a segment without flags is ignored', `
  +0 < - 1:101(100) win 1000
  +1 quiet`],
])
