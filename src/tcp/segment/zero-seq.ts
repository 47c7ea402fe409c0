// The sequence number that fields hold before a connection gives them one.

import { seqOf } from '../../base/seq.ts'

export const ZERO_SEQ = seqOf(0)
