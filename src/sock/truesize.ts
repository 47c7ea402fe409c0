// What a queued packet is charged for, so that a buffer of so many bytes holds as many datagrams as on Linux: its sk_buff,
// and a data block of a power of two (SKB_TRUESIZE, kmalloc_size_roundup).

const SK_BUFF = 256
/** skb_shared_info, the headers in front and their headroom. */
const OVERHEAD = 320 + 64
const LARGEST_BLOCK = 8192
const PAGE = 4096

export function truesize(payloadBytes: number): number {
  const needed = payloadBytes + OVERHEAD
  if (needed > LARGEST_BLOCK) return SK_BUFF + 512 + Math.ceil(payloadBytes / PAGE) * PAGE
  let block = 512
  while (block < needed) block *= 2
  return SK_BUFF + block
}
