// The writing methods of a stream handle, as programs that hold a socket's handle call them (Node: stream_base). Node's own code does
// not: socket.ts writes for it.

import { StreamHandle } from './stream-handle.ts'

/** Told when the bytes are not taken within the call. */
interface WriteRequest { oncomplete?: (status: number, handle: StreamHandle, error: undefined) => void }

type Written = Uint8Array | string

function write(handle: StreamHandle, request: WriteRequest, chunks: readonly Uint8Array[]): number {
  const answer = handle.writeChunks(chunks, status => request.oncomplete?.(status, handle, undefined))
  return typeof answer === 'number' ? answer : 0
}

function bytesOf(chunk: Written, encoding: string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk
}

/** Bytes alone, or each with its encoding behind it. */
function gathered(chunks: readonly Written[], areBytes: boolean): Uint8Array[] {
  if (areBytes) return chunks.map(each => bytesOf(each, 'utf8'))
  return Array.from({ length: chunks.length >> 1 }, (_, i) => bytesOf(chunks[2 * i], String(chunks[2 * i + 1])))
}

const ENCODINGS = { writeUtf8String: 'utf8', writeAsciiString: 'latin1', writeLatin1String: 'latin1', writeUcs2String: 'ucs2' } as const

const METHODS: Record<string, (this: StreamHandle, request: WriteRequest, ...args: never[]) => number> = {
  writeBuffer(request, bytes: Uint8Array) { return write(this, request, [bytes]) },
  writev(request, chunks: readonly Written[], areBytes: boolean) { return write(this, request, gathered(chunks, areBytes)) },
}
for (const [name, encoding] of Object.entries(ENCODINGS)) {
  METHODS[name] = function writeString(request, text: string) { return write(this, request, [Buffer.from(text, encoding)]) }
}

/** Called once, by whoever makes sockets. */
export function giveWrites(): void {
  for (const [name, value] of Object.entries(METHODS)) {
    Object.defineProperty(StreamHandle.prototype, name, { value, configurable: true, writable: true })
  }
}
