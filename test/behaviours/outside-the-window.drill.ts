// Behaviours 1 to 5: segments whose numbers do not fit. Our window of these connections is 64,240 bytes: its right edge is 64241.

import { drill } from '../support/drill.ts'

drill('behaviour 1: data right of the window is not delivered, and acknowledged every time', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80) mss 1000
  +0 < P. 64242:64342(100) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 < P. 64242:64342(100) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +.001 < P. 200001:201001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 read(4, ..., 10) = -1 EAGAIN
`)

drill('behaviour 1: it is answered from SND.NXT also while data of ours is in flight', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80) mss 1000
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +0 < P. 70001:70101(100) ack 1 win 1000
  +0 > . 1001:1001(0) ack 1
  +0 read(4, ..., 10) = -1 EAGAIN
`)

drill('behaviour 1: the part of a segment that lies inside is taken', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80) mss 1000
  +0 < . 64141:64341(200) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +0 read(4, ..., 10) = -1 EAGAIN
  +0 state = ESTABLISHED
`)

drill('behaviour 2: SYNs outside the window draw one ACK in 500 ms', { covers: ['RFC 5961 4.2', 'RFC 5961 7'] }, `
  established(80) mss 1000
  +0 < S 200001:200001(0) win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +.1 < S 200001:200001(0) win 1000 <mss 1000>
  +.3 quiet
  +.2 < S 200001:200001(0) win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +0 state = ESTABLISHED
`)

drill('behaviour 2: SYN-ACKs outside the window draw one ACK in 500 ms', { covers: ['RFC 5961 4.2', 'RFC 5961 7'] }, `
  established(80) mss 1000
  +0 < S. 200001:200001(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
  +.1 < S. 200001:200001(0) ack 1 win 1000 <mss 1000>
  +.3 quiet
  +.2 < S. 200001:200001(0) ack 1 win 1000 <mss 1000>
  +0 > . 1:1(0) ack 1
`)

drill('behaviour 2: pure ACKs beyond the right edge draw one ACK in 500 ms', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 7'] }, `
  established(80) mss 1000
  +0 < . 64242:64242(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
  +.1 < . 64242:64242(0) ack 1 win 1000
  +.3 quiet
  +.2 < . 64242:64242(0) ack 1 win 1000
  +0 > . 1:1(0) ack 1
`)

drill('behaviour 2: a pure ACK at the very edge, or a FIN without ACK, draws nothing', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80) mss 1000
  +0 < . 64241:64241(0) ack 1 win 1000
  +.1 quiet
  +0 < F 1:1(0) win 1000
  +.1 quiet
  +0 state = ESTABLISHED
`)

for (const [state, acknowledges] of [['fin-wait-2', '2:2(0) ack 1'], ['close-wait', '1:1(0) ack 2'], ['closing', '2:2(0) ack 2']] as const) {
  const from = acknowledges.endsWith('1') ? 1 : 2
  drill(`behaviour 4: an ACK above SND.NXT in ${state.toUpperCase()} is answered by an ACK, the state kept`, { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 5.2'] }, `
  ${state}(80) mss 1000
  +0 < . ${from}:${from}(0) ack 100 win 1000
  +0 > . ${acknowledges}
  +0 state = ${state.toUpperCase()}
`)
}

drill('behaviour 3: data and FIN with an ACK above SND.NXT are dropped and answered by an ACK', { covers: ['RFC 9293 3.10.7.4', 'RFC 5961 5.2'] }, `
  established(80) mss 1000
  +0 < FP. 1:101(100) ack 100 win 1000
  +0 > . 1:1(0) ack 1
  +0 read(4, ..., 200) = -1 EAGAIN
  +0 state = ESTABLISHED
  +1 < P. 1:101(100) ack 1 win 1000
  +0~+.2 > . 1:1(0) ack 101
`)

drill('behaviour 4: after LAST-ACK is over data draws RST', { covers: ['RFC 9293 3.10.7.1', 'RFC 9293 3.10.7.4'] }, `
  last-ack(80) mss 1000
  +0 < . 2:2(0) ack 100 win 1000
  +0 > . 2:2(0) ack 2
  +0 state = LAST-ACK
  +.15 < . 2:2(0) ack 2 win 1000
  +0 state = CLOSED
  +0 < P. 2:102(100) ack 2 win 1000
  +0 > R 2:2(0)
`)

drill('behaviour 5: in SYN-RECEIVED an ACK that is not SND.NXT draws RST with its number, the right one still completes', { covers: 'RFC 9293 3.10.7.4' }, `
  syn-received(80) mss 1000
  +0 < . 1:1(0) ack 9 win 1000
  +0 > R 9:9(0)
  +0 < . 1:1(0) ack 0 win 1000
  +0 > R 0:0(0)
  +0 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
  +0 state = ESTABLISHED
`)
