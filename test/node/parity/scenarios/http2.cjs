// `http2` over sockets in the clear and over TLS: its engine is native and takes the socket's handle for itself.
'use strict'
const http2 = require('http2')
const { main, once, after, certificate } = require('./harness.cjs')

const { key, cert } = certificate()

const SESSION = ['connect', 'close', 'error', 'frameError', 'goaway', 'localSettings', 'remoteSettings', 'stream', 'timeout']
const STREAM = ['aborted', 'close', 'error', 'frameError', 'ready', 'timeout', 'trailers', 'headers', 'response', 'continue', 'data', 'end', 'finish']
const WAYS = {
  clear: [() => http2.createServer(), (port, options) => http2.connect(`http://127.0.0.1:${port}`, options)],
  secure: [() => http2.createSecureServer({ key, cert }), (port, options) => http2.connect(`https://127.0.0.1:${port}`, { ca: cert, servername: 'localhost', ...options })],
}

const listen = server => new Promise(resolve => { server.listen(0, '127.0.0.1', () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })
const RESPONDING = {
  '/close': stream => { stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM) },
  '/destroy': stream => { stream.on('error', () => undefined).destroy(new Error('mine')) },
  '/partial': stream => { stream.respond({}, { sendDate: false }); stream.write('some'); after(10).then(() => { stream.close(2) }) },
  '/nothing': stream => { stream.respond({ ':status': 204 }, { endStream: true, sendDate: false }) },
  '/information': stream => { stream.additionalHeaders({ ':status': 103, link: 'x' }); stream.respond({}, { sendDate: false }); stream.end('x') },
  '/trailers': stream => { stream.respond({}, { waitForTrailers: true, sendDate: false }); stream.on('wantTrailers', () => { stream.sendTrailers({ 'x-late': '1' }) }); stream.end('x') },
  '/large': stream => { stream.respond({}, { sendDate: false }); stream.end(Buffer.alloc(200_000)) },
  '/wait': () => undefined,
}

