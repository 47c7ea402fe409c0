// What a façade needs of a host: the process whose descriptors it uses, name resolution, and what keeps Node running.

import type { Process } from '../../kernel/process.ts'
import type { KeepAlive } from './dispatcher.ts'

export type LookupAddress = { readonly address: string, readonly family: 4 | 6 }

/** Resolves a name to every address it has; an errno-like code (`ENOTFOUND`, `EAI_AGAIN`) when it has none. */
export type Resolve = (hostname: string, family: 0 | 4 | 6) => Promise<readonly LookupAddress[] | string>

export interface NodeStack {
  readonly process: Process
  readonly resolve: Resolve
  /** The name of an address, for lookupService; without it only loopback addresses have one. */
  readonly reverse?: (address: string) => Promise<string | undefined>
  /** Whom dns.resolve asks: `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`; default 127.0.0.1. */
  readonly nameServers?: readonly string[]
  readonly keepAlive: KeepAlive
  readonly files: SocketPaths
}

/** Names of Unix sockets: the host's own file system, seen through the real one where a program expects its folders. */
export interface SocketPaths {
  /** Before a bind: the folder is there (made in the host's file system if the real one has it). */
  prepareBind(path: string): void
  /** What a connect to a name that no socket has meets: ECONNREFUSED for a file, ENOENT for nothing. */
  missing(path: string): 'ECONNREFUSED' | 'ENOENT' | 'EACCES'
  unlink(path: string): void
}
