// More of `http` over the sockets: connections handed over and taken back, order of events, headers as they travel, sockets that fail late.
'use strict'
const http = require('http')
const https = require('https')
const net = require('net')
const { PerformanceObserver } = require('perf_hooks')
const { Duplex, pipeline, finished } = require('stream')
const { main, once, after, until } = require('./harness.cjs')

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })

async function serve(onRequest, options = {}) {
  const server = http.createServer(options, onRequest)
  return { server, port: await listen(server, 0, '127.0.0.1') }
}

/** What comes back for these bytes, dates taken out. */
async function raw(port, bytes, ending = true) {
  const client = net.connect(port, '127.0.0.1')
  let text = ''
  client.on('data', data => { text += data.toString('latin1') }).on('error', error => { text += `<${error.code}>` })
  client.write(bytes, 'latin1')
  if (ending) client.end()
  await once(client, 'close')
  return text.replace(/Date: [^\r]*\r\n/g, '')
}

/** The bytes a client sends. */
async function captured(make) {
  let text = ''
  const server = net.createServer(socket => {
    socket.on('data', data => { text += data.toString('latin1') }).on('error', () => undefined)
    after(30).then(() => { socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n') })
  })
  const port = await listen(server, 0, '127.0.0.1')
  const request = make({ host: '127.0.0.1', port, agent: false })
  request.on('error', error => { text += `<${error.code}>` }).on('response', response => { response.resume() })
  await once(request, 'close')
  await closed(server)
  return text.replaceAll(String(port), 'PORT')
}

const get = (options, then) => new Promise(resolve => {
  const request = http.get({ host: '127.0.0.1', ...options }, response => {
    let text = ''
    response.on('data', data => { text += data }).on('end', () => { resolve([response.statusCode, text]) })
  })
  request.on('error', error => { resolve([error.code, error.message]) })
  then?.(request)
})

main({
  async sentBytes(log) {
    const cases = {
      get: options => http.get(options), post: options => http.request({ ...options, method: 'POST' }).end('x'), written: options => { const made = http.request({ ...options, method: 'POST' }); made.write('a'); made.end('b'); return made },
      length: options => { const made = http.request({ ...options, method: 'POST', headers: { 'Content-Length': 2 } }); made.write('a'); made.end('b'); return made }, noHost: options => http.request({ ...options, setHost: false }).end(),
      auth: options => http.request({ ...options, auth: 'user:pass' }).end(), array: options => http.request({ ...options, headers: ['A', '1', 'a', '2', 'Host', 'h'] }).end(), cookies: options => http.request({ ...options, headers: { cookie: ['a=1', 'b=2'], 'x-many': ['1', '2'] } }).end(),
      unique: options => http.request({ ...options, uniqueHeaders: ['x-many'], headers: { 'x-many': ['1', '2'] } }).end(), delete: options => http.request({ ...options, method: 'DELETE' }).end(), empty: options => http.request({ ...options, method: 'POST' }).end(),
      flushed: options => { const made = http.request({ ...options, method: 'PUT' }); made.flushHeaders(); made.end('later'); return made }, trailers: options => { const made = http.request({ ...options, method: 'PUT', headers: { Trailer: 'x' } }); made.write('a'); made.addTrailers({ x: '1' }); made.end(); return made },
      kept: options => http.request({ ...options, headers: { connection: 'keep-alive' } }).end(), upgrade: options => http.request({ ...options, headers: { connection: 'upgrade', upgrade: 'x' } }).end(), set: options => { const made = http.request(options); made.setHeader('X-A', 'ä'); made.setHeader('x-b', 5); made.removeHeader('host'); made.end(); return made },
      path: options => http.request({ ...options, path: '/a?b=c#d' }).end(), url: ({ port }) => http.request(`http://user:p%40ss@127.0.0.1:${port}/x?y#z`, { agent: false }).end(), corked: options => { const made = http.request({ ...options, method: 'PUT' }); made.cork(); made.write('a'); made.write('b'); made.uncork(); made.end(); return made },
      expect: options => http.request({ ...options, method: 'POST', headers: { expect: '100-continue' } }).end('x'), utf16: options => http.request({ ...options, method: 'POST' }).end('ä', 'utf16le'), keepAgent: options => http.request({ ...options, agent: new http.Agent({ keepAlive: true }) }).end(),
    }
    for (const [name, make] of Object.entries(cases)) log.say(name, await captured(make))
  },

  async answeredBytes(log) {
    const handlers = {
      plain: (_, out) => { out.end('x') }, empty: (_, out) => { out.end() }, written: (_, out) => { out.write('a'); out.write('b'); out.end('c') }, head: (_, out) => { out.writeHead(404, 'Nope', { a: 'b' }); out.end('x') }, list: (_, out) => { out.writeHead(200, ['A', '1', 'A', '2']); out.end() },
      none: (_, out) => { out.statusCode = 204; out.end('x') }, unchanged: (_, out) => { out.statusCode = 304; out.end('x') }, reset: (_, out) => { out.writeHead(205); out.end('x') }, trailers: (_, out) => { out.setHeader('Trailer', 'x'); out.write('a'); out.addTrailers({ x: '1' }); out.end() }, noDate: (_, out) => { out.sendDate = false; out.end('x') },
      close: (_, out) => { out.setHeader('Connection', 'close'); out.end('x') }, shouldNot: (_, out) => { out.shouldKeepAlive = false; out.end('x') }, noChunks: (_, out) => { out.useChunkedEncodingByDefault = false; out.write('a'); out.end('b') }, removed: (_, out) => { out.removeHeader('transfer-encoding'); out.write('a'); out.end() },
      removedLength: (_, out) => { out.removeHeader('content-length'); out.end('ab') }, headers: (_, out) => { out.setHeaders(new Map([['x', '1']])); out.appendHeader('x', '2'); out.end() }, cookies: (_, out) => { out.setHeader('Set-Cookie', ['a', 'b']); out.end() }, flushed: (_, out) => { out.flushHeaders(); out.end('x') },
      status: (_, out) => { out.statusMessage = 'Fine'; out.end() }, large: (_, out) => { out.end('x'.repeat(70000)) }, processing: (_, out) => { out.writeProcessing(); out.writeContinue(); out.end('x') }, encoded: (_, out) => { out.end('ä', 'latin1') }, buffers: (_, out) => { out.write(Buffer.from('a')); out.end(new Uint8Array([98])) },
    }
    const { server, port } = await serve((incoming, outgoing) => { handlers[incoming.url.slice(1)](incoming, outgoing) })
    for (const name of Object.keys(handlers)) {
      for (const [kind, bytes] of [['kept', `GET /${name} HTTP/1.1\r\nHost: x\r\n\r\n`], ['closed', `GET /${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`], ['old', `GET /${name} HTTP/1.0\r\n\r\n`], ['head', `HEAD /${name} HTTP/1.1\r\nHost: x\r\n\r\n`]]) {
        const answer = await raw(port, bytes)
        log.say(name, kind, answer.length > 2000 ? answer.length : answer)
      }
    }
    await closed(server)
  },

  async orders(log) {
    const { server, port } = await serve((incoming, outgoing) => {
      log.say('server request', incoming.complete, incoming.readableEnded)
      for (const event of ['end', 'close']) incoming.on(event, () => { log.say(`server incoming ${event}`, incoming.complete, incoming.destroyed) })
      for (const event of ['prefinish', 'finish', 'close']) outgoing.on(event, () => { log.say(`server outgoing ${event}`, outgoing.writableEnded, outgoing.destroyed, outgoing.socket === null) })
      incoming.resume()
      incoming.on('end', () => { outgoing.write('a'); outgoing.end('b', () => { log.say('server told') }) })
    })
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false })
    for (const event of ['socket', 'prefinish', 'finish', 'response', 'close']) request.on(event, () => { log.say(`client ${event}`, request.writableEnded, request.destroyed, request.socket !== null) })
    request.on('socket', socket => { for (const event of ['lookup', 'connect', 'ready', 'end', 'close', 'free']) socket.on(event, () => { log.say(`socket ${event}`) }) })
    request.on('response', response => {
      for (const event of ['end', 'close']) response.on(event, () => { log.say(`client response ${event}`, response.complete, response.destroyed) })
      response.resume()
    })
    request.write('x', () => { log.say('client written') })
    request.end('y', () => { log.say('client ended') })
    await once(request, 'close')
    await after(10)
    await closed(server)
  },

  async sharedSockets(log) {
    const { server, port } = await serve((incoming, outgoing) => { outgoing.end(incoming.url) })
    const socket = net.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    log.say('given', await get({ port, path: '/given', createConnection: () => socket }))
    const listener = net.createServer(each => { server.emit('connection', each) })
    const there = await listen(listener, 0, '127.0.0.1')
    log.say('emitted', await raw(there, 'GET /emitted HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    await closed(listener)
    const duplex = new Duplex({ read() { /* bytes are pushed */ }, write(chunk, encoding, done) { log.say('duplex', chunk.toString().replace(/Date: [^\r]*\r\n/, '')); done() }, final(done) { log.say('duplex final'); done() } })
    server.emit('connection', duplex)
    duplex.push('GET /duplex HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await once(duplex, 'finish')
    const unread = net.createServer(each => { each.once('data', data => { each.pause(); each.unshift(data); server.emit('connection', each); each.resume() }) })
    const back = await listen(unread, 0, '127.0.0.1')
    log.say('unshifted', await raw(back, 'GET /unshifted HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    await closed(unread)
    await closed(server)
  },

  async largeBodies(log) {
    const size = 6 << 20
    const { server, port } = await serve((incoming, outgoing) => {
      let total = 0
      incoming.on('data', data => { total += data.length }).on('end', () => { outgoing.setHeader('x-total', total); outgoing.write(Buffer.alloc(size)); outgoing.end(Buffer.alloc(size)) })
    })
    for (const headers of [{}, { 'content-length': size * 2 }]) {
      const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers })
      request.write(Buffer.alloc(size))
      request.end(Buffer.alloc(size))
      const response = await once(request, 'response')
      let total = 0
      for await (const chunk of response) total += chunk.length
      log.say('totals', response.headers['x-total'], total, response.headers['transfer-encoding'])
    }
    const piped = await serve((incoming, outgoing) => { pipeline(incoming, outgoing, error => { log.say('pipeline', error) }) })
    const request = http.request({ host: '127.0.0.1', port: piped.port, method: 'POST', agent: false })
    for (let i = 0; i < 64; i++) request.write(Buffer.alloc(65536))
    request.end()
    let total = 0
    for await (const chunk of await once(request, 'response')) total += chunk.length
    log.say('echoed', total)
    await closed(piped.server)
    await closed(server)
  },

  async backPressure(log) {
    let outgoing
    const { server, port } = await serve((incoming, answer) => { outgoing = answer })
    const request = http.get({ host: '127.0.0.1', port, agent: false })
    await once(server, 'request')
    let writes = 0
    do { writes++ } while (outgoing.write(Buffer.alloc(1 << 20)) && writes < 100)
    log.say('full', writes < 100, outgoing.writableNeedDrain, outgoing.writableLength > 0)
    outgoing.on('drain', () => { log.say('drained'); outgoing.end() })
    const response = await once(request, 'response')
    let total = 0
    for await (const chunk of response) total += chunk.length
    log.say('all', total === writes << 20)
    await closed(server)
  },

  async observers(log) {
    const seen = []
    const observer = new PerformanceObserver(list => { for (const each of list.getEntries()) seen.push([each.name, each.detail?.req?.method, each.detail?.res?.statusCode]) })
    observer.observe({ entryTypes: ['http'] })
    const { server, port } = await serve((incoming, outgoing) => { outgoing.end('x') })
    await get({ port, agent: false })
    await closed(server)
    await until(() => seen.length === 2)
    observer.disconnect()
    log.say(seen.sort())
  },

  async finishing(log) {
    const { server, port } = await serve((incoming, outgoing) => {
      finished(incoming, error => { log.say('incoming over', error) })
      finished(outgoing, error => { log.say('outgoing over', error) })
      if (incoming.url === '/whole') outgoing.end('x')
      else outgoing.write('begun')
    })
    for (const path of ['/whole', '/cut']) {
      const request = http.get({ host: '127.0.0.1', port, path, agent: false })
      finished(request, error => { log.say(`request ${path} over`, error) })
      const response = await once(request, 'response')
      finished(response, error => { log.say(`response ${path} over`, error) })
      response.on('error', () => undefined)
      if (path === '/whole') response.resume()
      else response.socket.destroy()
      await once(request, 'close')
      await after(20)
    }
    await closed(server)
  },

  async pipelining(log) {
    const pending = []
    const { server, port } = await serve((incoming, outgoing) => {
      log.say('asked', incoming.url, outgoing.socket === null)
      pending.push(outgoing)
      if (pending.length === 3) for (const [i, each] of pending.reverse().entries()) { each.write(`${i}`); each.end('!') }
    })
    log.say('answers', await raw(port, 'GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    await closed(server)
    const { server: many, port: there } = await serve((incoming, outgoing) => { outgoing.end('y'.repeat(1000)) })
    const answers = await raw(there, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200))
    log.say('many', answers.split('HTTP/1.1 200').length)
    await closed(many)
  },

  async limitsOfHeaders(log) {
    const { server, port } = await serve((incoming, outgoing) => { outgoing.end(String(Object.keys(incoming.headers).length)) })
    const head = count => `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${Array.from({ length: count }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`
    for (const count of [10, 1000, 1990]) log.say(count, (await raw(port, head(count))).split('\r\n\r\n')[1])
    server.maxHeadersCount = 5
    log.say('few', (await raw(port, head(10))).split('\r\n\r\n')[1])
    server.maxHeadersCount = 0
    log.say('all', (await raw(port, head(1500))).split('\r\n\r\n')[1])
    await closed(server)
    const pushing = net.createServer(socket => { socket.once('data', () => { socket.end(`HTTP/1.1 200 OK\r\n${Array.from({ length: 20 }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`) }) })
    const there = await listen(pushing, 0, '127.0.0.1')
    for (const maxHeadersCount of [0, 5, undefined]) {
      const request = http.get({ host: '127.0.0.1', port: there, agent: false })
      if (maxHeadersCount !== undefined) request.maxHeadersCount = maxHeadersCount
      const response = await once(request, 'response')
      response.resume()
      log.say('client', maxHeadersCount, Object.keys(response.headers).length)
      await once(request, 'close')
    }
    for (const maxHeaderSize of [50, 10000]) {
      const request = http.get({ host: '127.0.0.1', port: there, agent: false, maxHeaderSize })
      log.say('size', maxHeaderSize, await new Promise(resolve => { request.on('error', error => { resolve(error.code) }).on('response', response => { response.resume(); resolve(response.statusCode) }) }))
    }
    await closed(pushing)
  },

  async agentsIdle(log) {
    const { server, port } = await serve((incoming, outgoing) => { outgoing.end('x') }, { keepAliveTimeout: 5000 })
    const agent = new http.Agent({ keepAlive: true, timeout: 40 })
    const idle = new Promise(resolve => { agent.once('free', socket => { socket.once('close', () => { resolve(socket) }) }) })
    await get({ port, agent })
    log.say('idle', (await idle).destroyed)
    log.say('idle over', Object.keys(agent.freeSockets))
    const [first] = [new http.Agent({ keepAlive: true, maxSockets: 1 })]
    const requests = [1, 2, 3].map(() => get({ port, agent: first }, request => { request.on('socket', socket => { log.say('socket', socket.listenerCount('free'), request.reusedSocket) }) }))
    log.say('answers', await Promise.all(requests))
    first.destroy()
    const hints = net.createServer(socket => { socket.on('data', () => { socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n') }).on('error', () => undefined) })
    const there = await listen(hints, 0, '127.0.0.1')
    const hinted = new http.Agent({ keepAlive: true })
    await get({ port: there, agent: hinted })
    await after(5)
    log.say('hinted', Object.values(hinted.freeSockets)[0]?.[0].timeout)
    hinted.destroy()
    await closed(hints)
    await closed(server)
    log.attempt('wrong protocol', () => http.get({ host: '127.0.0.1', port, agent: https.globalAgent }))
  },

  async uncaught(log) {
    const { server, port } = await serve(incoming => { if (incoming.url === '/throws') throw new Error('in a handler') })
    const told = once(process, 'uncaughtException')
    const request = http.get({ host: '127.0.0.1', port, path: '/throws', agent: false })
    request.on('error', error => { log.say('client', error) })
    await told
    await after(5)
    server.closeAllConnections()
    await once(request, 'close')
    const { server: rejecting, port: there } = await serve(async () => { throw new Error('rejected') }, { captureRejections: true })
    rejecting[Symbol.for('nodejs.rejection')] = undefined
    await closed(rejecting)
    log.say(there > 0)
    await closed(server)
  },
})
