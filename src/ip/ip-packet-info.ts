// What a transport learns of the IP packet that carried its segment: addresses, hop limit, traffic class, never the IP
// version's header. One record an IP layer, refilled for every packet: read it during `input`, never store it.

import { IpAddress } from '../base/address/ip.ts'

export const TO_UNICAST = 0
export const TO_IP_BROADCAST = 1
export const TO_IP_MULTICAST = 2
/** fe80::/10. */
const LINK_LOCAL_PREFIX = 0x3fa

export class IpPacketInfo {
  /** Source and destination as four int32 words, IPv4 in its mapped form. */
  s0 = 0
  s1 = 0
  s2 = 0
  s3 = 0
  d0 = 0
  d1 = 0
  d2 = 0
  d3 = 0
  /** Folded checksum sum of both addresses (wire/pseudo-header.ts). */
  addressSum = 0
  /** 4 or 6. */
  version = 4
  protocol = 0
  hopLimit = 0
  /** The whole octet: DSCP and ECN. */
  trafficClass = 0
  flowLabel = 0
  /** TO_UNICAST, TO_IP_BROADCAST or TO_IP_MULTICAST. */
  destinationKind = TO_UNICAST
  /** Index of the device it arrived on. */
  deviceIndex = 0

  /** The device an answer must leave by: a link-local source means something on its link only (RFC 4007 6). 0: any. */
  get scopeDevice(): number { return this.version === 6 && this.s0 >>> 22 === LINK_LOCAL_PREFIX ? this.deviceIndex : 0 }

  /** Allocates: for what outlives the call. */
  source(): IpAddress { return IpAddress.of(this.s0, this.s1, this.s2, this.s3) }
  destination(): IpAddress { return IpAddress.of(this.d0, this.d1, this.d2, this.d3) }
}
