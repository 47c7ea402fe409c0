// The working directory, where relative paths begin (row H1): also those of Unix sockets.

import type { Errno } from '../../base/errno.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import type { ProcessState } from '../process-state.ts'
import type { SocketFile } from '../socket-file.ts'

export function chdir(process: ProcessState, path: string): 0 | Errno {
  const inode = process.kernel.files.lookup(path, process.cwd)
  if (typeof inode === 'string') return inode
  if (inode.kind !== 'directory') return 'ENOTDIR'
  const names: string[] = []
  for (const name of (path.startsWith('/') ? path : `${process.cwd}/${path}`).split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  process.cwd = `/${names.join('/')}`
  return 0
}

/** A path in a socket address is meant from where the caller stands. */
export function standAt(process: ProcessState, { socket }: SocketFile, address: SocketAddress | undefined): void {
  if (address?.family === 'AF_UNIX') socket.ops.callFrom?.(socket.sock, process.cwd)
}
