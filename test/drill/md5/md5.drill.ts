import { drill } from '../../support/drill.ts'

drill('a signature nobody asked for makes a segment a stranger\'s: it does not even complete a handshake', { covers: 'RFC 2385 2.0' }, `
  \`nstat\`
  syn-received(80)
  +.1 < . 1:1(0) ack 1 win 1000 <nop,nop,md5 000102030405060708090a0b0c0d0e0f>
  +0 < R 1:1(0) win 0 <nop,nop,md5 000102030405060708090a0b0c0d0e0f>
  +0 \`nstat | grep TcpExtTCPMD5Unexpected\`
  +.1 < . 1:1(0) ack 1 win 1000
  +0 accept(3, ..., ...) = 4
  +0 < P. 1:101(100) ack 1 win 1000 <nop,nop,md5 000102030405060708090a0b0c0d0e0f>
  +0 < P. 1:11(10) ack 1 win 1000
  +0 > . 1:1(0) ack 11
`)
