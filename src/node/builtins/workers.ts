// Worker threads begin with Node's modules as they were: each loads `preload` before its program, whatever options it was given.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { WorkerOptions } from 'node:worker_threads'

type WorkerClass = new (file: string | URL, options?: WorkerOptions) => object

/** `preload` is the address of a module. Answers what undoes it. */
export function preloadInWorkers(preload: string): () => void {
  const exports = createRequire(import.meta.url)('node:worker_threads') as { Worker: WorkerClass }
  const Native = exports.Worker
  const added = ['--import', preload]
  class Worker extends Native {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const inherited = options.execArgv ?? process.execArgv
      super(file, { ...options, execArgv: inherited.includes(preload) ? inherited : [...inherited, ...added] })
    }
  }
  exports.Worker = Worker
  syncBuiltinESMExports()
  return () => {
    exports.Worker = Native
    syncBuiltinESMExports()
  }
}
