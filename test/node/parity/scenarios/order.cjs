// When writes are told to be done, and what comes before what: TLS writes, streams of an HTTP/2 server, writes on a handle itself.
'use strict'
const http2 = require('http2')
const net = require('net')
const tls = require('tls')
const { main, once, certificate } = require('./harness.cjs')

const { key, cert } = certificate()

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })

/** Says when ticks, promises and immediates of now come. */
function moments(log, name) {
  process.nextTick(() => { log.say(name, 'tick') })
  void Promise.resolve().then(() => { log.say(name, 'promise') })
  setImmediate(() => { log.say(name, 'immediate') })
}

const BY_SERVER = {
  '/end': stream => { stream.respond({}, { sendDate: false }); stream.end('x') },
  '/empty': stream => { stream.respond({}, { sendDate: false }); stream.end() },
  '/nothing': stream => { stream.respond({ ':status': 204 }, { endStream: true, sendDate: false }) },
  '/close': stream => { stream.close(8) },
  '/destroy': stream => { stream.destroy() },
  '/respondClose': stream => { stream.respond({}, { sendDate: false }); stream.end('x'); stream.close() },
}

const WAYS = {
  clear: [() => http2.createServer(), port => http2.connect(`http://127.0.0.1:${port}`)],
  secure: [() => http2.createSecureServer({ key, cert }), port => http2.connect(`https://127.0.0.1:${port}`, { ca: cert, servername: 'localhost' })],
}

async function serverStreams(log, create, connect) {
  const server = create()
  server.on('stream', (stream, headers) => {
    log.follow(stream, `served${headers[':path']}`, ['aborted', 'error', 'prefinish', 'finish', 'end', 'close'])
    stream.resume()
    BY_SERVER[headers[':path']](stream)
  })
  const session = connect(await listen(server, 0, '127.0.0.1'))
  for (const path of Object.keys(BY_SERVER)) {
    for (const method of ['GET', 'POST']) {
      const request = log.follow(session.request({ ':path': path, ':method': method }), `asked${path}${method}`,
        ['response', 'end', 'finish', 'close', 'aborted', 'error'])
      request.resume()
      request.end(method === 'POST' ? 'body' : undefined)
      await once(request, 'close')
    }
  }
  session.close()
  await closed(server)
}

main({
  async tlsWrites(log) {
    const server = tls.createServer({ key, cert }, socket => {
      log.follow(socket, 'server', ['end', 'finish', 'close', 'drain'])
      moments(log, 'server')
      socket.write('hello', error => { log.say('server', 'written', error); moments(log, 'server behind') })
      socket.write('again', error => { log.say('server', 'written again', error) })
      socket.resume()
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert }), 'client', ['secureConnect', 'end', 'finish', 'close', 'drain'])
    client.write('early', error => { log.say('client', 'early', error) })
    await once(client, 'secureConnect')
    moments(log, 'client')
    client.write('one', error => { log.say('client', 'one', error) })
    client.write('two', error => { log.say('client', 'two', error); moments(log, 'client behind') })
    await once(client, 'data')
    setImmediate(() => {
      client.write('three', error => {
        log.say('client', 'three', error)
        setTimeout(() => {
          moments(log, 'client last')
          client.end('four', error => { log.say('client', 'four', error) })
        }, 0)
      })
      moments(log, 'client third')
    })
    await once(client, 'close')
    await closed(server)
  },

  async clearServerStreams(log) { await serverStreams(log, ...WAYS.clear) },
  async secureServerStreams(log) { await serverStreams(log, ...WAYS.secure) },

  async handleWrites(log) {
    let accepted
    const server = net.createServer(socket => { accepted = socket.setEncoding('latin1').on('data', text => { log.say('server', text) }) })
    const heard = () => new Promise(resolve => { accepted.once('data', () => { setImmediate(resolve) }) })
    const port = await listen(server, 0, '127.0.0.1')
    const client = net.connect(port, '127.0.0.1')
    await once(client, 'connect')
    const { _handle: handle } = client
    const { WriteWrap } = process.binding('stream_wrap')
    const writes = {
      writeUtf8String: ['naïve'], writeLatin1String: ['caf\u00e9'], writeAsciiString: ['plain'], writeUcs2String: ['wide'], writeBuffer: [Buffer.from('bytes')],
      writev: [['a', 'utf8', Buffer.from('b'), 'buffer', '63', 'hex'], false],
    }
    for (const [name, args] of Object.entries(writes)) {
      const request = new WriteWrap()
      log.attempt(name, () => handle[name](request, ...args))
      await heard()
      log.say('bytes', handle.bytesWritten)
    }
    log.attempt('writev', () => handle.writev(new WriteWrap(), [Buffer.from('x'), Buffer.from('y')], true))
    log.say('provider', handle.getProviderType(), server._handle.getProviderType(), typeof handle.useUserBuffer)
    client.destroy()
    log.attempt('closed', () => handle.writeUtf8String(new WriteWrap(), 'x'))
    await closed(server)
  },
})
