// Segments whose answer is one and the same in every synchronized state but TIME-WAIT: outside the window, a SYN, a reset that is not
// at RCV.NXT, an ACK too old or too new, no ACK. `S` is our SND.NXT, `R` our RCV.NXT and `A` what the peer acknowledges.

import { cells } from '../../support/cells.ts'

const SYNCHRONIZED = [
  { state: 'ESTABLISHED', S: 1, R: 1, A: 1 },
  { state: 'FIN-WAIT-1', S: 2, R: 1, A: 1 },
  { state: 'FIN-WAIT-2', S: 2, R: 1, A: 2 },
  { state: 'CLOSE-WAIT', S: 1, R: 2, A: 1 },
  { state: 'CLOSING', S: 2, R: 2, A: 1 },
  { state: 'LAST-ACK', S: 2, R: 2, A: 1 },
] as const

for (const { state, S, R, A } of SYNCHRONIZED) {
  const challenged = (segment: string): string => `
  +0 < ${segment}
  +0 > . ${S}:${S}(0) ack ${R}
  +0 state = ${state}`
  const dropped = (segment: string): string => `
  +0 < ${segment}
  +.1 quiet
  +0 state = ${state}`
  cells(state, { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: `${state.toLowerCase()}(80)` }, [
    ['syn', 'a SYN is challenged, whatever its number', challenged(`S ${R}:${R}(0) win 1000`), 'RFC 5961 4.2'],
    ['syn outside', 'challenged', challenged('S 200001:200001(0) win 1000 <mss 1000>'), 'RFC 5961 4.2'],
    ['syn-ack', 'challenged', challenged(`S. ${R}:${R}(0) ack ${A} win 1000 <mss 1000>`), 'RFC 5961 4.2'],
    ['ack above', 'answered by an ACK', challenged(`. ${R}:${R}(0) ack 100 win 1000`), 'RFC 5961 5.2'],
    ['ack old', 'beyond all that was ever acknowledged: answered by an ACK', challenged(`. ${R}:${R}(0) ack -1000 win 1000`), 'RFC 5961 5.2'],
    ['ack outside', 'answered by an ACK', challenged(`. 200001:200001(0) ack ${A} win 1000`)],
    ['data outside', 'data outside the window is acknowledged and dropped', challenged(`. 200001:200101(100) ack ${S} win 1000`)],
    ['fin outside', 'answered by an ACK', challenged(`F. 200001:200001(0) ack ${A} win 1000`)],
    ['no ack', 'a segment without ACK is dropped', dropped(`- ${R}:${R}(0) win 1000`)],
    ['rst inside', 'a reset in the window but not at RCV.NXT is challenged', challenged(`R ${R + 99}:${R + 99}(0) win 0`), 'RFC 5961 3.2c'],
    ['rst outside', 'a reset outside the window is dropped', dropped('R 200001:200001(0) win 0'), 'RFC 5961 3.2a'],
  ])
}
