// What a façade needs of a host: the process whose descriptors it uses, name resolution, and what keeps Node running.

import type { Process } from '../../kernel/process.ts'
import { KeepAlive } from './dispatcher.ts'

export type LookupAddress = { readonly address: string, readonly family: 4 | 6 }

/** Resolves a name to every address it has; an errno-like code (`ENOTFOUND`, `EAI_AGAIN`) when it has none. */
export type Resolve = (hostname: string, family: 0 | 4 | 6) => Promise<readonly LookupAddress[] | string>

export interface NodeStack {
  readonly process: Process
  readonly resolve: Resolve
  readonly keepAlive: KeepAlive
}
