// Handshakes and their counts as Linux 6.18 gives them; each script was judged by it.
import { drill } from '../../support/drill.ts'

drill('text of a SYN-ACK is not taken: it will come again', {}, `
  \`../common/defaults.sh
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  0.000020 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
  0.000020 > S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  0.020030 < S. 0:100(100) ack 1 win 5792 <mss 1000>
  0.020030 > . 1:1(0) ack 1 win 65535
  0.080040 %{ assert (tcpi_bytes_received, tcpi_segs_in) == (0, 1), (tcpi_bytes_received, tcpi_segs_in) }%
  0.080050 < P. 1:201(200) ack 1 win 5792
  0.080050 > . 1:1(0) ack 201 win 65535
  0.130060 read(3, ..., 1000) = 200
  0.130070 %{ assert (tcpi_bytes_received, tcpi_segs_in) == (200, 2), (tcpi_bytes_received, tcpi_segs_in) }%
`)

drill('one SYN sent again is no sign of congestion: ten segments, no threshold', {}, `
  \`../common/defaults.sh
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
  0.000020 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
  0.000020 > S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  0.020030 < S. 0:0(0) ack 5 win 100 <mss 1000>
  0.020030 > R 5:5(0) win 0
  0.022000 > S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  0.025040 < . 0:0(0) ack 1 win 100
  0.030050 < R 0:0(0) win 0
  0.035060 < R. 0:0(0) ack 7 win 0
  1.035070 < S. 0:0(0) ack 1 win 100 <mss 1000>
  1.035070 > . 1:1(0) ack 1 win 65535
  1.040080 %{ assert (tcpi_snd_ssthresh, tcpi_snd_cwnd) == (2147483647, 10), (tcpi_snd_ssthresh, tcpi_snd_cwnd) }%
`)

drill('a cookie\'s connection offers a window of whole segments as the cookie knows them', {}, `
  \`../common/defaults.sh
  sysctl -q net.ipv4.tcp_timestamps=0
  sysctl -q net.ipv4.tcp_syncookies=2\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  0.000020 bind(3, ..., ...) = 0
  0.000030 listen(3, 1) = 0
  0.100040 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
  0.100040 > S. 0:0(0) ack 1 win 65535 <mss 1460>
  0.120050 < . 1:1(0) ack 1 win 257
  0.120060 accept(3, ..., ...) = 4
  0.120070 %{ assert (tcpi_rcv_wnd) == (269608), (tcpi_rcv_wnd) }%
  0.120080 write(4, ..., 1000) = 1000
  0.120080 > P. 1:258(257) ack 1 win 65535
`)

drill('time-outs of the SYN-ACK count among a connection\'s', {}, `
  \`../common/defaults.sh
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  0.000020 bind(3, ..., ...) = 0
  0.000030 listen(3, 1) = 0
  0.100040 < S 0:0(0) win 1000 <mss 1000>
  0.100040 > S. 0:0(0) ack 1 win 65535 <mss 1460>
  1.101000 > S. 0:0(0) ack 1 win 65535 <mss 1460>
  1.200050 < S 0:0(0) win 1000 <mss 1000>
  1.200050 > S. 0:0(0) ack 1 win 65535 <mss 1460>
  3.201000 > S. 0:0(0) ack 1 win 65535 <mss 1460>
  3.700060 < . 1:1(0) ack 1 win 1000
  3.700070 accept(3, ..., ...) = 4
  3.700080 %{ assert (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_total_retrans) == (2, 1, 3), (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_total_retrans) }%
`)

drill('TCP_INFO counts the FIN among octets, the SYN among segments', {}, `
  \`../common/defaults.sh
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  0.000020 bind(3, ..., ...) = 0
  0.000030 listen(3, 1) = 0
  0.100040 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
  0.100040 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  0.120050 < . 1:1(0) ack 1 win 257
  0.120060 accept(3, ..., ...) = 4
  0.120070 < FP. 1:101(100) ack 1 win 257
  0.161000 > . 1:1(0) ack 102 win 1049
  0.180080 %{ assert (tcpi_bytes_received, tcpi_segs_in) == (101, 3), (tcpi_bytes_received, tcpi_segs_in) }%
  0.180090 read(4, ..., 1000) = 100
  0.180100 write(4, ..., 100) = 100
  0.180100 > P. 1:101(100) ack 102 win 1049
`)

drill('a run of time-outs is one recovery in TCP_INFO', {}, `
  \`../common/defaults.sh
  sysctl -q net.ipv4.tcp_timestamps=0\`
  0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  0.000010 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
  0.000020 bind(3, ..., ...) = 0
  0.000030 listen(3, 1) = 0
  0.100040 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
  0.100040 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
  0.120050 < . 1:1(0) ack 1 win 257
  0.120060 accept(3, ..., ...) = 4
  0.120070 write(4, ..., 10000) = 10000
  0.120070 > P. 1:2001(2000) ack 1 win 1050
  0.120070 > P. 2001:4001(2000) ack 1 win 1050
  0.120070 > P. 4001:6001(2000) ack 1 win 1050
  0.120070 > P. 6001:8001(2000) ack 1 win 1050
  0.120070 > P. 8001:10001(2000) ack 1 win 1050
  0.163000 > P. 9001:10001(1000) ack 1 win 1050
  0.384000 > . 1:1001(1000) ack 1 win 1050
  0.520080 %{ assert (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) == (1, 1, 1), (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) }%
  0.520090 < . 1:1(0) ack 2001 win 257
  0.520100 %{ assert (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) == (1, 1, 12), (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) }%
  0.520110 < . 1:1(0) ack 4001 win 257
  0.520120 %{ assert (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) == (1, 1, 14), (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) }%
  0.520130 < . 1:1(0) ack 10001 win 257
  0.520140 %{ assert (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) == (1, 1, 20), (tcpi_total_rto, tcpi_total_rto_recoveries, tcpi_snd_cwnd) }%
`)
