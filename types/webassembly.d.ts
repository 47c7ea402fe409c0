// Node has WebAssembly, its type package leaves the declaration to the browser's. Only what the memory platform uses stands here.
declare namespace WebAssembly {
  interface MemoryDescriptor { initial: number, maximum?: number, shared?: boolean }
  type ImportValue = Memory | ((...values: number[]) => number | void) | number
  type Imports = Record<string, Record<string, ImportValue>>
  type ExportValue = ((...values: number[]) => number) | Memory

  class Memory {
    constructor(descriptor: MemoryDescriptor)
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }

  class Module {
    constructor(bytes: ArrayBuffer | ArrayBufferView)
  }

  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Record<string, ExportValue>
  }

  function validate(bytes: ArrayBuffer | ArrayBufferView): boolean
}
