// Where packet memory comes from. Node and the web supply WebAssembly memory with a SIMD checksum; the core's default
// needs nothing but the language.

import { createChecksummer } from './checksum.ts'
import type { Checksummer } from './checksum.ts'

export interface MemoryPlatform {
  allocate(bytes: number): { readonly buffer: ArrayBufferLike, readonly checksummer: Checksummer }
}

export const arrayBufferPlatform: MemoryPlatform = {
  allocate(bytes) {
    const buffer = new ArrayBuffer(bytes)
    return { buffer, checksummer: createChecksummer(buffer) }
  },
}
