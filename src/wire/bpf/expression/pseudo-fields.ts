// Fields that are no bytes of the frame: loads from the kernel's own part (SKF_AD_*).

import { AD_PKTTYPE, ANCILLARY } from '../instruction.ts'

export const LINK_ANCILLARY_PKTTYPE = ANCILLARY + AD_PKTTYPE
/** PACKET_OUTGOING. */
export const OUTGOING = 4
