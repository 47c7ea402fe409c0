// Timers in every state in which they may run (RFC 9293 3.10.8). Before the handshake is done the RTO is a second; the connections
// after it have a round trip of 100 ms, thus an RTO of 300.

import { cells } from '../../support/cells.ts'

cells('SYN-SENT', { group: 'timeout', covers: ['RFC 9293 3.8.1', 'RFC 9293 MUST-18', 'RFC 6298 2.1', 'RFC 9293 MUST-23'], opening: 'syn-sent(80)' }, [
  ['syn', 'sent again at doubling intervals, then ETIMEDOUT', `
  \`sysctl -q net.ipv4.tcp_syn_linear_timeouts=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 setsockopt(3, SOL_TCP, TCP_SYNCNT, [2], 4) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +2 > S 0:0(0) <...>
  +4 quiet
  +.1 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0`],
  ['syn', 'the first ones keep their pace when tcp_syn_linear_timeouts says so', `
  \`sysctl -q net.ipv4.tcp_syn_linear_timeouts=4\`
  syn-sent(80)
  +1 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +2 > S 0:0(0) <...>
  +4 > S 0:0(0) <...>`],
  ['keepalive', 'says nothing before the connection stands', `
  +0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
  +0 setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0
  +1 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +.9 quiet`],
  ['user timeout', 'ends the attempt', `
  +0 setsockopt(3, SOL_TCP, TCP_USER_TIMEOUT, [1500], 4) = 0
  +1 > S 0:0(0) <...>
  +.4 state = SYN-SENT
  +.2 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0`],
])

cells('SYN-RECEIVED', { group: 'timeout', covers: ['RFC 9293 3.8.1', 'RFC 6298 2.1'], opening: 'syn-received(80)' }, [
  ['syn-ack', 'sent again at doubling intervals, then forgotten', `
  \`sysctl -q net.ipv4.tcp_synack_retries=2\`
  syn-received(80)
  +1 > S. 0:0(0) ack 1 <...>
  +2 > S. 0:0(0) ack 1 <...>
  +5 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)`],
  ['syn-ack', 'of a simultaneous open too', `
  syn-sent(80)
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +1 > S. 0:0(0) ack 1 <...>
  +2 > S. 0:0(0) ack 1 <...>`],
  ['keepalive', 'says nothing before the connection stands', `
  syn-sent(80)
  +0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
  +0 setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +1 > S. 0:0(0) ack 1 <...>
  +1.9 quiet`],
  ['user timeout', 'ends the attempt', `
  syn-sent(80)
  +0 setsockopt(3, SOL_TCP, TCP_USER_TIMEOUT, [1500], 4) = 0
  +0 < S 0:0(0) win 1000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <...>
  +1 > S. 0:0(0) ack 1 <...>
  +.4 state = SYN-RECEIVED
  +.2 state = CLOSED
  +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0`],
])

/** An accepted connection, descriptor 4. */
function accepted(window: number, options: string): string {
  return `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000${options}>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win ${window}
  +0 accept(3, ..., ...) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0`
}

const SACK = ',nop,nop,sackOK'
const PEER_CLOSES = '\n  +0 < F. 1:1(0) ack 1 win 32792\n  +0~+.2 > . 1:1(0) ack 2'
const CLOSE = '\n  +0 shutdown(4, SHUT_WR) = 0'
const SENDING = ['ESTABLISHED', 'CLOSE-WAIT', 'FIN-WAIT-1', 'CLOSING', 'LAST-ACK'] as const

