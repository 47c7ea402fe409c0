// Segments by kind and window position while the connection opens: SYN-SENT and SYN-RECEIVED.

import { cells } from '../../support/cells.ts'

cells('SYN-SENT', { group: 'segment', covers: 'RFC 9293 3.10.7.3', opening: 'syn-sent(80)' }, [
  ['syn-ack', 'a SYN-ACK of our SYN is acknowledged and the connection stands', `
  +0 < S. 0:0(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 state = ESTABLISHED`],
  ['ack above', 'a SYN-ACK of the wrong number is answered by a reset', `
  +0 < S. 0:0(0) ack 5 win 1000 <mss 1000>
  +0 > R 5:5(0)
  +0 state = SYN-SENT`],
  ['syn', 'a SYN from the other side opens simultaneously', `
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +0 state = SYN-RECEIVED
  +0 < . 1:1(0) ack 1 win 1000
  +0 state = ESTABLISHED`, 'RFC 9293 MUST-10'],
  ['ack above', 'an acknowledgement of what was never sent is answered by a reset', `
  +0 < . 0:0(0) ack 5 win 1000
  +0 > R 5:5(0)
  +0 state = SYN-SENT`],
  ['ack', 'an acceptable acknowledgement without SYN is dropped', `
  +0 < . 1:1(0) ack 1 win 1000
  +.5 quiet
  +0 state = SYN-SENT`],
  ['rst exact', 'a reset that acknowledges our SYN refuses the connection', `
  +0 < R. 0:0(0) ack 1 win 0
  +0 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0`, 'RFC 9293 MUST-12'],
  ['rst outside', 'a reset of the wrong number is dropped, and the SYN sent again at once, as Linux does', `
  +0 < R. 0:0(0) ack 9 win 0
  +0~+.010 > S 0:0(0) <...>
  +0 state = SYN-SENT`],
  ['rst inside', 'a reset without acknowledgement is dropped', `
  +0 < R 0:0(0) win 0
  +.5 quiet
  +0 state = SYN-SENT`],
  ['fin', 'a FIN is dropped', `
  +0 < F 0:0(0) win 1000
  +.5 quiet
  +0 state = SYN-SENT`],
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

cells('SYN-RECEIVED', { group: 'segment', covers: 'RFC 9293 3.10.7.4', opening: 'syn-received(80)' }, [
  ['ack', 'the acknowledgement of our SYN-ACK completes the handshake', `
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
  +0 state = ESTABLISHED`],
  ['ack above', 'an acknowledgement of what was never sent is answered by a reset', `
  +0 < . 1:1(0) ack 9 win 1000
  +0 > R 9:9(0)`],
  ['syn', 'the same SYN again is answered again', `
  +.1 < S 0:0(0) win 32792 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>`],
  ['rst exact', 'a reset at RCV.NXT forgets the half-open connection', `
  +0 < R 1:1(0) win 0
  +.5 quiet
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)`, 'RFC 5961 3.2b'],
  ['rst outside', 'a reset outside the window is dropped', `
  +0 < R 200001:200001(0) win 0
  +.1 quiet
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4`],
  ['data', 'data with the acknowledgement is delivered', `
  +0 < P. 1:101(100) ack 1 win 1000
  +0 > . 1:1(0) ack 101
  +0 accept(3, ..., ...) = 4
  +0 read(4, ..., 200) = 100`],
  ['fin', 'a FIN with the acknowledgement opens and half closes', `
  +0 < F. 1:1(0) ack 1 win 1000
  +0 > . 1:1(0) ack 2
  +0 accept(3, ..., ...) = 4
  +0 state = CLOSE-WAIT
  +0 read(4, ..., 10) = 0`],
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
