import { drill } from '../../support/drill.ts'

drill('a read sleeps until SO_RCVLOWAT is reached or the peer is done', {}, `
  established(80)
  +0 fcntl(4, F_SETFL, O_RDWR) = 0
  +0 setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [2000], 4) = 0
  +0 < P. 1:1001(1000) ack 1 win 1000
  +0 > . 1:1(0) ack 1001
  +0...0.2 read(4, ..., 3000) = 2500
  +.1 < P. 1001:2001(1000) ack 1 win 1000
  +0~+.1 > . 1:1(0) ack 2001
  +.1 < F. 2001:2501(500) ack 1 win 1000
  +0~+.1 > . 1:1(0) ack 2502
  +0 read(4, ..., 3000) = 0
`)

drill('SPLICE_F_MORE holds the part of a segment back, SPLICE_F_NONBLOCK asks nobody to wait for a pipe', {}, `
  established(80) mss 1000
  +0 fcntl(4, F_SETFL, O_RDWR) = 0
  +0 pipe([5, 6]) = 0
  +0 write(6, ..., 3000) = 3000
  +0 splice(5, NULL, 4, NULL, 1500, SPLICE_F_MORE) = 1500
  +0 > . 1:1001(1000) ack 1
  +.01 splice(5, NULL, 4, NULL, 5000, SPLICE_F_MOVE) = 1500
  +0 > P. 1001:3001(2000) ack 1
  +.02 < . 1:1(0) ack 3001 win 1000
  +0 splice(5, NULL, 4, NULL, 1500, SPLICE_F_NONBLOCK) = -1 EAGAIN
`)
