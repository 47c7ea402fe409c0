'use strict'
const http = require('http')
const http2 = require('http2')
const https = require('https')
const net = require('net')
const tls = require('tls')
const { main, once, after, certificate } = require('./harness.cjs')

const { key, cert } = certificate()

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })
const body = response => new Promise(resolve => {
  let text = ''
  response.setEncoding('latin1').on('data', chunk => { text += chunk }).on('end', () => { resolve(text.length > 100 ? text.length : text) })
    .on('error', error => { resolve(error.code) })
})
const request = (module, options, data) => new Promise((resolve, reject) => {
  const asked = module.request(options, async response => { resolve([response.statusCode, await body(response), response.httpVersion]) })
  asked.on('error', reject)
  asked.end(data)
})

main({
  async tls(log) {
    const server = log.follow(tls.createServer({ key, cert, ALPNProtocols: ['fish', 'bird'] }, socket => {
      log.follow(socket, 'server')
      log.say('accepted', socket.alpnProtocol, socket.servername, socket.remoteAddress, socket.localAddress, socket.encrypted, socket.authorized,
        socket.getProtocol(), socket.remoteFamily)
      socket.on('data', chunk => { socket.end(`${chunk} back`) })
    }), 'listener')
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert, ALPNProtocols: ['bird'], family: 4 }), 'client')
    log.say('at once', client.connecting, client.pending, client.readyState, client.encrypted)
    await once(client, 'secureConnect')
    log.say(client.authorized, client.alpnProtocol, client.getPeerCertificate().subject, client.remoteAddress, client.remotePort === port, client.localFamily,
      client.address().family, client.getCipher().name, client.isSessionReused())
    client.setNoDelay(true).setKeepAlive(true).ref()
    client.write('there and')
    await once(client, 'close')
    log.say(client.bytesRead > 0, client.bytesWritten, client.destroyed, client.readyState)
    await closed(server)
  },

  async tlsErrors(log) {
    const server = log.follow(tls.createServer({ key, cert }, socket => { socket.resume() }), 'listener', ['tlsClientError', 'secureConnection'])
    const port = await listen(server, 0, '127.0.0.1')
    const unknown = log.follow(tls.connect({ port, host: '127.0.0.1' }), 'unknown')
    await once(unknown, 'close')
    const name = log.follow(tls.connect({ port, host: '127.0.0.1', servername: 'other', ca: cert }), 'name')
    await once(name, 'close')
    const lax = log.follow(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }), 'lax')
    await once(lax, 'secureConnect')
    log.say(lax.authorized, lax.authorizationError)
    lax.end()
    lax.resume()
    await once(lax, 'close')
    const plain = log.follow(net.connect(port, '127.0.0.1'), 'plain', ['connect', 'end', 'close', 'error'])
    plain.end('this is no TLS\r\n\r\n')
    plain.resume()
    await once(plain, 'close')
    await closed(server)
    const refused = log.follow(tls.connect({ port, host: '127.0.0.1' }), 'refused')
    await once(refused, 'close')
    const early = log.follow(tls.connect({ port, host: '127.0.0.1' }), 'early')
    early.destroy()
    await once(early, 'close')
    const rude = net.createServer(socket => { socket.on('error', () => undefined).resume().end() })
    const rudePort = await listen(rude, 0, '127.0.0.1')
    const cut = log.follow(tls.connect({ port: rudePort, host: '127.0.0.1' }), 'cut')
    await once(cut, 'close')
    await closed(rude)
    const silent = net.createServer(socket => { socket.resume(); after(20).then(() => { socket.resetAndDestroy() }) })
    const silentPort = await listen(silent, 0, '127.0.0.1')
    const reset = log.follow(tls.connect({ port: silentPort, host: '127.0.0.1' }), 'reset')
    await once(reset, 'close')
    await closed(silent)
  },

  async upgrade(log) {
    const server = net.createServer(socket => {
      socket.once('data', chunk => {
        log.say('plain', chunk)
        socket.write('go')
        const secure = log.follow(new tls.TLSSocket(socket, { isServer: true, key, cert }), 'server')
        secure.on('data', bytes => { secure.end(`${bytes} back`) })
      })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const plain = net.connect(port, '127.0.0.1')
    plain.write('starttls')
    await once(plain, 'data')
    const client = log.follow(tls.connect({ socket: plain, servername: 'localhost', ca: cert }), 'client')
    client.write('there and')
    await once(client, 'close')
    log.say(plain.destroyed, client.remoteAddress)
    await closed(server)
    const inside = tls.createServer({ key, cert }, socket => { socket.end('inner') })
    const outside = tls.createServer({ key, cert }, socket => { inside.emit('connection', socket) })
    const outsidePort = await listen(outside, 0, '127.0.0.1')
    const outer = tls.connect({ port: outsidePort, host: '127.0.0.1', servername: 'localhost', ca: cert })
    const inner = log.follow(tls.connect({ socket: outer, servername: 'localhost', ca: cert }), 'inner')
    await once(inner, 'close')
    await closed(outside)
  },

  async eyeballs(log) {
    const server = tls.createServer({ key, cert }, socket => { socket.end('x') })
    const port = await listen(server, 0, '127.0.0.1')
    const lookup = (host, options, callback) => { callback(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]) }
    const client = log.follow(tls.connect({ port, host: 'localhost', lookup, autoSelectFamily: true, ca: cert }), 'client')
    await once(client, 'close')
    log.say(client.autoSelectFamilyAttemptedAddresses)
    await closed(server)
  },

  async sessions(log) {
    const server = tls.createServer({ key, cert, maxVersion: 'TLSv1.2' }, socket => { socket.end('x') })
    const port = await listen(server, 0, '127.0.0.1')
    let session
    for (let i = 0; i < 2; i++) {
      const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert, session })
      await once(client, 'secureConnect')
      log.say(client.isSessionReused(), client.getProtocol())
      session = client.getSession()
      client.resume()
      await once(client, 'close')
    }
    await closed(server)
  },

  async largeTls(log) {
    const server = tls.createServer({ key, cert }, socket => { socket.pipe(socket) })
    const port = await listen(server, 0, '127.0.0.1')
    const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert })
    let count = 0
    client.on('data', chunk => { count += chunk.length })
    client.end(Buffer.alloc(5_000_000))
    await once(client, 'end')
    log.say(count)
    await closed(server)
  },

  async http(log) {
    const server = http.createServer(async (asked, answer) => {
      log.say(asked.method, asked.url, asked.headers, asked.socket.remoteAddress)
      const text = await body(asked)
      if (asked.url === '/chunked') {
        answer.write('a')
        await after(5)
        answer.end('b')
      } else if (asked.url === '/early') {
        asked.socket.destroy()
      } else if (asked.url === '/large') {
        answer.end(Buffer.alloc(3_000_000))
      } else {
        answer.writeHead(201, { 'x-fish': 'sockeye' })
        answer.end(text)
      }
    })
    server.on('clientError', (error, socket) => { log.say('clientError', error); socket.destroy() })
    server.on('upgrade', (asked, socket, head) => { log.say('upgrade', head); socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhi') })
    server.on('connect', (asked, socket) => { socket.end('HTTP/1.1 200 OK\r\n\r\ntunnel') })
    server.on('checkContinue', (asked, answer) => { answer.writeContinue(); answer.end('continued') })
    const port = await listen(server, 0, '127.0.0.1')
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (const options of [{ path: '/' }, { path: '/chunked' }, { path: '/large' }, { path: '/p', method: 'POST', data: 'posted' }]) {
      log.say(await request(http, { port, host: '127.0.0.1', agent, headers: { host: 'h' }, ...options }, options.data))
    }
    log.say(Object.values(agent.freeSockets).flat().length)
    agent.destroy()
    await log.wait('early', request(http, { port, host: '127.0.0.1', path: '/early', headers: { host: 'h' } }))
    await log.wait('parallel', Promise.all(Array.from({ length: 5 }, (_, i) => request(http, { port, host: '127.0.0.1', path: '/', method: 'PUT', headers: { host: 'h' } }, String(i)))))
    const upgrading = http.request({ port, host: '127.0.0.1', headers: { host: 'h', connection: 'Upgrade', upgrade: 'x' } })
    upgrading.end()
    await new Promise(resolve => { upgrading.on('upgrade', (answer, socket, head) => { log.say('upgraded', answer.statusCode, head); socket.destroy(); resolve() }) })
    const tunnel = http.request({ port, host: '127.0.0.1', method: 'CONNECT', path: 'x:1', headers: { host: 'h' } })
    tunnel.end()
    await new Promise(resolve => { tunnel.on('connect', (answer, socket, head) => { log.say('tunnel', answer.statusCode, head); socket.destroy(); resolve() }) })
    const expecting = http.request({ port, host: '127.0.0.1', headers: { host: 'h', expect: '100-continue' } })
    expecting.on('continue', () => { log.say('continue'); expecting.end() })
    await new Promise(resolve => { expecting.on('response', async answer => { log.say(await body(answer)); resolve() }) })
    const raw = net.connect(port, '127.0.0.1')
    raw.end('nonsense\r\n\r\n')
    raw.resume()
    await once(raw, 'close')
    const aborted = http.get({ port, host: '127.0.0.1', path: '/large', headers: { host: 'h' } })
    aborted.on('error', error => { log.say('aborted', error) })
    aborted.on('response', () => { after(50).then(() => { aborted.destroy() }) })
    await once(aborted, 'close')
    const slow = http.get({ port, host: '127.0.0.1', path: '/', headers: { host: 'h' }, timeout: 1000 })
    slow.on('response', async answer => { log.say(slow.reusedSocket, slow.socket.timeout, await body(answer)) })
    await once(slow, 'close')
    await closed(server)
    await log.wait('refused', request(http, { port, host: '127.0.0.1' }))
    log.say(await (async () => { try { await fetch(`http://127.0.0.1:${port}/`) } catch (error) { return error.cause.code } })())
  },

  async https(log) {
    const server = https.createServer({ key, cert }, (asked, answer) => { answer.end(`${asked.url} ${asked.socket.authorized} ${asked.socket.encrypted}`) })
    const port = await listen(server, 0, '127.0.0.1')
    const agent = new https.Agent({ keepAlive: true })
    for (let i = 0; i < 2; i++) log.say(await request(https, { port, host: '127.0.0.1', servername: 'localhost', ca: cert, agent, path: `/${i}` }))
    agent.destroy()
    await log.wait('unknown', request(https, { port, host: '127.0.0.1', servername: 'localhost' }))
    server.closeAllConnections()
    await closed(server)
  },

  async http2(log) {
    const server = http2.createSecureServer({ key, cert, allowHTTP1: true }, (asked, answer) => { answer.end(`${asked.httpVersion} ${asked.url}`) })
    const port = await listen(server, 0, '127.0.0.1')
    const session = http2.connect(`https://localhost:${port}`, { ca: cert, host: '127.0.0.1' })
    log.say(await Promise.all(['/a', '/b', '/c'].map(each => body(session.request({ ':path': each })))))
    log.say(session.alpnProtocol, session.encrypted, session.socket.remoteAddress, session.originSet)
    await new Promise(resolve => { session.close(resolve) })
    log.say(await request(https, { port, host: '127.0.0.1', servername: 'localhost', ca: cert, path: '/one' }))
    await closed(server)
    const clear = http2.createServer()
    clear.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200 })
      stream.end(headers[':path'] === '/big' ? Buffer.alloc(2_000_000) : 'clear')
    })
    const clearPort = await listen(clear, 0, '127.0.0.1')
    const plain = http2.connect(`http://127.0.0.1:${clearPort}`)
    log.say(await body(plain.request({ ':path': '/' })), await body(plain.request({ ':path': '/big' })), plain.alpnProtocol)
    await new Promise(resolve => { plain.ping((error, duration, payload) => { log.say(error, duration > 0, payload.length); resolve() }) })
    plain.close()
    await once(plain, 'close')
    await closed(clear)
  },
})
