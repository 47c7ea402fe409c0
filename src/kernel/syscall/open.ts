// open (row G1): regular files of the file system in memory.

import type { Errno } from '../../base/errno.ts'
import { O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../base/posix.ts'
import type { RegularInode } from '../../vfs/inode.ts'
import type { ProcessState } from '../process-state.ts'
import { RegularFile } from '../regular-file.ts'

const ACCESS_MODE = O_WRONLY | O_RDWR
/** Set by Linux on 64 bits for every open. */
const O_LARGEFILE = 0x8000
/** Meant for the call alone: not kept with the open file. */
const ONCE = O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC

export function open(process: ProcessState, path: string, flags: number): number | Errno {
  if ((flags & ACCESS_MODE) === ACCESS_MODE) return 'EINVAL'
  const inode = inodeFor(process, path, flags)
  if (typeof inode === 'string') return inode
  if ((flags & O_TRUNC) !== 0 && (flags & ACCESS_MODE) !== O_RDONLY) inode.bytes = new Uint8Array(0)
  const file = new RegularFile(inode, (flags & ~ONCE) | O_LARGEFILE)
  const fd = process.fds.install(file, (flags & O_CLOEXEC) !== 0)
  if (typeof fd === 'string') file.drop()
  return fd
}

function inodeFor(process: ProcessState, path: string, flags: number): RegularInode | Errno {
  const { files } = process.kernel
  const found = files.lookup(path, process.cwd)
  if (found === 'ENOENT' && (flags & O_CREAT) !== 0) return files.createFile(path, process.cwd)
  if (typeof found === 'string') return found
  if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) return 'EEXIST'
  if (found.kind === 'directory') return 'EISDIR'
  return found.kind === 'socket' ? 'ENXIO' : found
}
