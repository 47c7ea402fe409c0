// Packet memory in browsers: WebAssembly memory, reserved at its full size at once, with the SIMD checksum on it. The
// module is a few hundred bytes, which every browser compiles synchronously on its main thread too.

import type { MemoryPlatform } from '../base/memory-platform.ts'
import { checksumWasmBytes, wasmChecksummer } from '../wire/checksum-wasm.ts'
import type { WasmSum } from '../wire/checksum-wasm.ts'

const PAGE_BYTES = 65536

/** Throws RangeError when the browser has not so much memory. */
export const wasmPlatform: MemoryPlatform = {
  allocate(bytes) {
    const pages = Math.ceil(bytes / PAGE_BYTES)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const module = new WebAssembly.Module(checksumWasmBytes())
    const instance = new WebAssembly.Instance(module, { env: { memory } })
    return { buffer: memory.buffer, checksummer: wasmChecksummer(memory.buffer, instance.exports.sum as WasmSum) }
  },
}
