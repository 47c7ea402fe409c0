// What travels between Unix sockets (rows H1-H3): bytes, who sent them, and the files that go with them. Each message is
// charged to its sender's SO_SNDBUF until it is read.

import type { SocketAddress } from '../sock/socket-address.ts'

/** An open file under way: whoever holds one retained it and must drop it. */
export interface HeldFile {
  retain(): unknown
  drop(): void
}

export interface Credentials { readonly pid: number, readonly uid: number, readonly gid: number }

/** Who sent a message, as its reader sees it. */
export interface MessageSender {
  readonly name: SocketAddress
  /** The message was read or thrown away. */
  uncharge(bytes: number): void
}

export interface Message {
  readonly bytes: Uint8Array
  /** What a stream reader has taken already. */
  taken: number
  /** Whose name a reader is told is asked when it reads. */
  readonly sender: MessageSender
  readonly charge: number
  readonly credentials: Credentials
  files: readonly HeldFile[] | undefined
  /** An empty one that was looked at: SO_PEEK_OFF goes past it. */
  isPeeked?: boolean
  /** An urgent byte: one that was taken stays as a mark in the stream until a read passes it. */
  isUrgent?: boolean
}

export function dropFiles(message: Message): void {
  for (const file of message.files ?? []) file.drop()
  message.files = undefined
}

const SK_BUFF = 256
const SHARED_INFO = 320
const PAGE = 4096

function block(bytes: number): number {
  let size = 512
  while (size < bytes) size *= 2
  return size
}

/** The largest piece a stream write is cut into: a page's head and 32 KB of pages. */
export const STREAM_PIECE = PAGE - SHARED_INFO + 32_768

/** truesize as Linux allocates it: a head, and whole pages for what does not fit there. */
function charge(length: number, head: number): number {
  if (length <= head) return SK_BUFF + block(length + SHARED_INFO)
  return SK_BUFF + head + SHARED_INFO + Math.ceil((length - head) / PAGE) * PAGE
}

export function streamCharge(length: number): number { return charge(length, PAGE - SHARED_INFO) }

export function datagramCharge(length: number): number { return charge(length, 4 * PAGE - SHARED_INFO) }
