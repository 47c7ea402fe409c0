// A small file system in memory (rows G1, H1): directories, regular files, and the names of Unix sockets.

import type { Errno } from '../base/errno.ts'
import type { DirectoryInode, Inode, RegularInode, SocketInode } from './inode.ts'

const LONGEST_NAME = 255
const LONGEST_PATH = 4096

interface Place { readonly directory: DirectoryInode, readonly name: string, readonly inode: Inode | undefined }

export class FileSystem {
  private nextId = 2
  readonly root: DirectoryInode = { kind: 'directory', id: 1, entries: new Map() }

  constructor() {
    for (const path of ['/tmp', '/run', '/var', '/var/run', '/etc', '/home', '/dev']) this.mkdir(path, '/')
  }

  lookup(path: string, workingDirectory: string): Inode | Errno {
    const place = this.find(path, workingDirectory)
    return typeof place === 'string' ? place : place.inode ?? 'ENOENT'
  }

  mkdir(path: string, workingDirectory: string): 0 | Errno {
    return this.create(path, workingDirectory, 'EEXIST', id => ({ kind: 'directory', id, entries: new Map() }))
  }

  /** A Unix socket's name; EADDRINUSE when anything has it already. */
  bindSocket(path: string, workingDirectory: string, owner: unknown): SocketInode | Errno {
    let made: SocketInode | undefined = undefined
    const result = this.create(path, workingDirectory, 'EADDRINUSE', id => made = { kind: 'socket', id, owner })
    return result === 0 && made !== undefined ? made : result === 0 ? 'EINVAL' : result
  }

  createFile(path: string, workingDirectory: string): RegularInode | Errno {
    let made: RegularInode | undefined = undefined
    const result = this.create(path, workingDirectory, 'EEXIST', id => made = { kind: 'regular', id, bytes: new Uint8Array(0) })
    return result === 0 && made !== undefined ? made : result === 0 ? 'EINVAL' : result
  }

  unlink(path: string, workingDirectory: string): 0 | Errno {
    const place = this.find(path, workingDirectory)
    if (typeof place === 'string') return place
    if (place.inode === undefined) return 'ENOENT'
    if (place.inode.kind === 'directory') return 'EISDIR'
    place.directory.entries.delete(place.name)
    return 0
  }

  rmdir(path: string, workingDirectory: string): 0 | Errno {
    const place = this.find(path, workingDirectory)
    if (typeof place === 'string') return place
    if (place.inode === undefined) return 'ENOENT'
    if (place.inode.kind !== 'directory') return 'ENOTDIR'
    if (place.inode === this.root) return 'EBUSY'
    if (place.inode.entries.size > 0) return 'ENOTEMPTY'
    place.directory.entries.delete(place.name)
    return 0
  }

  rename(from: string, to: string, workingDirectory: string): 0 | Errno {
    const source = this.find(from, workingDirectory)
    const target = this.find(to, workingDirectory)
    if (typeof source === 'string') return source
    if (typeof target === 'string') return target
    if (source.inode === undefined) return 'ENOENT'
    source.directory.entries.delete(source.name)
    target.directory.entries.set(target.name, source.inode)
    return 0
  }

  private create(path: string, workingDirectory: string, exists: Errno, make: (id: number) => Inode): 0 | Errno {
    const place = this.find(path, workingDirectory)
    if (typeof place === 'string') return place
    if (place.inode !== undefined) return exists
    place.directory.entries.set(place.name, make(this.nextId))
    this.nextId++
    return 0
  }

  private find(path: string, workingDirectory: string): Place | Errno {
    if (path === '') return 'ENOENT'
    if (path.length > LONGEST_PATH) return 'ENAMETOOLONG'
    const names = (path.startsWith('/') ? path : `${workingDirectory}/${path}`).split('/').filter(each => each !== '' && each !== '.')
    const way: DirectoryInode[] = [this.root]
    let place: Place = { directory: this.root, name: '.', inode: this.root }
    for (const [index, name] of names.entries()) {
      if (name.length > LONGEST_NAME) return 'ENAMETOOLONG'
      const directory = way[way.length - 1]
      if (name === '..') {
        if (way.length > 1) way.pop()
        place = { directory: way[way.length - 1], name: '.', inode: way[way.length - 1] }
        continue
      }
      const inode = directory.entries.get(name)
      place = { directory, name, inode }
      if (index === names.length - 1) break
      if (inode === undefined) return 'ENOENT'
      if (inode.kind !== 'directory') return 'ENOTDIR'
      way.push(inode)
    }
    return place
  }
}
