// Behaviour 20: SO_LINGER.

import { drill } from '../support/drill.ts'

drill('behaviour 20: close with SO_LINGER {1, 0} resets', { covers: 'RFC 9293 3.10.5' }, `
  established(80) mss 1000
  +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 close(4) = 0
  +0 > R. 1:1(0) ack 1
  +0 < . 1:1(0) ack 1 win 1000
  +0 > R 1:1(0)
`)

drill('behaviour 20: with data unsent too, from SND.NXT', { covers: 'RFC 9293 3.10.5' }, `
  established(80) mss 1000 win 1000
  +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 write(4, ..., 3000) = 3000
  +0 > P. 1:1001(1000) ack 1
  +0 close(4) = 0
  +0 > R. 1001:1001(0) ack 1
  +1 quiet
`)

const LINGERING = `
  +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=2}, 8) = 0
  +0 fcntl(4, F_SETFL, O_RDWR) = 0`

drill('behaviour 20: close with SO_LINGER {1, 2} waits for the ACK of the FIN', {}, `
  established(80) mss 1000${LINGERING}
  +0...0.1 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +.1 < . 1:1(0) ack 2 win 1000
`)

drill('behaviour 20: or for the end of the connection', {}, `
  close-wait(80) mss 1000${LINGERING}
  +0...0.1 close(4) = 0
  +0 > F. 1:1(0) ack 2
  +.1 < . 2:2(0) ack 2 win 1000
`)

drill('behaviour 20: or two seconds', {}, `
  established(80) mss 1000${LINGERING}
  +0...2 close(4) = 0
  +0 > F. 1:1(0) ack 1
  +.2 > F. 1:1(0) ack 1
  +.4 > F. 1:1(0) ack 1
  +.8 > F. 1:1(0) ack 1
  +1.6 > F. 1:1(0) ack 1
`)

drill('behaviour 20: shutdown() neither waits nor resets', {}, `
  established(80) mss 1000
  +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
  +0 shutdown(4, SHUT_WR) = 0
  +0 > F. 1:1(0) ack 1
  +0 state = FIN-WAIT-1
`)
