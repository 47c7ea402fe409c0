import { cells } from '../../support/cells.ts'

const ABORT = '+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0\n  +0 close(4) = 0'
const ALL = 'events=POLLIN|POLLOUT|POLLPRI|POLLRDHUP'

cells('ESTABLISHED', { group: 'user call', covers: ['RFC 9293 3.10.1', 'RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5', 'RFC 9293 3.10.6'], opening: 'established(80)' }, [
  ['connect', 'EISCONN', '+0 connect(4, ..., ...) = -1 EISCONN'],
  ['listen', 'EINVAL', '+0 listen(4, 1) = -1 EINVAL'],
  ['accept', 'EINVAL', '+0 accept(4, ..., ...) = -1 EINVAL'],
  ['send', 'goes out', `
  +0 write(4, ..., 10) = 10
  +0 > P. 1:11(10) ack 1`],
  ['recv', 'EAGAIN, then what has come', `
  +0 read(4, ..., 10) = -1 EAGAIN
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 11
  +0 read(4, ..., 100) = 10`],
  ['shutdown', 'sends FIN after what is queued', `
  +0 write(4, ..., 10) = 10
  +0 > P. 1:11(10) ack 1
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 11:11(0) ack 1
  +0 state = FIN-WAIT-1`],
  ['shutdown', 'for reading sends nothing', `
  +0 shutdown(4, SHUT_RD) = 0
  +.1 quiet
  +0 state = ESTABLISHED
  +0 read(4, ..., 10) = 0`],
  ['close', 'sends FIN', `
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1`],
  ['close', 'with data unread sends RST', `
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 11
  +0 close(4) = 0
  +0 > R. 1:1(0) ack 11`],
  ['abort', 'sends RST', `
  ${ABORT}
  +0 > R. 1:1(0) ack 1`],
  ['poll', 'OUT, with data IN too', `
  +0 poll([{fd=4, ${ALL}, revents=POLLOUT}], 1, 0) = 1
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 11
  +0 poll([{fd=4, ${ALL}, revents=POLLIN|POLLOUT}], 1, 0) = 1`],
  ['status', 'ESTABLISHED', '+0 state = ESTABLISHED'],
])

for (const state of ['FIN-WAIT-1', 'FIN-WAIT-2'] as const) {
  cells(state, { group: 'user call', covers: ['RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5'], opening: `${state.toLowerCase()}(80)` }, [
    ['connect', 'EISCONN', '+0 connect(4, ..., ...) = -1 EISCONN'],
    ['listen', 'EINVAL', '+0 listen(4, 1) = -1 EINVAL'],
    ['accept', 'EINVAL', '+0 accept(4, ..., ...) = -1 EINVAL'],
    ['send', 'EPIPE', '+0 write(4, ..., 10) = -1 EPIPE'],
    ['recv', 'what still comes', `
  +0 read(4, ..., 10) = -1 EAGAIN
  +0 < P. 1:11(10) ack ${state === 'FIN-WAIT-1' ? 1 : 2} win 1000
  +0~+.04 > . 2:2(0) ack 11
  +0 read(4, ..., 100) = 10`],
    ['shutdown', 'again changes nothing', `
  +0 shutdown(4, SHUT_WR) = 0
  +.1 quiet
  +0 state = ${state}`],
    ['close', 'sends nothing; data that comes now draws RST', `
  +0 close(4) = 0
  +.1 quiet
  +0 < P. 1:11(10) ack 2 win 1000
  +0 > R 2:2(0)`],
    ['abort', 'sends RST', `
  ${ABORT}
  +0 > R. 2:2(0) ack 1`],
    ['poll', 'OUT', `+0 poll([{fd=4, ${ALL}, revents=POLLOUT}], 1, 0) = 1`],
    ['status', state, `+0 state = ${state}`],
  ])
}

