// Node is changed while at least one world exists, and put back when the last one is closed.

import { installBuiltins } from '../builtins/builtins.ts'
import { currentLife } from './life.ts'
import { patchChildren } from './outsiders.ts'
import { patchAgents } from './own-agents.ts'
import { patchFetch } from './own-fetch.ts'
import { patchGlobals } from './own-globals.ts'
import { patchHttpTimeouts } from './own-http-timeouts.ts'
import { patchProcess } from './own-process.ts'
import { patchSockets } from './own-sockets.ts'
import { patchPlatformWork } from './platform-work.ts'

class Patched {
  private worlds = 0
  private undo: (() => void)[] = []

  async enter(): Promise<void> {
    this.worlds++
    if (this.worlds > 1) return
    this.undo = [
      patchGlobals(), installBuiltins(() => currentLife()?.stack), patchProcess(), patchSockets(), patchHttpTimeouts(), patchPlatformWork(),
      patchChildren(), patchFetch(),
    ]
    this.undo.push(await patchAgents())
  }

  leave(): void {
    this.worlds--
    if (this.worlds === 0) for (const each of this.undo.splice(0).reverse()) each()
  }
}

export const patched = new Patched()
