// A D-SACK above the cumulative ACK tells that an original arrived late: the path reorders (RFC 8985 6.2c).
import { drill } from '../../support/drill.ts'

drill('a D-SACK of what was declared lost, sent again and then SACKed counts as reordering', { covers: 'RFC 8985 6.2c' }, `
  \`../common/defaults.sh
  ethtool -K tun0 tso off gso off
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  0.000020 bind(3, ..., ...) = 0
  0.000030 listen(3, 1) = 0
  0.100000 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
  0.100000 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  0.114000 < . 1:1(0) ack 1 win 2000
  0.114010 accept(3, ..., ...) = 4
  0.114020 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
  0.120000 write(4, ..., 10000) = 10000
  0.120000 > . 1:1001(1000) ack 1
  0.120000 > P. 1001:2001(1000) ack 1
  0.120000 > . 2001:3001(1000) ack 1
  0.120000 > P. 3001:4001(1000) ack 1
  0.120000 > . 4001:5001(1000) ack 1
  0.120000 > P. 5001:6001(1000) ack 1
  0.120000 > . 6001:7001(1000) ack 1
  0.120000 > P. 7001:8001(1000) ack 1
  0.120000 > . 8001:9001(1000) ack 1
  0.120000 > P. 9001:10001(1000) ack 1
  0.140000 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 2001:3001>
  0.140010 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 4001:5001 2001:3001>
  0.140020 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 6001:7001 4001:5001 2001:3001>
  0.140020 > . 1:1001(1000) ack 1
  0.140030 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 6001:8001 4001:5001 2001:3001>
  0.140030 > . 1001:2001(1000) ack 1
  0.140040 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 6001:9001 4001:5001 2001:3001>
  0.140040 > . 3001:4001(1000) ack 1
  0.140050 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 6001:10001 4001:5001 2001:3001>
  0.140050 > . 5001:6001(1000) ack 1
  0.160000 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 1001:3001 6001:10001 4001:5001>
  0.160000 > . 1:1001(1000) ack 1
  0.160010 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 1001:5001 6001:10001>
  0.160020 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 1001:10001>
  0.160030 %{ assert (tcpi_reordering, tcpi_reord_seen) == (3, 0), (tcpi_reordering, tcpi_reord_seen) }%
  0.163000 < . 1:1(0) ack 1 win 2000 <nop,nop,sack 5001:6001 1001:10001>
  0.163010 %{ assert (tcpi_reordering, tcpi_reord_seen) == (5, 1), (tcpi_reordering, tcpi_reord_seen) }%
`)
