// Loss found by acknowledgements and repaired (RFC 5681 3.2, RFC 6675, RFC 8985, RFC 9937).
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

drill('two duplicate ACKs let a new segment each go, the third has the missing one sent again', {
  covers: ['RFC 5681 3.2a', 'RFC 5681 3.2b', 'RFC 5681 3.2c', 'RFC 5681 3.2f'],
}, `${PLAIN}
  +0 write(4, ..., 15000) = 15000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792
  +0 > . 10001:11001(1000) ack 1
  +.002 < . 1:1(0) ack 1 win 32792
  +0 > . 11001:12001(1000) ack 1
  +0 cwnd = 10
  +.002 < . 1:1(0) ack 1 win 32792
  +0 > . 1:1001(1000) ack 1
  +0 ssthresh = 5
`)

drill('further ones let data out as others leave the network; recovery ends at the threshold', {
  covers: ['RFC 5681 3.2d', 'RFC 5681 3.2e', 'RFC 5681 4.3c', 'RFC 6675 5c'],
}, `${PLAIN}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Recovery; assert tcpi_snd_ssthresh == 5 }%
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 %{ assert tcpi_snd_cwnd <= 7 }%
  +.1 < . 1:1(0) ack 10001 win 32792
  +.01 write(4, ..., 1000) = 1000
  +0 > P. 10001:11001(1000) ack 1
  +.1 < . 1:1(0) ack 11001 win 32792
  +0 %{ assert tcpi_ca_state == TCP_CA_Open; assert 5 <= tcpi_snd_cwnd <= 6 }%
`)

drill('a partial ACK has the next missing segment sent again at once', { covers: 'RFC 6582 3.2' }, `${PLAIN}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 > . 1:1001(1000) ack 1
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +0 < . 1:1(0) ack 1 win 32792
  +.1 < . 1:1(0) ack 3001 win 32792
  +0 > . 3001:4001(1000) ack 1
`)

drill('loss in the window after is a second sign: the threshold comes down again', { covers: ['RFC 5681 4.3', 'RFC 5681 3.2c'] }, `${SACK}
  +0 write(4, ..., 20000) = 20000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:10001>
  +0 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_snd_ssthresh == 5 }%
  +.1 < . 1:1(0) ack 10001 win 32792
  +0 > . 10001:15001(5000) ack 1
  +.1 < . 1:1(0) ack 10001 win 32792 <nop,nop,sack 11001:15001>
  +0 > . 10001:11001(1000) ack 1
  +0 %{ assert tcpi_snd_ssthresh <= 3; assert tcpi_snd_ssthresh >= 2 }%
`)

drill('one loss of several segments brings it down once', { covers: ['RFC 5681 3.2c', 'RFC 6675 5a'] }, `${SACK}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:3001>
  +0 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:4001>
  +0 > . 1:1001(1000) ack 1
  +0 ssthresh = 5
  +0 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 5001:10001 1001:4001>
  +0 > . 4001:5001(1000) ack 1
  +0 ssthresh = 5
  +.1 < . 1:1(0) ack 1001 win 32792 <nop,nop,sack 5001:10001 1001:4001>
  +0 ssthresh = 5
`)

drill('SACK blocks say what has arrived: only the holes are sent again, lowest first, then new data', {
  covers: ['RFC 6675 4a', 'RFC 6675 4d', 'RFC 6675 4b'],
}, `${SACK}
  +0 write(4, ..., 12000) = 12000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 3001:6001>
  +0 > . 1:1001(1000) ack 1
  +0 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 7001:10001 3001:6001>
  +0 > . 1001:3001(2000) ack 1
  +0 > . 6001:7001(1000) ack 1
  +.1 < . 1:1(0) ack 10001 win 32792
  +0 > P. 10001:12001(2000) ack 1
`)

drill('what is in flight is what was neither delivered nor lost, and what was sent again', { covers: ['RFC 6675 4c', 'RFC 6675 5b', 'RFC 6675 5f', 'RFC 8985 9.2'] }, `${SACK}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +0 %{ assert tcpi_unacked == 10; assert tcpi_sacked == 0; assert tcpi_lost == 0; assert tcpi_retrans == 0 }%
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 4001:7001>
  +0 > . 1:1001(1000) ack 1
  +0 > P. 1001:2001(1000) ack 1
  +0 %{ assert tcpi_unacked == 10; assert tcpi_sacked == 3; assert tcpi_lost == 4; assert tcpi_retrans == 2 }%
  +0 %{ assert tcpi_snd_cwnd == tcpi_unacked - tcpi_sacked - tcpi_lost + tcpi_retrans }%
`)

