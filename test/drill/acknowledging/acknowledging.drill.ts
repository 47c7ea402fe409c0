// When acknowledgements go (RFC 9293 3.8.6.3, RFC 5681 4.2).
import { drill } from '../../support/drill.ts'

/** An interactive connection, past the quick ACKs of its beginning. */
const DELAYING = `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0`

drill('an acknowledgement waits a little, but never half a second', {
  covers: ['RFC 9293 SHLD-18', 'RFC 9293 MUST-40', 'RFC 5681 4.2a', 'RFC 5681 4.2b', 'RFC 5681 4.2f'],
}, `${DELAYING}
  +0 < P. 1:101(100) ack 1 win 1000
  +.03 quiet
  +0~+.2 > . 1:1(0) ack 101
`)

drill('data of ours takes it along', { covers: 'RFC 9293 SHLD-18' }, `${DELAYING}
  +0 < P. 1:101(100) ack 1 win 1000
  +.02 write(4, ..., 10) = 10
  +0 > P. 1:11(10) ack 101
  +1 < . 101:101(0) ack 11 win 1000
`)

// Segments that fill their packets: smaller ones shrink the window, and then Linux waits.
drill('the second full segment is acknowledged at once', { covers: ['RFC 9293 SHLD-19', 'RFC 5681 4.2a'] }, `
  established(80) mss 1460
  +0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0
  +0 < . 1:1461(1460) ack 1 win 1000
  +.01 < . 1461:2921(1460) ack 1 win 1000
  +0 > . 1:1(0) ack 2921
  +.01 < . 2921:4381(1460) ack 1 win 1000
  +.01 quiet
  +.01 < . 4381:5841(1460) ack 1 win 1000
  +0 > . 1:1(0) ack 5841
`)

drill('a segment out of order is acknowledged at once and kept; the one that fills the gap, too', {
  covers: ['RFC 9293 MAY-13', 'RFC 9293 SHLD-31', 'RFC 5681 4.2c', 'RFC 5681 4.2d'],
}, `${DELAYING}
  +0 < . 1001:2001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 < . 2001:3001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 read(4, ..., 4000) = -1 EAGAIN
  +0 < . 1:1001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 3001
  +0 read(4, ..., 4000) = 3000
`)

drill('part of a gap filled is acknowledged at once', { covers: 'RFC 5681 4.2d' }, `${DELAYING}
  +0 < . 2001:3001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 < . 1:1001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 1001
`)

drill('one segment draws at most one acknowledgement', { covers: ['RFC 9293 MUST-58', 'RFC 5681 4.2e'] }, `${DELAYING}
  +0 < . 1:3001(3000) ack 1 win 1000
  +0 > . 1:1(0) ack 3001
  +.5 quiet
`)
