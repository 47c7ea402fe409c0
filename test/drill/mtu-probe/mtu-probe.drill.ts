import { drill } from '../../support/drill.ts'

const SEARCHING = `
  \`sysctl -q net.ipv4.tcp_mtu_probing=2 net.ipv4.tcp_base_mss=512
  ip route change 192.0.2.1 via 192.168.0.2 dev tun0 initcwnd 12
  nstat\`
  syn-sent(80)
  +.1 < S. 0:0(0) ack 1 win 60000 <mss 1460,nop,nop,sackOK>
  +0 > . 1:1(0) ack 1
  +.1 write(3, ..., 4000) = 4000
  +0 > . 1:987(986) ack 1 // halfway between 552 and 1500, less headers
  +0 > . 987:3547(2560) ack 1 // five of 512
  +0 > P. 3547:4001(454) ack 1
  +0 %{ assert tcpi_snd_mss == 512 }%
  +0 %{ assert tcpi_snd_cwnd == 11 }% // the probe takes the room of two
`

drill('a probe that is acknowledged makes its size the segment size, and the search goes on above it', { covers: ['RFC 4821 7.6.1', 'RFC 8899 5.3'] }, `${SEARCHING}
  +.1 < . 1:1(0) ack 4001 win 60000
  +0 \`nstat | grep TcpExtTCPMTUPSuccess\`
  +0 %{ assert tcpi_snd_mss == 986 }%
  +0 write(3, ..., 9000) = 9000
  +0 > . 4001:5224(1223) ack 1 // halfway between 1026 and 1500
  +0 > . 5224:8182(2958) ack 1
`)

drill('a probe alone lost is no congestion: it is sent again in small segments, the window stays', { covers: ['RFC 4821 7.6.2', 'RFC 8899 4.4'] }, `${SEARCHING}
  +.1 < . 1:1(0) ack 1 win 60000 <nop,nop,sack 987:3547>
  +0 > . 1:513(512) ack 1
  +0 > P. 513:987(474) ack 1
  +0 \`nstat | grep TcpExtTCPMTUPFail\`
  +0 %{ assert tcpi_snd_cwnd == 12 }%
  +.1 < . 1:1(0) ack 4001 win 60000
  +0 write(3, ..., 9000) = 9000
  +0 > . 4001:4749(748) ack 1 // halfway between 552 and 1025
`)

drill('time-outs in a row are taken for a black hole: segments of tcp_base_mss, then halves of it', { covers: 'RFC 4821 7.7' }, `
  \`sysctl -q net.ipv4.tcp_mtu_probing=1 net.ipv4.tcp_base_mss=1024 net.ipv4.tcp_mtu_probe_floor=300\`
  established(80) mss 1460
  +0 write(4, ..., 1460) = 1460
  +0 > P. 1:1461(1460) ack 1
  +.2 > P. 1:1461(1460) ack 1
  +.4 > P. 1:1461(1460) ack 1
  +.8 > P. 1:1461(1460) ack 1
  +1.6 > P. 1:1461(1460) ack 1
  +3.2 > . 1:1025(1024) ack 1
  +6.4 > . 1:513(512) ack 1
  +12.8 > . 1:301(300) ack 1 // not under tcp_mtu_probe_floor
  +.1 < . 1:1(0) ack 301 win 32792
`)

drill('without tcp_mtu_probing neither', {}, `
  established(80) mss 1460
  +0 write(4, ..., 1460) = 1460
  +0 > P. 1:1461(1460) ack 1
  +.2 > P. 1:1461(1460) ack 1
  +.4 > P. 1:1461(1460) ack 1
  +.8 > P. 1:1461(1460) ack 1
  +1.6 > P. 1:1461(1460) ack 1
  +3.2 > P. 1:1461(1460) ack 1
  +6.4 > P. 1:1461(1460) ack 1
`)