drill('recovery ends when all that was sent at its beginning is acknowledged', { covers: 'RFC 6675 5c' }, `${SACK}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:9001>
  +0 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Recovery }%
  +.1 < . 1:1(0) ack 9001 win 32792
  +0 %{ assert tcpi_ca_state == TCP_CA_Recovery }%
  +.01 < . 1:1(0) ack 10001 win 32792
  +0 %{ assert tcpi_ca_state == TCP_CA_Open; assert tcpi_snd_cwnd == 5 }%
`)

drill('before the third sign new data goes', { covers: 'RFC 6675 5d' }, `${SACK}
  +0 write(4, ..., 15000) = 15000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:2001>
  +0 > . 10001:11001(1000) ack 1
  +.005 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:3001>
  +0 > . 11001:12001(1000) ack 1
`)

drill('a time-out takes for lost all that is not SACKed, and slow start repairs it', {
  covers: ['RFC 6675 5.1', 'RFC 5681 3.1e', 'RFC 6298 5.4'],
}, `${OPEN(',nop,nop,sackOK', 'net.ipv4.tcp_early_retrans=0')}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 4001:5001>
  +.02~+.04 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Recovery }%
  +.2~+.4 > . 1:1001(1000) ack 1
  +0 %{ assert tcpi_ca_state == TCP_CA_Loss; assert tcpi_lost == 9; assert tcpi_sacked == 1; assert tcpi_snd_cwnd == 1 }%
  +.1 < . 1:1(0) ack 1001 win 32792 <nop,nop,sack 4001:5001>
  +0 > . 1001:3001(2000) ack 1
`)

drill('what was sent later and delivered shows a loss after a quarter of a round trip, without three duplicates', {
  covers: ['RFC 8985 6.2b', 'RFC 8985 6.2d', 'RFC 8985 6.2e', 'RFC 8985 6.2f', 'RFC 8985 4'],
}, `${SACK}
  +0 write(4, ..., 3000) = 3000
  +0 > P. 1:3001(3000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:2001>
  +.02 quiet
  +0~+.015 > . 1:1001(1000) ack 1
`)

drill('three segments missing, and no reordering ever seen: at once', { covers: 'RFC 8985 6.2d' }, `${SACK}
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:4001>
  +0 > . 1:1001(1000) ack 1
`)

drill('once reordering was seen it is borne for a quarter of a round trip', { covers: ['RFC 8985 6.2c', 'RFC 8985 6.2d', 'RFC 8985 6.2a'] }, `${SACK}
  +0 write(4, ..., 4000) = 4000
  +0 > P. 1:4001(4000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:2001>
  +.01 < . 1:1(0) ack 4001 win 32792
  +0 %{ assert tcpi_reord_seen == 1 }%
  +.1 write(4, ..., 5000) = 5000
  +0 > P. 4001:9001(5000) ack 1
  +.1 < . 1:1(0) ack 4001 win 32792 <nop,nop,sack 5001:9001>
  +.02 quiet
  +0~+.015 > . 4001:5001(1000) ack 1
`)

drill('a lost retransmission is noticed too, by what was sent after it', { covers: ['RFC 8985 6.2b', 'RFC 8985 6.2e'] }, `${SACK}
  +0 write(4, ..., 11000) = 11000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:9001>
  +0 > . 1:1001(1000) ack 1
  +0 > P. 10001:11001(1000) ack 1
  +.01 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:10001>
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:11001>
  +0~+.04 > . 1:1001(1000) ack 1
`)

drill('after a time-out only what was sent long enough ago is taken for lost', { covers: 'RFC 8985 6.3' }, `${OPEN(',nop,nop,sackOK', 'net.ipv4.tcp_early_retrans=0')}
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.1 < . 1:1(0) ack 1001 win 32792
  +.1 write(4, ..., 1000) = 1000
  +0 > P. 1001:2001(1000) ack 1
  +.25 write(4, ..., 1000) = 1000
  +0 > P. 2001:3001(1000) ack 1
  +.03~+.1 > P. 1001:2001(1000) ack 1
  +0 %{ assert tcpi_lost == 1; assert tcpi_unacked == 2 }%
`)

