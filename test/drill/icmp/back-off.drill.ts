import { drill } from '../../support/drill.ts'

drill('a router that says the peer cannot be reached takes back a step of back-off', { covers: 'RFC 6069 4.2' }, `
  established(80)
  +.1 write(4, ..., 1000) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.2 > P. 1:1001(1000) ack 1
  +.4 > P. 1:1001(1000) ack 1
  +.1 < [1:1001(1000)] icmp unreachable host_unreachable // the next would be due at .8: now .4 after the last
  +.3 > P. 1:1001(1000) ack 1
  +.1 < [1:1001(1000)] icmp unreachable port_unreachable // another trouble
  +.7 > P. 1:1001(1000) ack 1
`)
