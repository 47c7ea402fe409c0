// Node's own functions as they were before anything was changed in place: what ours fall back to.

import nodeDgram from 'node:dgram'
import nodeDns from 'node:dns'

export const NATIVE_DNS: Readonly<typeof nodeDns> = Object.freeze({ ...nodeDns })
export const NATIVE_DNS_PROMISES: Readonly<typeof nodeDns.promises> = Object.freeze({ ...nodeDns.promises })
export const NATIVE_DGRAM: Readonly<typeof nodeDgram> = Object.freeze({ ...nodeDgram })
