// A folder of the host's file system as an HttpSite: types by ending, an index page or a listing for folders, nothing
// outside the folder whatever links say.

import { constants } from 'node:fs'
import { open, readdir, realpath } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { memoryEntity } from '../service/http/site.ts'
import type { HttpEntity, HttpSite, SiteAnswer } from '../service/http/site.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.htm': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.json': 'application/json', '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8', '.md': 'text/markdown; charset=utf-8', '.csv': 'text/csv; charset=utf-8', '.xml': 'application/xml',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp',
  '.avif': 'image/avif', '.ico': 'image/vnd.microsoft.icon', '.woff': 'font/woff', '.woff2': 'font/woff2', '.ttf': 'font/ttf',
  '.mp3': 'audio/mpeg', '.ogg': 'audio/ogg', '.wav': 'audio/wav', '.mp4': 'video/mp4', '.webm': 'video/webm',
  '.pdf': 'application/pdf', '.zip': 'application/zip', '.gz': 'application/gzip', '.tar': 'application/x-tar', '.wasm': 'application/wasm',
  '.pcap': 'application/vnd.tcpdump.pcap', '.pcapng': 'application/octet-stream',
}

const MAX_LISTED = 10_000

export function contentTypeOf(path: string): string { return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream' }

/** Throws the error of realpath when the folder is not there. */
export async function staticSite(folder: string): Promise<HttpSite> {
  const root = await realpath(resolve(folder))
  return { open: path => openPath(root, path) }
}

async function openPath(root: string, path: string): Promise<SiteAnswer> {
  try {
    const real = await realpath(join(root, path))
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) return 403
    // Non-blocking, so that a pipe in the folder holds nobody up.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK)
    return await openKind(root, path, real, file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return code === 'EACCES' || code === 'EPERM' ? 403 : 404
  }
}

async function openKind(root: string, path: string, real: string, file: FileHandle): Promise<SiteAnswer> {
  const stat = await file.stat()
  if (stat.isFile()) return path.endsWith('/') && path !== '/' ? closing(file, 404) : fileEntity(file, real, stat.size, stat.mtime)
  await file.close()
  if (!stat.isDirectory()) return 403
  if (!path.endsWith('/')) return { redirect: `${encodeURI(path)}/`.replace(/^\/+/, '/') }
  const index = await openPath(root, `${path}index.html`)
  return index === 404 ? listing(path, real) : index
}

async function closing(file: FileHandle, answer: 403 | 404): Promise<SiteAnswer> {
  await file.close()
  return answer
}

function fileEntity(file: FileHandle, real: string, sizeBytes: number, modified: Date): HttpEntity {
  return {
    sizeBytes,
    contentType: contentTypeOf(real),
    lastModified: modified.toUTCString(),
    etag: `"${Math.floor(modified.getTime()).toString(16)}-${sizeBytes.toString(16)}"`,
    read: async (position, into) => (await file.read(into, 0, into.length, position)).bytesRead,
    close: () => { void file.close() },
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' }

function escapeHtml(text: string): string { return text.replace(/[&<>"']/g, each => ESCAPES[each]) }

async function listing(path: string, real: string): Promise<HttpEntity> {
  const entries = (await readdir(real, { withFileTypes: true })).slice(0, MAX_LISTED)
  const names = entries.map(each => each.isDirectory() ? `${each.name}/` : each.name).sort()
  const rows = (path === '/' ? names : ['../', ...names])
    .map(name => `<li><a href="${escapeHtml(`./${encodeURIComponent(name).replaceAll('%2F', '/')}`)}">${escapeHtml(name)}</a></li>`)
  const title = `Index of ${escapeHtml(path)}`
  const page = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><ul>\n${rows.join('\n')}\n</ul>\n`
  return memoryEntity(Buffer.from(page), 'text/html; charset=utf-8')
}
