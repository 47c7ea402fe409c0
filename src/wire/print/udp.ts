// UDP datagrams in tcpdump's words.

import { getU16 } from '../../base/bytes.ts'

export function describeUdp(bytes: Uint8Array, at: number, end: number): string {
  if (at + 8 > end) return `truncated-udp, length ${end - at}`
  const length = getU16(bytes, at + 4)
  if (length < 8 || at + length > end) return `UDP, bad length ${length} > ${end - at}`
  return `UDP, length ${length - 8}`
}
