import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import ssh2 from 'ssh2'
import type { ClientChannel, SFTPWrapper, Session } from 'ssh2'
import { expect, it } from 'vitest'
import { closing, onBadLink, payload } from './bad-link.ts'

const { Client, Server, utils: { generateKeyPairSync, sftp: { STATUS_CODE } } } = ssh2

/** One file in memory, whatever its name. */
function files(sftp: SFTPWrapper): void {
  const handle = Buffer.from('one')
  let content = Buffer.alloc(0)
  const attributes = (): { mode: number, uid: number, gid: number, size: number, atime: number, mtime: number } =>
    ({ mode: 0o100644, uid: 0, gid: 0, size: content.length, atime: 0, mtime: 0 })
  sftp.on('OPEN', id => { sftp.handle(id, handle) })
  sftp.on('WRITE', (id, _, offset, data) => {
    const grown = Buffer.alloc(Math.max(content.length, offset + data.length))
    content.copy(grown)
    data.copy(grown, offset)
    content = grown
    sftp.status(id, STATUS_CODE.OK)
  })
  sftp.on('READ', (id, _, offset, length) => {
    if (offset >= content.length) sftp.status(id, STATUS_CODE.EOF)
    else sftp.data(id, content.subarray(offset, offset + length))
  })
  sftp.on('FSTAT', id => { sftp.attrs(id, attributes()) })
  sftp.on('STAT', id => { sftp.attrs(id, attributes()) })
  sftp.on('FSETSTAT', id => { sftp.status(id, STATUS_CODE.OK) })
  sftp.on('CLOSE', id => { sftp.status(id, STATUS_CODE.OK) })
}

function told<T>(ask: (answer: (error: Error | undefined, value: T) => void) => void): Promise<T> {
  return new Promise((done, fail) => {
    ask((error, value) => {
      if (error === undefined) done(value)
      else fail(error)
    })
  })
}

function serve(session: Session): void {
  session.on('exec', (accept, _, { command }) => {
    const channel = accept()
    channel.write(command.toUpperCase())
    channel.exit(command.length)
    channel.end()
  })
  session.on('sftp', accept => { files(accept()) })
}

it('ssh2: a login, commands on one connection, a file written and read over SFTP', () => onBadLink(21, async ({ server, client }) => {
  const key = generateKeyPairSync('ed25519').private
  const stop = await server.run(() => closing(new Server({ hostKeys: [key] }, connection => {
    connection.on('authentication', attempt => {
      if (attempt.method === 'password' && attempt.username === 'me' && attempt.password === 'secret') attempt.accept()
      else attempt.reject(['password'])
    })
    connection.on('session', accept => { serve(accept()) }).on('error', () => undefined)
  }).listen(22, '0.0.0.0')))
  const body = payload()
  const seen = await client.run(async () => {
    const connection = new Client()
    connection.connect({ host: 'server', username: 'me', password: 'secret' })
    await once(connection, 'ready')
    const answers = await Promise.all(['one', 'three'].map(async command => {
      // What follows the channel may come in the same segment: listen before the promise is answered.
      const [channel, code] = await told<[ClientChannel, Promise<unknown[]>]>(answer => {
        connection.exec(command, (error, made) => { answer(error, [made, once(made, 'exit')]) })
      })
      return [await text(channel), (await code)[0]]
    }))
    const sftp = await told<SFTPWrapper>(answer => { connection.sftp(answer) })
    await told<undefined>(answer => { sftp.writeFile('/file', body, error => { answer(error ?? undefined, undefined) }) })
    const back = await told<Buffer>(answer => { sftp.readFile('/file', answer) })
    connection.end()
    await once(connection, 'close')
    return [answers, body.equals(back)]
  })
  expect(seen).toEqual([[['ONE', 3], ['THREE', 5]], true])
  await server.run(stop)
}))
