// Names of our Unix sockets in the real file system: a socket of ours with the name /tmp/x shows as an empty file there, so
// that programs find, test, chmod and remove it as they are used to. Only we can connect to it. A real socket of that
// name, another program's, is left to Node.

import { createHash } from 'node:crypto'
import { chmodSync, constants, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Errno } from '../../base/errno.ts'
import type { Host } from '../../kernel/host.ts'
import type { SocketPaths } from './node-stack.ts'
import { SETS_WHOLE_MODE } from './running-node.ts'

const LONGEST_SOCKET_NAME = 107
const NEW_MODE = 0o777
const READERS = constants.S_IRUSR | constants.S_IRGRP | constants.S_IROTH
const WRITERS = constants.S_IWUSR | constants.S_IWGRP | constants.S_IWOTH

function codeOf(error: unknown): Errno { return ((error as NodeJS.ErrnoException).code ?? 'EIO') as Errno }

export function diskPaths(host: Host): SocketPaths {
  /** The same file by whatever way it is named; a name that is too long for a socket stands under a short one. */
  const nameOf = (path: string): string => {
    const absolute = resolve(path)
    if (Buffer.byteLength(absolute) <= LONGEST_SOCKET_NAME) return absolute
    return `/tmp/${createHash('sha256').update(absolute).digest('hex')}`
  }
  const makeFolder = (name: string): void => {
    const parts = dirname(name).split('/').filter(each => each !== '')
    parts.forEach((_, i) => { host.files.mkdir(`/${parts.slice(0, i + 1).join('/')}`, '/') })
  }
  return {
    nameOf,
    claim(path) {
      try {
        writeFileSync(path, '', { flag: 'wx', mode: NEW_MODE })
      } catch (error) {
        const code = codeOf(error)
        return code === 'EEXIST' ? 'EADDRINUSE' : code
      }
      const name = nameOf(path)
      makeFolder(name)
      // Its file was removed: the old socket lives on without a name.
      host.files.unlink(name, '/')
      return name
    },
    missing(path) {
      try {
        statSync(path)
        return 'ECONNREFUSED'
      } catch (error) {
        return codeOf(error)
      }
    },
    release(path) {
      host.files.unlink(nameOf(path), '/')
      try {
        unlinkSync(path)
      } catch { /* somebody was faster */ }
    },
    allow(path, readable, writable) {
      try {
        const before = SETS_WHOLE_MODE ? 0 : statSync(path).mode
        chmodSync(path, before | (readable ? READERS : 0) | (writable ? WRITERS : 0))
        return 0
      } catch (error) {
        return codeOf(error)
      }
    },
    isForeign(path) {
      try {
        return statSync(path).isSocket()
      } catch {
        return false
      }
    },
  }
}