for (const state of SENDING) {
  const isAfterFin = state === 'CLOSE-WAIT' || state === 'LAST-ACK'
  const hasFin = state !== 'ESTABLISHED' && state !== 'CLOSE-WAIT'
  const before = isAfterFin ? PEER_CLOSES : ''
  /** RCV.NXT when our data goes out, and when the timer runs. */
  const first = isAfterFin ? 2 : 1
  const R = state === 'ESTABLISHED' || state === 'FIN-WAIT-1' ? 1 : 2
  const crossing = (end: number, options: string = ''): string => state === 'CLOSING'
    ? `\n  +0 < F. 1:1(0) ack 1 win 32792${options}\n  +0 > . ${end}:${end}(0) ack 2`
    : ''
  const close = (end: number): string => hasFin ? `${CLOSE}\n  +0 > F. ${end}:${end}(0) ack ${first}` : ''
  const write = (bytes: number): string => `\n  +0 write(4, ..., ${bytes}) = ${bytes}`
  const sent = hasFin ? close(1) + crossing(2) : `${write(1000)}\n  +0 > P. 1:1001(1000) ack ${first}`
  const again = hasFin ? `F. 1:1(0) ack ${R}` : `P. 1:1001(1000) ack ${R}`
  const linger = state === 'FIN-WAIT-1' ? '' : `${CLOSE}\n  +0 > F. 1:1(0) ack ${first}${crossing(2)}`

  cells(state, { group: 'timeout', opening: '', covers: ['RFC 9293 3.8.1', 'RFC 6298 5.4', 'RFC 6298 5.5', 'RFC 8985 7.3', 'RFC 8985 6.3', 'RFC 9293 3.8.6.1', 'RFC 9293 3.10.8'] }, [
    ['retransmission', 'at doubling intervals', `
  ${accepted(32792, '')}${before}${sent}
  +.3 > ${again}
  +.6 > ${again}
  +1.2 > ${again}
  +0 state = ${state}`],
    ['retransmission', 'given up after tcp_retries2', `
  \`sysctl -q net.ipv4.tcp_retries2=3\`
  ${accepted(32792, '')}${before}${sent}
  +.3 > ${again}
  +.6 > ${again}
  +1.2 > ${again}
  +2.5 state = CLOSED
  +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0`],
    ['loss probe', 'after two round trips', `
  ${accepted(32792, SACK)}${before}${write(hasFin ? 1000 : 2000)}
  +0 > P. 1:${hasFin ? 1001 : 2001}(${hasFin ? 1000 : 2000}) ack ${first}${close(1001)}${crossing(1002)}
  +.2 > ${hasFin ? 'F. 1001:1001(0)' : 'P. 1001:2001(1000)'} ack ${R}
  +0 state = ${state}`],
    ['reordering', 'after a quarter of a round trip', `
  ${accepted(32792, SACK)}${before}${write(4000)}
  +0 > P. 1:4001(4000) ack ${first}${close(4001)}
  +.1 < ${state === 'CLOSING' ? 'F' : ''}. ${first}:${first}(0) ack 1 win 32792 <nop,nop,sack 1001:2001>${state === 'CLOSING' ? '\n  +0 > . 4002:4002(0) ack 2' : ''}
  +.025 > . 1:1001(1000) ack ${R}
  +0 state = ${state}`],
    ['persist', 'probes the shut window, then again', `
  ${accepted(0, '')}${before.replace('win 32792', 'win 0')}${write(1000)}${hasFin ? CLOSE : ''}${crossing(1).replace('win 32792', 'win 0')}
  +.3 > . 0:0(0) ack ${R}
  +0 < . ${R}:${R}(0) ack 1 win 0
  +.6 > . 0:0(0) ack ${R}
  +0 < . ${R}:${R}(0) ack 1 win 32792
  +0 > ${hasFin ? 'FP.' : 'P.'} 1:1001(1000) ack ${R}
  +0 state = ${state}`],
    ['user timeout', 'ends the connection a second after the first retransmission', `
  ${accepted(32792, '')}
  +0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [1000], 4) = 0${before}${sent}
  +.3 > ${again}
  +.6 > ${again}
  +.39 state = ${state}
  +.02 state = CLOSED
  +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0`],
    ...hasFin
      ? [['linger', 'close returns when it is over', `
  ${accepted(32792, '')}${before}${linger}
  +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=1}, 8) = 0
  +0 fcntl(4, F_SETFL, O_RDWR) = 0
  +0...1.1 close(4) = 0${state === 'FIN-WAIT-1' ? '\n  +0 > F. 1:1(0) ack 1' : ''}
  +.3 > F. 1:1(0) ack ${R}
  +.6 > F. 1:1(0) ack ${R}
  +1.2 > F. 1:1(0) ack ${R}`] as const]
      : [],
  ])
}

