// What an HTTP server serves, as it sees it: the platform brings files (src/node/static-site.ts), a simulation whatever
// it likes. `memorySite` is the smallest one.

export interface HttpEntity {
  readonly sizeBytes: number
  readonly contentType: string
  /** An HTTP date, ready to send. */
  readonly lastModified?: string
  /** With its quotes. */
  readonly etag?: string
  /** Fills `into` from `position` on; how many bytes, 0 when there are no more. */
  read(position: number, into: Uint8Array): number | Promise<number>
  close(): void
}

export type SiteAnswer = HttpEntity | { readonly redirect: string } | 404 | 403

export interface HttpSite {
  /** `path` is decoded, begins with a slash and never leaves the root: no `..` is left in it. */
  open(path: string): SiteAnswer | Promise<SiteAnswer>
}

export function memoryEntity(content: Uint8Array, contentType: string): HttpEntity {
  return {
    sizeBytes: content.length,
    contentType,
    read: (position, into) => {
      const part = content.subarray(position, position + into.length)
      into.set(part)
      return part.length
    },
    close: () => { /* nothing is open */ },
  }
}

export interface MemoryFile { readonly content: Uint8Array, readonly contentType: string }

export function memorySite(files: Readonly<Record<string, MemoryFile>>): HttpSite {
  return {
    open: path => {
      const file = Object.hasOwn(files, path) ? files[path] : undefined
      return file === undefined ? 404 : memoryEntity(file.content, file.contentType)
    },
  }
}

/**
 * The decoded path of a request target (RFC 9112 3.2), dot segments taken out; `undefined` when it is none or leads out
 * of the root.
 */
export function decodeTarget(target: string): string | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  if (path !== '' && !path.startsWith('/')) return undefined
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return undefined
  }
  if (decoded.includes('\0')) return undefined
  const kept: string[] = []
  const parts = decoded.split('/').slice(1)
  for (const part of parts) {
    if (part === '..' && kept.pop() === undefined) return undefined
    if (part !== '..' && part !== '.' && part !== '') kept.push(part)
  }
  const last = parts.at(-1) ?? ''
  const isFolder = last === '' || last === '.' || last === '..'
  return `/${kept.join('/')}${isFolder && kept.length > 0 ? '/' : ''}`
}
