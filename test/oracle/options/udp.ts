// IPPROTO_UDP as Linux 6.18 lists it (linux/udp.h).

import type { OptionLevel } from './entry.ts'

export const UDP_LEVEL: OptionLevel = {
  name: 'IPPROTO_UDP', number: 17, header: 'linux/udp.h',
  options: [
    { name: 'UDP_CORK', id: 1, effect: 'F7 effect of UDP_CORK' },
    { name: 'UDP_ENCAP', id: 100, unsupported: 'no IPsec or GTP inside UDP' },
    { name: 'UDP_NO_CHECK6_TX', id: 101, effect: 'F7 effect of UDP_NO_CHECK6_TX and UDP_NO_CHECK6_RX' },
    { name: 'UDP_NO_CHECK6_RX', id: 102, effect: 'F7 effect of UDP_NO_CHECK6_TX and UDP_NO_CHECK6_RX' },
    { name: 'UDP_SEGMENT', id: 103, effect: 'cuts one send into many datagrams with UDP_SEGMENT' },
    { name: 'UDP_GRO', id: 104, effect: 'UDP_GRO hands over what UDP_SEGMENT cut as one' },
  ],
}