drill('a tail loss is probed after two round trips with the last segment again', { covers: ['RFC 8985 7.2', 'RFC 8985 7.3', 'RFC 8985 7.3b'] }, `${SACK}
  +0 write(4, ..., 5000) = 5000
  +0 > P. 1:5001(5000) ack 1
  +.19~+.21 > P. 4001:5001(1000) ack 1
  +.05 quiet
`)

drill('one segment alone waits the delayed ACK as well, but never longer than the time-out', { covers: 'RFC 8985 7.2' }, `${SACK}
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.25 quiet
  +0~+.06 > P. 1:1001(1000) ack 1
`)

drill('with new data at hand the probe is that', { covers: 'RFC 8985 7.3' }, `${SACK}
  +0 write(4, ..., 11000) = 11000
  +0 > P. 1:10001(10000) ack 1
  +.19~+.21 > P. 10001:11001(1000) ack 1
`)

drill('a probe that repaired a loss brings the window down', { covers: ['RFC 8985 7.4', 'RFC 8985 7.4.2'] }, `${SACK}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 9001 win 32792
  +0 %{ before = tcpi_snd_cwnd }%
  +.2~+.5 > P. 9001:10001(1000) ack 1
  +.1 < . 1:1(0) ack 10001 win 32792
  +.01 write(4, ..., 1000) = 1000
  +0 > P. 10001:11001(1000) ack 1
  +.1 < . 1:1(0) ack 11001 win 32792
  +0 %{ assert tcpi_snd_cwnd < before }%
`)

drill('a probe whose original had arrived does not', { covers: 'RFC 8985 7.4' }, `${SACK}
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1
  +.1 < . 1:1(0) ack 9001 win 32792
  +0 %{ before = tcpi_snd_cwnd }%
  +.2~+.5 > P. 9001:10001(1000) ack 1
  +.01 < . 1:1(0) ack 10001 win 32792
  +.1 < . 1:1(0) ack 10001 win 32792 <nop,nop,sack 9001:10001>
  +0 %{ assert tcpi_snd_cwnd >= before }%
`)

drill('a second probe waits for the answer to the first', { covers: 'RFC 8985 7.3a' }, `${SACK}
  +0 write(4, ..., 5000) = 5000
  +0 > P. 1:5001(5000) ack 1
  +.19~+.21 > P. 4001:5001(1000) ack 1
  +.01 write(4, ..., 1000) = 1000
  +0 > P. 5001:6001(1000) ack 1
  +.05~+.3 > . 1:1001(1000) ack 1
`)

drill('a reduction taken back leaves what it had marked lost to RACK again, not to the time-out', {
  covers: ['RFC 8985 6.2', 'RFC 4015 3.2'],
}, `
  \`sysctl -q net.ipv4.tcp_congestion_control=reno\`
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
  +0 < S 0:0(0) win 32792 <mss 1012,sackOK,TS val 1 ecr 0>
  +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1>
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 2 ecr 100>
  +0 accept(3, ..., ...) = 4
  +0 write(4, ..., 10000) = 10000
  +0 > P. 1:10001(10000) ack 1 <nop,nop,TS val 200 ecr 2>
  // Three behind the first three: those are marked, the first is sent again ...
  +.1 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 3 ecr 200,nop,nop,sack 3001:6001>
  +0 > . 1:1001(1000) ack 1 <nop,nop,TS val 300 ecr 3>
  // ... and its original was only late.
  +.001 < . 1:1(0) ack 1001 win 32792 <nop,nop,TS val 4 ecr 200,nop,nop,sack 3001:6001>
  +0 %{ assert tcpi_lost == 0; assert tcpi_ca_state == TCP_CA_Disorder }%
  // So was the third. The second is lost indeed.
  +.001 < . 1:1(0) ack 1001 win 32792 <nop,nop,TS val 5 ecr 200,nop,nop,sack 2001:10001>
  +.027 > . 1001:2001(1000) ack 1 <nop,nop,TS val 329 ecr 5>
`)