const cases = {
  async requests(log, create, connect) {
    const server = create()
    server.on('stream', (stream, headers, flags) => {
      log.follow(stream, 'served', ['data', 'end', 'aborted', 'error'])
      log.say('served', headers[':method'], flags, stream.id)
      stream.respond({ ':status': 200, 'x-a': 'b' }, { sendDate: false })
      stream.write('one')
      stream.end('two')
    })
    const port = await listen(server)
    const session = log.follow(connect(port), 'session', SESSION)
    log.say('at once', session.connecting, session.closed, session.destroyed, session.encrypted, session.alpnProtocol, session.type)
    for (const method of ['GET', 'POST', 'HEAD']) {
      const request = log.follow(session.request({ ':method': method }), method, STREAM)
      request.end(method === 'POST' ? 'body' : undefined)
      await once(request, 'close')
      log.say(method, request.rstCode, request.closed, request.aborted, request.endAfterHeaders)
    }
    const { socket } = session
    log.say('socket', socket.remoteAddress, socket.localAddress, socket.remotePort === port, socket.connecting, socket.readyState, socket.bytesRead > 0, typeof socket.setTimeout)
    log.attempt('write', () => socket.write('x'))
    await new Promise(resolve => { session.close(resolve) })
    await closed(server)
  },

  async resets(log, create, connect) {
    const server = create()
    server.on('stream', (stream, headers) => { log.follow(stream, `served${headers[':path']}`, ['aborted', 'error', 'close']); RESPONDING[headers[':path']](stream) })
    const session = connect(await listen(server))
    for (const name of Object.keys(RESPONDING).slice(0, -1)) {
      const request = log.follow(session.request({ ':path': name }), name, name === '/large' ? STREAM.filter(each => each !== 'data') : STREAM)
      request.resume()
      await once(request, 'close')
      log.say(name, request.rstCode, request.aborted, request.destroyed)
      await after(5)
    }
    const control = new AbortController()
    const endings = {
      cancel: request => { request.close(http2.constants.NGHTTP2_CANCEL) }, destroy: request => { request.destroy(new Error('why')) }, abort: () => { control.abort() },
      timeout: request => { request.setTimeout(20, () => { request.close(8) }) }, session: () => { session.on('error', () => undefined).destroy(new Error('session')) },
    }
    for (const [name, end] of Object.entries(endings)) {
      const request = log.follow(session.request({ ':path': '/wait' }, name === 'abort' ? { signal: control.signal } : {}), name, STREAM)
      await once(server, 'stream')
      end(request)
      await once(request, 'close')
      await after(10)
    }
    await closed(server)
  },

  async sessions(log, create, connect) {
    const server = create()
    const sessions = []
    server.on('session', session => { session.on('error', error => { log.say('served error', error) }); sessions.push(session) })
    server.on('stream', stream => { stream.on('error', () => undefined); stream.respond({}, { sendDate: false }); stream.write('x') })
    const port = await listen(server)
    const acts = {
      goaway: session => { session.goaway(2, 0, Buffer.from('why')) }, close: session => { session.close() }, destroy: session => { session.destroy() }, code: session => { session.destroy(undefined, 5) },
      error: session => { session.destroy(new Error('mine')) }, ping: session => { session.ping((error, _, bytes) => { log.say('pong', error, bytes.length) }) },
      settings: session => { session.settings({ maxConcurrentStreams: 3 }, (error, settings) => { log.say('set', error, settings) }) }, timeout: session => { session.setTimeout(20) },
    }
    for (const [name, act] of Object.entries(acts)) {
      const session = log.follow(connect(port), name, SESSION)
      const request = log.follow(session.request(), `${name}-request`, STREAM)
      await once(request, 'data')
      act(sessions.at(-1))
      await after(40)
      log.say(name, session.closed, session.destroyed, request.closed, request.rstCode)
      session.destroy()
      await after(10)
    }
    await closed(server)
    const refused = log.follow(connect(1), 'refused', SESSION)
    log.follow(refused.request(), 'refused-request', STREAM)
    await once(refused, 'close')
  },

  async compatibility(log, create, connect) {
    const server = create()
    server.on('request', (incoming, outgoing) => {
      log.say('asked', incoming.method, incoming.url, incoming.httpVersion, incoming.socket.remoteAddress, incoming.stream.session.alpnProtocol)
      log.follow(outgoing, 'outgoing', ['finish', 'close', 'error'])
      outgoing.sendDate = false
      outgoing.writeHead(201, { b: 'c' })
      incoming.on('end', () => { outgoing.end('done') }).resume()
    })
    const session = connect(await listen(server))
    const expecting = log.follow(session.request({ ':method': 'POST', expect: '100-continue' }), 'expecting', STREAM)
    expecting.on('continue', () => { expecting.end('go') })
    await once(expecting, 'close')
    await Promise.all(Array.from({ length: 20 }, (_, i) => once(log.follow(session.request({ ':path': `/${i}` }), `request${i}`, STREAM), 'close')))
    await new Promise(resolve => { session.close(resolve) })
    await closed(server)
  },

  async eyeballs(log, create, connect) {
    const server = create()
    server.on('stream', stream => { stream.respond({}, { sendDate: false }); stream.end('x') })
    const port = await listen(server)
    const lookup = (host, options, callback) => { callback(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]) }
    const session = log.follow(http2.connect(`${create === WAYS.clear[0] ? 'http' : 'https'}://localhost:${port}`, { lookup, autoSelectFamily: true, ca: cert }), 'session', ['connect', 'error', 'close'])
    const request = log.follow(session.request(), 'request', STREAM)
    await once(request, 'close')
    log.say('socket', session.socket.remoteAddress, session.socket.autoSelectFamilyAttemptedAddresses)
    await new Promise(resolve => { session.close(resolve) })
    await closed(server)
  },
}

const named = Object.entries(cases).flatMap(([name, run]) => Object.entries(WAYS).map(([way, ends]) => [`${name} ${way}`, log => run(log, ...ends)]))
main(Object.fromEntries(named))
