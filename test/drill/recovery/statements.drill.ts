// Single statements of RFC 5681, RFC 6298, RFC 6675 and RFC 8985 about recovery that no other drill shows by itself.
import { drill } from '../../support/drill.ts'

/** A round trip of 100 ms; Reno, so that numbers are plain. */
const OPEN = (options: string, more = ''): string => `
  \`sysctl -q net.ipv4.tcp_congestion_control=reno ${more}\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1000${options}>
  +0 > S. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1 win 32792
  +0 accept(3, ..., ...) = 4
  +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0`
const PLAIN = OPEN('')
const SACK = OPEN(',nop,nop,sackOK')

drill('with SACK a duplicate ACK that tells of nothing new lets no new data go', { covers: 'RFC 5681 3.2g' }, `${SACK}
  +0 write(4, ..., 15000) = 15000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +.02 quiet
  +0 %{ assert tcpi_ca_state == TCP_CA_Open; assert tcpi_snd_cwnd == 10 }%
`)

drill('what limited transmit sent does not raise the threshold', { covers: ['RFC 5681 3.2f', 'RFC 5681 3.2h'] }, `${PLAIN}
  +0 write(4, ..., 15000) = 15000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792
  +0 > . 10001:11001(1000) ack 1
  +.002 < . 1:1(0) ack 1 win 32792
  +0 > . 11001:12001(1000) ack 1
  +0 %{ assert tcpi_unacked == 12; assert tcpi_snd_cwnd == 10 }%
  +.002 < . 1:1(0) ack 1 win 32792
  +0 > . 1:1001(1000) ack 1
  +0 ssthresh = 5
`)

drill('in recovery new data goes when the window has room for it', { covers: ['RFC 5681 3.2i', 'RFC 6675 5g', 'RFC 8985 9.3b'] }, `${SACK}
  +0 write(4, ..., 15000) = 15000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:9001>
  +0 > . 1:1001(1000) ack 1
  +0 > . 10001:13001(3000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Recovery }%
  +0 %{ assert tcpi_unacked - tcpi_sacked - tcpi_lost + tcpi_retrans <= tcpi_snd_cwnd }%
`)

drill('no more than half the flight goes in a round trip of recovery', { covers: ['RFC 5681 4.3b', 'RFC 5681 4.3a'] }, `${SACK}
  +0 write(4, ..., 20000) = 20000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:4001>
  +0 > . 1:1001(1000) ack 1
  +0 ssthresh = 5
  +0 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:6001>
  +0 > . 10001:11001(1000) ack 1
  +0 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:8001>
  +0 > . 11001:12001(1000) ack 1
  +0 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:10001>
  +0 > . 12001:13001(1000) ack 1
  +0 > P. 13001:14001(1000) ack 1
  +.05 quiet
  +0 %{ assert tcpi_snd_cwnd <= 5 }%
`)

drill('an ACK of something new forgets the duplicates before it', { covers: 'RFC 6675 5e' }, `${PLAIN}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 3001 win 32792
  +0 < . 1:1(0) ack 3001 win 32792
  +0 < . 1:1(0) ack 3001 win 32792
  +.02 quiet
  +0 %{ assert tcpi_ca_state != TCP_CA_Recovery }%
`)

drill('what was SACKed stays until it is acknowledged: a receiver that drops it gets it again', { covers: 'RFC 6675 4e' }, `${SACK}
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:4001>
  +0 > . 1:1001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 32792
  +0~+.5 > . 1001:2001(1000) ack 1
`)

drill('duplicates of what was sent before a time-out begin no recovery of their own', { covers: 'RFC 6675 5.1a' }, `${OPEN(',nop,nop,sackOK', 'net.ipv4.tcp_early_retrans=0 net.ipv4.tcp_frto=0')}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.2~+.4 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Loss; assert tcpi_snd_ssthresh == 5 }%
  +.1 < . 1:1(0) ack 1001 win 32792 <nop,nop,sack 5001:8001>
  +0 > . 1001:3001(2000) ack 1
  +0 > . 3001:5001(2000) ack 1
  +.1 < . 1:1(0) ack 3001 win 32792 <nop,nop,sack 5001:8001>
  +0 > P. 8001:10001(2000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Loss; assert tcpi_snd_ssthresh == 5 }%
`)

drill('after a time-out what is SACKed is not sent again', { covers: 'RFC 6675 5.1b' }, `${OPEN(',nop,nop,sackOK', 'net.ipv4.tcp_early_retrans=0')}
  +0 write(4, ..., 5000) = 5000
  +0 > P. 1:5001(5000) ack 1
  +.2~+.4 > . 1:1001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 32792 <nop,nop,sack 2001:5001>
  +0 > . 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 5001 win 32792
  +.5 quiet
`)

drill('once reordering was seen a D-SACK widens the window for it', { covers: 'RFC 8985 4b' }, `${SACK}
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:2001>
  +.01 < . 1:1(0) ack 4001 win 32792
  +.1 write(4, ..., 2000) = 2000
  +0 > P. 4001:6001(2000) ack 1
  +.1 < . 1:1(0) ack 4001 win 32792 <nop,nop,sack 5001:6001>
  +.024~+.03 > . 4001:5001(1000) ack 1
  +.01 < . 1:1(0) ack 6001 win 32792
  +.01 < . 1:1(0) ack 6001 win 32792 <nop,nop,sack 4001:5001>
  +.1 write(4, ..., 2000) = 2000
  +0 > P. 6001:8001(2000) ack 1
  +.1 < . 1:1(0) ack 6001 win 32792 <nop,nop,sack 7001:8001>
  +.04~+.06 > . 6001:7001(1000) ack 1
`)

drill('without any measurement the probe waits a second', { covers: 'RFC 8985 7.2a' }, `
  \`sysctl -q net.ipv4.tcp_timestamps=0\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  +0 connect(3, ..., ...) = -1 EINPROGRESS
  +0 > S 0:0(0) <...>
  +1 > S 0:0(0) <...>
  +.1 < S. 0:0(0) ack 1 win 32792 <mss 1000,nop,nop,sackOK>
  +0 > . 1:1(0) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Open }%
  +0 write(3, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +1 > P. 1:1001(1000) ack 1
  // Then the three seconds of RFC 6298 5.7.
  +3~+3.1 > P. 1:1001(1000) ack 1
`)

drill('after a probe the retransmission time-out is next', { covers: ['RFC 8985 7.3a', 'RFC 8985 7.3c', 'RFC 8985 8'] }, `${SACK}
  +0 write(4, ..., 3000) = 3000
  +0 > P. 1:3001(3000) ack 1
  +.19~+.21 > P. 2001:3001(1000) ack 1
  +.1 quiet
  +.1~+.3 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Loss }%
`)

drill('what is lost waits for the window', { covers: 'RFC 8985 9.3a' }, `${SACK}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 7001:10001>
  +0 > . 1:1001(1000) ack 1
  +0 > P. 1001:2001(1000) ack 1
  +0 > . 2001:3001(1000) ack 1
  +0 %{ assert tcpi_lost == 7; assert tcpi_retrans == 3 }%
  +.05 quiet
`)
