// Reports on the error queue: Linux's documents on MSG_ZEROCOPY and timestamping; acknowledgement is RFC 9293 3.10.7.4's.
import { drill } from '../../support/drill.ts'

const COMPLETION = (from: number, to: number): string => `recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,0}], msg_flags=MSG_ERRQUEUE,
    msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=0, ee_origin=SO_EE_ORIGIN_ZEROCOPY, ee_type=0,
      ee_code=SO_EE_CODE_ZEROCOPY_COPIED, ee_info=${from}, ee_data=${to}}}]}, MSG_ERRQUEUE) = 0`
const STAMP = (kind: string, key: number, ns: number): string => `recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,0}],
    msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0,scm_nsec=${ns}}},
      {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0,
      ee_info=${kind}, ee_data=${key}}}]}, MSG_ERRQUEUE) = 0`

drill('completions of neighbouring zero-copy sends come as one range, once all is acknowledged', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0
  +0 send(4, ..., 1000, MSG_ZEROCOPY) = 1000
  +0 > P. 1:1001(1000) ack 1
  +0 send(4, ..., 1000, 0) = 1000
  +0 > P. 1001:2001(1000) ack 1
  +0 send(4, ..., 1000, MSG_ZEROCOPY) = 1000
  +0 > P. 2001:3001(1000) ack 1
  +.01 < . 1:1(0) ack 2501 win 1000
  +0 ${COMPLETION(0, 0)}
  +0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,0}], msg_control=[]}, MSG_ERRQUEUE) = -1 EAGAIN (Resource temporarily unavailable)
  +.01 < . 1:1(0) ack 3001 win 1000
  +0 ${COMPLETION(1, 1)}
`)

drill('MSG_ZEROCOPY without SO_ZEROCOPY is an ordinary send', { covers: 'RFC 9293 3.10.2' }, `
  established(80)
  +0 send(4, ..., 1000, MSG_ZEROCOPY) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.01 < . 1:1(0) ack 1001 win 1000
  +0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,0}], msg_control=[]}, MSG_ERRQUEUE) = -1 EAGAIN (Resource temporarily unavailable)
`)

drill('a reset gives back what zero-copy sends had lent', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0
  +0 send(4, ..., 1000, MSG_ZEROCOPY) = 1000
  +0 > P. 1:1001(1000) ack 1
  +.01 < R. 1:1(0) ack 1 win 1000
  +0 ${COMPLETION(0, 0)}
`)

drill('a write is stamped when its last octet is scheduled, sent and acknowledged', { covers: 'RFC 9293 3.10.7.4' }, `
  established(80)
  +0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK |
     SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY], 4) = 0
  +.01 write(4, ..., 700) = 700
  +0 > P. 1:701(700) ack 1
  +.01 < . 1:1(0) ack 701 win 1000
  +0 ${STAMP('SCM_TSTAMP_SCHED', 699, 10_000_000)}
  +0 ${STAMP('SCM_TSTAMP_SND', 699, 10_000_000)}
  +0 ${STAMP('SCM_TSTAMP_ACK', 699, 20_000_000)}
`)

drill('TCP_INQ tells what is left to read, and one more after FIN', { covers: 'RFC 9293 3.10.3' }, `
  established(80)
  +0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0
  +0 < F. 1:501(500) ack 1 win 1000
  +.04 > . 1:1(0) ack 502
  +0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,200}], msg_flags=0,
     msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=301}]}, 0) = 200
  +0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,300}], msg_flags=0,
     msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=1}]}, 0) = 300
`)
