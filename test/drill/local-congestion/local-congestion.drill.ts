import { drill } from '../../support/drill.ts'

drill('what a full queue of this host refuses was not sent: it stays unsent, the window comes down', { covers: 'RFC 5681 3.1' }, `
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +0 \`tc qdisc replace dev tun0 root pfifo limit 0\`
  +0 write(4, ..., 1000) = 1000
  +0 %{ assert tcpi_unacked == 1 }%
  +0 %{ assert tcpi_notsent_bytes == 1000 }%
  +0 %{ assert tcpi_ca_state == TCP_CA_CWR }%
  +0 \`tc qdisc replace dev tun0 root pfifo\`
  +.1 < . 1:1(0) ack 1001 win 32792
  +0 > P. 1001:2001(1000) ack 1
`)

drill('a retransmission that did not leave does not count as one', { covers: 'RFC 6298 5.4' }, `
  \`nstat\`
  established(80)
  +0 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +0 \`tc qdisc replace dev tun0 root pfifo limit 0\`
  +.25 %{ assert tcpi_retrans == 0 }%
  +0 %{ assert tcpi_lost == 1 }%
  +0 \`nstat | grep TcpExtTCPRetransFail\`
  +0 \`tc qdisc replace dev tun0 root pfifo\`
  +.45 > P. 1:1001(1000) ack 1 // half a second after the attempt, not backed off
`)

drill('a zero-copy write lends its vectors: seventeen to a segment', {}, `
  established(80)
  +0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0
  +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  +0 sendmsg(4, {msg_name(...)=..., msg_iov(20)=[{..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2},
    {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}, {..., 2}], msg_flags=0}, MSG_ZEROCOPY) = 40
  +0 > P. 1:35(34) ack 1
  +0 > P. 35:41(6) ack 1
`)

drill('with a queue of this host refusing everything probes go twice a second until TCP_USER_TIMEOUT', { covers: 'RFC 5482 3' }, `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [2000], 4) = 0
  +0 write(4, ..., 24) = 24
  +0 > P. 1:25(24) ack 1
  +.1 < . 1:1(0) ack 25 win 32792
  +0 \`tc qdisc add dev tun0 root pfifo limit 0\`
  +0 write(4, ..., 24) = 24
  +1.9 write(4, ..., 24) = 24
  +0 %{ assert tcpi_probes == 4, tcpi_probes }%
  +0 %{ assert tcpi_backoff == 0, tcpi_backoff }%
  +.5 write(4, ..., 24) = -1 ETIMEDOUT
`)