const KEEPALIVE = `+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
  +0 setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [10], 4) = 0
  +0 setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [2], 4) = 0
  +0 setsockopt(4, SOL_TCP, TCP_KEEPCNT, [2], 4) = 0`

for (const [state, S, R] of [['ESTABLISHED', 1, 1], ['FIN-WAIT-2', 2, 1], ['CLOSE-WAIT', 1, 2]] as const) {
  cells(state, { group: 'timeout', opening: `${state.toLowerCase()}(80)`, covers: ['RFC 9293 3.8.4', 'RFC 9293 MUST-26', 'RFC 9293 MUST-29', 'RFC 9293 SHLD-27', 'RFC 9293 MUST-40'] }, [
    ['keepalive', 'asks after idleness, gives up after unanswered probes', `
  ${KEEPALIVE}
  +10 > . ${S - 1}:${S - 1}(0) ack ${R}
  +0 < . ${R}:${R}(0) ack ${S} win 32792
  +10 > . ${S - 1}:${S - 1}(0) ack ${R}
  +2 > . ${S - 1}:${S - 1}(0) ack ${R}
  +2 > R. ${S}:${S}(0) ack ${R}
  +0 state = CLOSED
  +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0`],
    ['delayed ack', 'within 40 ms', `
  ${state === 'CLOSE-WAIT' ? 'established(80)' : `${state.toLowerCase()}(80)`}
  +0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0
  +0 < P. 1:101(100) ack ${S} win 32792
  ${state === 'CLOSE-WAIT' ? '+.04 > . 1:1(0) ack 101\n  +.1 < F. 101:101(0) ack 1 win 32792' : ''}
  +.035 quiet
  +.005 > . ${S}:${S}(0) ack ${state === 'CLOSE-WAIT' ? 102 : 101}
  +0 state = ${state}`],
    ...state === 'FIN-WAIT-2'
      ? [['user timeout', 'ends an unanswered keep-alive', `
  ${KEEPALIVE}
  +0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [11000], 4) = 0
  +10 > . 1:1(0) ack 1
  +2 > R. 2:2(0) ack 1
  +0 state = CLOSED`] as const]
      : [],
  ])
}

cells('FIN-WAIT-2', { group: 'timeout', opening: '', covers: 'RFC 9293 3.6' }, [
  ['fin-wait-2', 'ends the wait of a closed socket for the FIN', `
  \`sysctl -q net.ipv4.tcp_fin_timeout=5\`
  established(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +0 < . 1:1(0) ack 2 win 1000
  +5.1 < F. 1:1(0) ack 2 win 1000
  +0 > R 2:2(0)`],
  ['fin-wait-2', 'a FIN before is acknowledged', `
  \`sysctl -q net.ipv4.tcp_fin_timeout=5\`
  established(80)
  +0 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +0 < . 1:1(0) ack 2 win 1000
  +4.9 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
  ['fin-wait-2', 'does not run while a descriptor is open', `
  fin-wait-2(80)
  +600 state = FIN-WAIT-2
  +0 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
])

cells('FIN-WAIT-1', { group: 'timeout', opening: '', covers: 'RFC 9293 MUST-40' }, [
  ['delayed ack', 'within 40 ms', `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 1:1(0) ack 1
  +0 < P. 1:101(100) ack 1 win 32792
  +.035 quiet
  +.005 > . 2:2(0) ack 101
  +0 state = FIN-WAIT-1`],
])

cells('TIME-WAIT', { group: 'timeout', opening: 'time-wait(80)', covers: 'RFC 9293 MUST-13' }, [
  ['time-wait', 'is over after a minute', `
  +60.1 < F. 1:1(0) ack 2 win 1000
  +0 > R 2:2(0)`],
  ['time-wait', 'not before', `
  +59.9 < F. 1:1(0) ack 2 win 1000
  +0 > . 2:2(0) ack 2`],
])
