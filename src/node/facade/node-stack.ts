// What a façade needs of a host: the process whose descriptors it uses, name resolution, and what keeps Node running.

import type { AsyncResource } from 'node:async_hooks'
import type { ActiveHandles } from './active-handles.ts'
import type { Errno } from '../../base/errno.ts'
import type { Interfaces } from './host-interfaces.ts'
import type { Process } from '../../kernel/process.ts'

export type LookupAddress = { readonly address: string, readonly family: 4 | 6 }

/** Resolves a name to every address it has; an errno-like code (`ENOTFOUND`, `EAI_AGAIN`) when it has none. */
export type Resolve = (hostname: string, family: 0 | 4 | 6) => Promise<readonly LookupAddress[] | string>

/** Counts what keeps the event loop going. */
export interface KeepsAlive { readonly isHeld?: boolean, hold(): void, release(): void }

export interface NodeStack {
  readonly process: Process
  readonly resolve: Resolve
  /** The name of an address, for lookupService; without it only loopback addresses have one. */
  readonly reverse?: (address: string) => Promise<string | undefined>
  /** Whom dns.resolve asks: `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`; default 127.0.0.1. */
  readonly nameServers?: readonly string[]
  /** Answers questions to `STUB_ADDRESS` (dns/exchange.ts) in memory, in the wire format; nothing for no answer. */
  readonly nameStub?: (question: Uint8Array) => Promise<Uint8Array | undefined>
  readonly keepAlive: KeepsAlive
  /** The asynchronous context that a program began in: what peers bring about (accepted connections) comes of no call of its own. */
  readonly origin?: AsyncResource
  /** The program is gone (a crash): nothing more is told to it. */
  readonly isGone?: () => boolean
  /** What a callback of the program threw, where several programs share a process; without it Node hears of it. */
  readonly onThrow?: (error: unknown) => void
  /** A promise's turn from now a callback of the program will be asked for: virtual time waits for it. */
  readonly onWake?: () => void
  /** Told of each handle as it is made, in the program's call; what it returns is called when the handle closes. */
  readonly onHandle?: (handle: object, type: string) => () => void
  /** Handles for process.getActiveResourcesInfo(). */
  readonly handles?: ActiveHandles
  readonly files: SocketPaths
  /** What os.networkInterfaces() tells; without it, what Node tells of the machine. */
  readonly interfaces?: () => Interfaces
}

/** Names of Unix sockets: in a host's own file system, or shown in the real one. */
export interface SocketPaths {
  /** The name in the host's file system. */
  nameOf(path: string): string
  /** Before a bind: its name in the host's file system, whose folder is there from now on; or why it cannot be had. */
  claim(path: string): string | Errno
  /** What a connect to a name that no socket has meets: ECONNREFUSED for a file, ENOENT for nothing. */
  missing(path: string): Errno
  /** The socket is closed: its name goes. */
  release(path: string): void
  /** Others may read, write. */
  allow(path: string, readable: boolean, writable: boolean): 0 | Errno
  /** Some other program's socket, which Node can reach and we cannot. */
  isForeign(path: string): boolean
}
