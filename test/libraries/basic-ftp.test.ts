import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { Client } from 'basic-ftp'
import { FtpSrv } from 'ftp-srv'
import type { FtpServerOptions } from 'ftp-srv'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { onBadLink, payload } from './bad-link.ts'

const nothing = (): undefined => undefined
/** ftp-srv writes what it does to standard output otherwise. */
const QUIET = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => QUIET } as unknown as FtpServerOptions['log']

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'sockeye-ftp-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

it('basic-ftp and ftp-srv: a file sent, listed and fetched over passive data connections', () => onBadLink(22, async ({ server, client }) => {
  const stop = await server.run(async () => {
    const ftp = new FtpSrv({ url: 'ftp://0.0.0.0:21', pasv_url: server.address, pasv_min: 30_000, pasv_max: 30_100, log: QUIET })
    ftp.on('login', ({ username, password }, resolve, reject) => {
      if (username === 'me' && password === 'secret') resolve({ root: folder })
      else reject(new Error('no such user'))
    })
    await ftp.listen()
    return () => ftp.close()
  })
  const body = payload()
  const seen = await client.run(async () => {
    const ftp = new Client(20_000)
    await ftp.access({ host: 'server', user: 'me', password: 'secret' })
    await ftp.ensureDir('inbox')
    await ftp.uploadFrom(Readable.from([body]), 'file')
    const list = await ftp.list()
    const chunks: Buffer[] = []
    await ftp.downloadTo(new Writable({ write: (chunk: Buffer, _, done) => {
      chunks.push(chunk)
      done()
    } }), 'file')
    const where = await ftp.pwd()
    const missing = await ftp.size('nothing').catch((reason: unknown) => reason) as { code: number }
    ftp.close()
    return [list.map(each => [each.name, each.size]), body.equals(Buffer.concat(chunks)), where, missing.code]
  })
  expect(seen).toEqual([[['file', body.length]], true, '/inbox', 550])
  await server.run(async () => { await stop() })
}))
