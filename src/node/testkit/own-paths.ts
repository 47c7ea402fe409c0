// Names of Unix sockets in a world: each host has a file system of its own, and nothing of it shows on the disk.

import { dirname, resolve } from 'node:path'
import type { Host } from '../../kernel/host.ts'
import type { SocketPaths } from '../facade/node-stack.ts'

export function ownPaths(host: Host): SocketPaths {
  const nameOf = (path: string): string => resolve(path)
  return {
    nameOf,
    claim(path) {
      const name = nameOf(path)
      const parts = dirname(name).split('/').filter(each => each !== '')
      parts.forEach((_, i) => { host.files.mkdir(`/${parts.slice(0, i + 1).join('/')}`, '/') })
      return name
    },
    missing: () => 'ENOENT',
    release(path) { host.files.unlink(nameOf(path), '/') },
    allow: () => 0,
    isForeign: () => false,
  }
}
