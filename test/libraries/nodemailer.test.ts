import { text } from 'node:stream/consumers'
import nodemailer from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { expect, it } from 'vitest'
import { certificate, closing, onBadLink, payload } from './bad-link.ts'

const pem = certificate()
const LETTERS = 5

it('nodemailer and smtp-server: STARTTLS, a login, letters on a pool, a large attachment', () => onBadLink(19, async ({ server, client }) => {
  const letters: string[] = []
  let isSecure = true
  const stop = await server.run(() => {
    const post = new SMTPServer({
      key: pem, cert: pem, disableReverseLookup: true,
      onAuth: ({ username, password }, _, done) => {
        if (username === 'me' && password === 'secret') done(null, { user: username })
        else done(new Error('no such user'))
      },
      onData: (stream, session, done) => {
        isSecure &&= session.secure
        void text(stream).then(letter => {
          letters.push(letter)
          done()
        })
      },
    })
    post.on('error', () => undefined)
    post.listen(587)
    return closing(post)
  })
  const body = payload()
  const accepted = await client.run(async () => {
    const options = { host: 'server', port: 587, requireTLS: true, tls: { ca: pem, servername: 'server' }, pool: true as const, maxConnections: 2 }
    const transport = nodemailer.createTransport({ ...options, auth: { user: 'me', pass: 'secret' } })
    const sent = await Promise.all(Array.from({ length: LETTERS }, (_, i) => transport.sendMail({
      from: 'me@client', to: 'you@server', subject: `letter ${i}`, text: 'hello', attachments: i === 0 ? [{ filename: 'body', content: body }] : [],
    })))
    transport.close()
    return sent.map(each => each.accepted.length)
  })
  expect(accepted).toEqual(Array.from({ length: LETTERS }, () => 1))
  expect(letters.map(each => /^Subject: (.*)$/m.exec(each)?.[1]?.trim()).sort()).toEqual(Array.from({ length: LETTERS }, (_, i) => `letter ${i}`))
  const encoded = letters.find(each => each.includes('Subject: letter 0'))?.replaceAll('\r\n', '') ?? ''
  expect(encoded.includes(body.toString('base64'))).toBe(true)
  expect(isSecure).toBe(true)
  await server.run(stop)
}))
