// An ICMP or ICMPv6 error on its way to the transport and the socket that caused it (RFC 1122 3.2.2, RFC 4443 2.4),
// already translated to what Linux tells a socket. One record, refilled: never store it.

import { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import type { Packet } from '../wire/packet.ts'

export class IcmpError {
  /** 4: ICMP, 6: ICMPv6. */
  version = 4
  type = 0
  code = 0
  /** What Linux's icmp_err_convert / icmpv6_err_convert give. */
  errno: Errno = 'EHOSTUNREACH'
  /** Linux's `fatal`: a connecting or connected datagram socket hears of it without IP_RECVERR. */
  fatal = false
  /** Fragmentation needed or packet too big: the next hop's MTU, else 0. */
  mtu = 0
  /** Pointer of a parameter problem, gateway of a redirect as raw word. */
  info = 0
  /** Who reported it. */
  offender: IpAddress = IpAddress.ANY4
  /** The quoted packet, from its IP header's view: `local` is its source (ours), `remote` its destination. */
  local: IpAddress = IpAddress.ANY4
  remote: IpAddress = IpAddress.ANY4
  protocol = 0
  /** Holds the ICMP message; `quotedAt`..`quotedEnd` is what is there of the quoted transport header and its payload. */
  packet: Packet | undefined = undefined
  quotedNetworkAt = 0
  quotedAt = 0
  quotedEnd = 0
}
