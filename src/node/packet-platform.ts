// Packet memory in Node: WebAssembly memory, which is reserved at its full size at once and costs only what is touched,
// with the SIMD checksum on it.

import type { MemoryPlatform } from '../base/memory-platform.ts'
import { checksumWasmBytes, wasmChecksummer } from '../wire/checksum-wasm.ts'
import type { WasmSum } from '../wire/checksum-wasm.ts'

const PAGE_BYTES = 65536

export const wasmPlatform: MemoryPlatform = {
  allocate(bytes) {
    const pages = Math.ceil(bytes / PAGE_BYTES)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const module = new WebAssembly.Module(checksumWasmBytes())
    const instance = new WebAssembly.Instance(module, { env: { memory } })
    return { buffer: memory.buffer, checksummer: wasmChecksummer(memory.buffer, instance.exports.sum as WasmSum) }
  },
}