cells('CLOSE-WAIT', { group: 'user call', covers: ['RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5'], opening: 'close-wait(80)' }, [
  ['connect', 'EISCONN', '+0 connect(4, ..., ...) = -1 EISCONN'],
  ['listen', 'EINVAL', '+0 listen(4, 1) = -1 EINVAL'],
  ['accept', 'EINVAL', '+0 accept(4, ..., ...) = -1 EINVAL'],
  ['send', 'goes out', `
  +0 write(4, ..., 10) = 10
  +0 > P. 1:11(10) ack 2`],
  ['recv', '0', '+0 read(4, ..., 10) = 0'],
  ['shutdown', 'sends FIN', `
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 1:1(0) ack 2
  +0 state = LAST-ACK`],
  ['close', 'sends FIN', `
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 2
  +0 < . 2:2(0) ack 2 win 1000
  +0 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)`],
  ['abort', 'sends RST', `
  ${ABORT}
  +0 > R. 1:1(0) ack 2`],
  ['poll', 'IN, OUT, RDHUP', `+0 poll([{fd=4, ${ALL}, revents=POLLIN|POLLOUT|POLLRDHUP}], 1, 0) = 1`],
  ['status', 'CLOSE_WAIT', '+0 state = CLOSE-WAIT'],
])

for (const state of ['CLOSING', 'LAST-ACK'] as const) {
  cells(state, { group: 'user call', covers: ['RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5'], opening: `${state.toLowerCase()}(80)` }, [
    ['connect', 'EISCONN', '+0 connect(4, ..., ...) = -1 EISCONN'],
    ['listen', 'EINVAL', '+0 listen(4, 1) = -1 EINVAL'],
    ['accept', 'EINVAL', '+0 accept(4, ..., ...) = -1 EINVAL'],
    ['send', 'EPIPE', '+0 write(4, ..., 10) = -1 EPIPE'],
    ['recv', '0', '+0 read(4, ..., 10) = 0'],
    ['shutdown', 'again changes nothing', `
  +0 shutdown(4, SHUT_WR) = 0
  +.1 quiet
  +0 state = ${state}`],
    ['close', 'sends nothing', `
  +0 close(4) = 0
  +.1 quiet
  +0 < . 2:2(0) ack 2 win 1000
  +.1 quiet`],
    ['abort', 'sends nothing: both sides have closed; what comes later draws RST', `
  ${ABORT}
  +.5 quiet
  +0 < . 2:2(0) ack 2 win 1000
  +0 > R 2:2(0)`],
    ['poll', 'IN, OUT, HUP, RDHUP', `+0 poll([{fd=4, ${ALL}, revents=POLLIN|POLLOUT|POLLHUP|POLLRDHUP}], 1, 0) = 1`],
    ['status', state, `+0 state = ${state}`],
  ])
}

cells('TIME-WAIT', { group: 'user call', covers: ['RFC 9293 3.10.2', 'RFC 9293 3.10.3', 'RFC 9293 3.10.4', 'RFC 9293 3.10.5'], opening: 'time-wait(80)' }, [
  ['connect', 'EISCONN', '+0 connect(4, ..., ...) = -1 EISCONN'],
  ['listen', 'EINVAL', '+0 listen(4, 1) = -1 EINVAL'],
  ['accept', 'EINVAL', '+0 accept(4, ..., ...) = -1 EINVAL'],
  ['send', 'EPIPE', '+0 write(4, ..., 10) = -1 EPIPE'],
  ['recv', '0', '+0 read(4, ..., 10) = 0'],
  ['shutdown', 'ENOTCONN: the wait is a record of its own, the descriptor holds a closed socket', '+0 shutdown(4, SHUT_WR) = -1 ENOTCONN'],
  ['close', 'sends nothing, the wait goes on', `
  +0 close(4) = 0
  +.1 quiet
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['abort', 'sends nothing, the wait goes on', `
  ${ABORT}
  +.1 quiet
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['poll', 'IN, OUT, HUP, RDHUP', `+0 poll([{fd=4, ${ALL}, revents=POLLIN|POLLOUT|POLLHUP|POLLRDHUP}], 1, 0) = 1`],
  ['status', 'CLOSE: the descriptor holds a closed socket', '+0 state = CLOSED'],
])
