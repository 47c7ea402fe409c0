// `http` over the sockets: agents, time-outs, aborted requests, broken peers, pipelining, upgrades, limits of servers.
'use strict'
const http = require('http')
const net = require('net')
const { main, once, after } = require('./harness.cjs')

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })
const REQUEST = ['socket', 'finish', 'response', 'information', 'continue', 'upgrade', 'connect', 'abort', 'timeout', 'error', 'close', 'drain']
const RESPONSE = ['data', 'end', 'aborted', 'error', 'close', 'timeout']
const SERVED = ['finish', 'close', 'timeout', 'error', 'prefinish']
const SERVER = ['connection', 'request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect', 'clientError', 'timeout', 'dropRequest', 'close']

async function serve(onRequest, options = {}) {
  const server = http.createServer(options, onRequest)
  return { server, port: await listen(server, 0, '127.0.0.1') }
}

/** A request whose events are noted, whose answer is read to its end. */
function request(log, name, options, body) {
  const made = log.follow(http.request({ host: '127.0.0.1', ...options }), name, REQUEST)
  made.on('response', response => {
    log.follow(response, `${name}-response`, RESPONSE)
    log.say(`${name} status`, response.statusCode, response.statusMessage, response.httpVersion, Object.keys(response.headers).sort(), response.complete)
  })
  if (body !== null) made.end(body)
  return made
}

/** What a server says to these bytes, until it closes. */
async function raw(port, bytes, ending = true) {
  const client = net.connect(port, '127.0.0.1')
  let text = ''
  client.on('data', data => { text += data.toString('latin1') }).on('error', error => { text += `<${error.code}>` })
  for (const each of [bytes].flat()) client.write(each, 'latin1')
  if (ending) client.end()
  await once(client, 'close')
  return text.replace(/Date: [^\r]*\r\n/g, '')
}

/** A server that answers whatever comes with these bytes. */
async function answering(bytes, then = socket => { socket.end() }) {
  const server = net.createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', () => { if (bytes !== '') socket.write(bytes, 'latin1'); then(socket) })
  })
  return { server, port: await listen(server, 0, '127.0.0.1') }
}

const owners = agent => Object.fromEntries(['sockets', 'freeSockets', 'requests'].map(name => [name, Object.entries(agent[name]).map(([key, list]) => [key.replace(/:\d+:/, ':PORT:'), list.length])]))

main({
  async simple(log) {
    const { server, port } = await serve((incoming, outgoing) => {
      log.follow(incoming, 'incoming', RESPONSE)
      log.follow(outgoing, 'outgoing', SERVED)
      log.say('asked', incoming.method, incoming.url, incoming.rawHeaders.map(each => each.replace(/:\d+$/, ':PORT')), incoming.socket.bytesRead > 0, incoming.socket === outgoing.socket, incoming.connection === incoming.socket)
      outgoing.end('answer')
    })
    const made = request(log, 'get', { port, path: '/x', agent: false })
    log.say('at once', made.reusedSocket, made.path, made.method, made.protocol, made.host, made.socket, made.writable, made.finished)
    await once(made, 'close')
    log.say('after', made.destroyed, made.socket.destroyed, made.socket.bytesWritten > 0, made.writableFinished, made.aborted)
    const posted = request(log, 'post', { port, method: 'POST', agent: false, headers: { 'content-length': 5 } }, 'bytes')
    await once(posted, 'close')
    const chunked = request(log, 'chunked', { port, method: 'PUT', agent: false }, null)
    chunked.write('one')
    chunked.write('two')
    chunked.addTrailers({ 'x-late': 'yes' })
    chunked.end('three')
    await once(chunked, 'close')
    const head = request(log, 'head', { port, method: 'HEAD', agent: false })
    await once(head, 'close')
    await closed(server)
  },

  async keepsAlive(log) {
    const ports = new Set()
    const { server, port } = await serve((incoming, outgoing) => { ports.add(incoming.socket.remotePort); outgoing.end('x') })
    const agent = log.follow(new http.Agent({ keepAlive: true, keepAliveMsecs: 500 }), 'agent', ['free', 'keylog'])
    for (const name of ['first', 'second', 'third']) {
      const made = http.get({ host: '127.0.0.1', port, agent })
      const response = await once(made, 'response')
      response.resume()
      await once(made, 'close')
      log.say(name, made.reusedSocket, response.headers.connection, response.headers['keep-alive'], owners(agent), agent.totalSocketCount)
      await after(5)
    }
    log.say('connections', ports.size, agent.getName({ host: 'a', port: 1, localAddress: 'b', family: 4 }), agent.getName({ socketPath: '/x' }), agent.getName())
    const [free] = Object.values(agent.freeSockets)[0]
    log.say(free.listenerCount('error'), free.listenerCount('data'), free.timeout, free.readyState)
    agent.destroy()
    await once(free, 'close')
    await after(5)
    log.say(owners(agent), agent.totalSocketCount)
    await closed(server)
  },

  async limits(log) {
    const { server, port } = await serve((incoming, outgoing) => { after(10).then(() => { outgoing.end(incoming.url) }) })
    for (const options of [{ maxSockets: 1 }, { maxSockets: 2, keepAlive: true }, { maxTotalSockets: 1, keepAlive: true, scheduling: 'fifo' }, { maxSockets: 2, maxFreeSockets: 1, keepAlive: true }]) {
      const agent = new http.Agent(options)
      const order = []
      const all = [1, 2, 3, 4].map(number => new Promise(resolve => {
        http.get({ host: '127.0.0.1', port, agent, path: `/${number}` }, response => { response.on('data', data => { order.push(data.toString()) }).on('end', resolve) })
      }))
      log.say('begun', owners(agent))
      await Promise.all(all)
      await after(20)
      log.say('ended', order.sort(), owners(agent))
      agent.destroy()
    }
    for (const options of [{ maxTotalSockets: 0 }, { maxTotalSockets: -1 }, { maxTotalSockets: 'x' }, { scheduling: 'x' }, { scheduling: 5 }]) log.attempt(JSON.stringify(options), () => new http.Agent(options).maxTotalSockets)
    await closed(server)
  },

  async agentsOfOwn(log) {
    const { server, port } = await serve((incoming, outgoing) => { outgoing.end('x') })
    class Agent extends http.Agent {
      createConnection(options, callback) {
        log.say('creates', options.host, options.port === port, options.path, typeof callback)
        const socket = net.connect(options.port, options.host)
        process.nextTick(callback, null, socket)
      }
      keepSocketAlive(socket) { log.say('keeps', socket.destroyed); return true }
      reuseSocket(socket, request) { log.say('reuses', request.reusedSocket); super.reuseSocket(socket, request) }
    }
    const agent = new Agent({ keepAlive: true })
    for (const name of ['one', 'two']) {
      const made = request(log, name, { port, agent })
      await once(made, 'close')
      await after(5)
    }
    agent.destroy()
    class Failing extends http.Agent { createConnection(options, callback) { process.nextTick(callback, new Error('no socket')) } }
    await once(request(log, 'failing', { port, agent: new Failing() }), 'close')
    const own = request(log, 'own', { port, createConnection: (options, callback) => { log.say('own', Object.keys(options).includes('_defaultAgent'), typeof callback); return net.connect(options) } })
    await once(own, 'close')
    const early = request(log, 'throws', { port, agent: false, createConnection: () => { const socket = new net.Socket(); process.nextTick(() => { socket.destroy(new Error('early')) }); return socket } })
    await once(early, 'close')
    for (const wrong of [5, 'x', {}, true]) log.attempt(`agent ${String(wrong)}`, () => http.request({ port, agent: wrong }))
    await closed(server)
  },

  async refused(log) {
    const { server, port } = await serve(() => undefined)
    await closed(server)
    await once(request(log, 'refused', { port, agent: false }), 'close')
    await once(request(log, 'default', { port }), 'close')
    await once(request(log, 'kept', { port, agent: new http.Agent({ keepAlive: true }) }), 'close')
    await once(request(log, 'posted', { port, method: 'POST', agent: false }, 'x'.repeat(100000)), 'close')
    await once(request(log, 'local', { port, agent: false, localAddress: '203.0.113.9' }), 'close')
    await once(request(log, 'path', { socketPath: '/nowhere/at/all.sock', agent: false }), 'close')
    await once(request(log, 'named', { port, host: 'name.example', agent: false, lookup: (host, options, callback) => { process.nextTick(callback, Object.assign(new Error('gone'), { code: 'ENOTFOUND' })) } }), 'close')
  },

  async hangsUp(log) {
    const cases = {
      nothing: ['', socket => { socket.end() }], destroyed: ['', socket => { socket.destroy() }], reset: ['', socket => { socket.resetAndDestroy() }], half: ['HTTP/1.1 200 OK\r\nContent-Le', socket => { socket.end() }],
      headersOnly: ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', socket => { socket.end() }], someBody: ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', socket => { socket.destroy() }],
      chunkedCut: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc', socket => { socket.end() }], noLength: ['HTTP/1.1 200 OK\r\n\r\nuntil the end'], garbage: ['nonsense\r\n\r\n'],
      badStatus: ['HTTP/1.1 xx OK\r\n\r\n'], badVersion: ['HTTP/9.9 200 OK\r\n\r\n'], badHeader: ['HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n'], twoLengths: ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
      badChunk: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc'], extra: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabEXTRA'], tooLarge: [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20000)}\r\n\r\n`],
      oldVersion: ['HTTP/1.0 200 OK\r\n\r\nold'], information: ['HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'],
      unasked: ['HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhead'], noReason: ['HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'], none: ['HTTP/1.1 204 No Content\r\n\r\n'], unchanged: ['HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n'],
      trailers: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n1\r\na\r\n0\r\nX-Late: yes\r\n\r\n'], lineFeeds: ['HTTP/1.1 200 OK\nContent-Length: 1\n\nx'],
    }
    for (const [name, [bytes, then]] of Object.entries(cases)) {
      const { server, port } = await answering(bytes, then)
      const made = request(log, name, { port, agent: false })
      made.on('response', response => { response.on('end', () => { log.say(`${name}-response trailers`, response.trailers, response.complete) }) })
      made.on('error', error => { log.say(`${name} raw`, Buffer.isBuffer(error.rawPacket), error.bytesParsed, error.reason) })
      await once(made, 'close')
      log.say(`${name} over`, made.destroyed, made.socket?.destroyed, made.res?.complete, made.res?.aborted)
      await closed(server)
    }
  },

  async aborts(log) {
    const { server, port } = await serve((incoming, outgoing) => {
      incoming.on('error', error => { log.say('incoming error', error) }).on('aborted', () => { log.say('incoming aborted') })
      outgoing.on('close', () => { log.say('outgoing close', outgoing.writableFinished, incoming.destroyed) })
      if (incoming.url === '/begin') outgoing.write('begun')
    })
    const before = request(log, 'before', { port, agent: false }, null)
    before.abort()
    await once(before, 'close')
    const destroyed = request(log, 'destroyed', { port, agent: false }, null)
    destroyed.destroy(new Error('why'))
    await once(destroyed, 'close')
    const quiet = request(log, 'quiet', { port, agent: false })
    quiet.destroy()
    await once(quiet, 'close')
    const waiting = request(log, 'waiting', { port, agent: false })
    await once(server, 'request')
    waiting.destroy()
    await once(waiting, 'close')
    await after(20)
    const aborted = request(log, 'aborted', { port, agent: false })
    await once(server, 'request')
    aborted.abort()
    log.say('aborted', aborted.aborted, aborted.destroyed)
    await once(aborted, 'close')
    await after(20)
    const begun = request(log, 'begun', { port, path: '/begin', agent: false })
    begun.on('response', response => { response.once('data', () => { response.destroy(new Error('enough')) }) })
    await once(begun, 'close')
    await after(20)
    const reading = request(log, 'reading', { port, path: '/begin', agent: false })
    reading.on('response', response => { response.once('data', () => { reading.destroy(new Error('stop')) }) })
    await once(reading, 'close')
    await after(20)
    const control = new AbortController()
    const signalled = request(log, 'signalled', { port, agent: false, signal: control.signal })
    await once(server, 'request')
    control.abort()
    await once(signalled, 'close')
    await once(request(log, 'never', { port, agent: false, signal: AbortSignal.abort() }), 'close')
    await after(20)
    await closed(server)
  },

  async clientTimeouts(log) {
    const { server, port } = await serve((incoming, outgoing) => { if (incoming.url === '/late') setTimeout(() => { outgoing.end('late') }, 500) })
    const agent = new http.Agent({ timeout: 200, keepAlive: true })
    await log.undisturbed(200, async () => {
      const option = request(log, 'option', { port, timeout: 200, agent: false })
      option.on('timeout', () => { option.destroy(new Error('too long')) })
      await once(option, 'close')
    })
    await log.undisturbed(200, async () => {
      const method = request(log, 'method', { port, agent: false })
      log.say(method.setTimeout(200, () => { log.say('method callback'); method.destroy() }) === method, method.timeout)
      await once(method, 'close')
    })
    await log.undisturbed(200, async () => {
      const made = request(log, 'agent', { port, agent })
      made.on('timeout', () => { made.destroy() })
      await once(made, 'close')
    })
    await log.undisturbed(200, async () => {
      const late = request(log, 'late', { port, path: '/late', agent: false, timeout: 100 })
      await once(late, 'close')
      log.say('late', late.timeoutCb === null, late.socket.timeout)
    })
    for (const wrong of ['x', {}, true, NaN, -1]) log.attempt(`timeout ${String(wrong)}`, () => { http.request({ port, timeout: wrong }).on('error', () => undefined).destroy() })
    agent.destroy()
    server.closeAllConnections()
    await closed(server)
  },

  async serverTimeouts(log) {
    const { server, port } = await serve((incoming, outgoing) => {
      log.follow(outgoing, 'outgoing', ['finish', 'close', 'error'])
      if (incoming.url === '/own') outgoing.setTimeout(20, socket => { log.say('own', socket === outgoing.socket); outgoing.end('own') })
      if (incoming.url === '/request') incoming.setTimeout(20, () => { log.say('request'); outgoing.end('request') })
    })
    log.say(server.timeout, server.keepAliveTimeout, server.headersTimeout, server.requestTimeout, server.maxHeadersCount, server.maxRequestsPerSocket, server.connectionsCheckingInterval)
    log.say('own', await raw(port, 'GET /own HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', false))
    log.say('request', await raw(port, 'POST /request HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\n', false))
    server.setTimeout(200)
    await log.undisturbed(200, async () => { log.say('none', await raw(port, 'GET /none HTTP/1.1\r\nHost: x\r\n\r\n', false)) })
    await log.undisturbed(200, async () => { log.say('idle', await raw(port, '', false)) })
    server.setTimeout(200, socket => { log.say('server timeout', socket.destroyed); socket.end('HTTP/1.1 500 Late\r\n\r\n') })
    await log.undisturbed(200, async () => { log.say('heard', await raw(port, 'GET /none HTTP/1.1\r\nHost: x\r\n\r\n', false)) })
    await closed(server)
    const strict = http.createServer({ headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 10, keepAliveTimeout: 200 }, (incoming, outgoing) => { incoming.resume().on('end', () => { outgoing.end('x') }).on('error', () => undefined) })
    const strictPort = await listen(strict, 0, '127.0.0.1')
    for (const [name, bytes] of [['headers', 'GET / HTTP/1.1\r\nHos'], ['body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'], ['kept', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'], ['silent', '']]) {
      await log.undisturbed(200, async () => { log.say(name, await raw(strictPort, bytes, false)) })
    }
    await closed(strict)
    for (const options of [{ headersTimeout: -1 }, { requestTimeout: 'x' }, { headersTimeout: 100, requestTimeout: 50 }, { keepAliveTimeout: -1 }, { connectionsCheckingInterval: -1 }, { maxHeaderSize: 'x' }, { requireHostHeader: 5 }, { noDelay: 5 }, { insecureHTTPParser: 5 },
      { joinDuplicateHeaders: 5 }, { IncomingMessage: 5 }, { highWaterMark: -1 }]) log.attempt(JSON.stringify(options), () => http.createServer(options).headersTimeout)
  },

  async badClients(log) {
    const { server, port } = await serve((incoming, outgoing) => { incoming.resume(); outgoing.end(incoming.url) })
    const requests = {
      garbage: 'nonsense\r\n\r\n', noHost: 'GET / HTTP/1.1\r\n\r\n', oldNoHost: 'GET / HTTP/1.0\r\n\r\n', badMethod: 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', badVersion: 'GET / HTTP/7.1\r\nHost: x\r\n\r\n', spaces: 'GET / /x HTTP/1.1\r\nHost: x\r\n\r\n',
      tooLarge: `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20000)}\r\n\r\n`, longUrl: `GET /${'x'.repeat(20000)} HTTP/1.1\r\nHost: x\r\n\r\n`, smuggled: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      badLength: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', nul: 'GET / HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n', folded: 'GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nConnection: close\r\n\r\n', lineFeeds: 'GET / HTTP/1.1\nHost: x\n\n', half: 'GET / HT', headersHalf: 'GET / HTTP/1.1\r\nHost: x\r\n',
      bodyHalf: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc', unknownExpect: 'GET / HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\nConnection: close\r\n\r\n', continued: 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx',
      upgrade: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: nobody\r\n\r\n', connect: 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n', blank: '\r\n\r\nGET /blank HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', old: 'GET /old HTTP/1.0\r\nHost: x\r\n\r\n', oldKept: 'GET /kept HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n',
      twoHosts: 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n', several: 'GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: x\r\n\r\n', head: 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    }
    const names = Object.keys(requests)
    for (const name of names) log.say(name, await raw(port, requests[name]))
    server.on('clientError', (error, socket) => { log.say('clientError', error, error.bytesParsed, error.rawPacket?.length, socket.writable, socket.destroyed); socket.end('HTTP/1.1 400 Told\r\n\r\n') })
    for (const name of ['garbage', 'badMethod', 'tooLarge', 'half', 'headersHalf', 'nul', 'badLength']) log.say('told', name, await raw(port, requests[name]))
    await closed(server)
    for (const options of [{ requireHostHeader: false }, { insecureHTTPParser: true }, { maxHeaderSize: 100 }, { joinDuplicateHeaders: true }, { maxRequestsPerSocket: 2 }]) {
      const other = await serve((incoming, outgoing) => { log.say('headers', incoming.headers); outgoing.end(incoming.url) }, options)
      if (options.maxRequestsPerSocket !== undefined) other.server.maxRequestsPerSocket = 2
      other.server.on('dropRequest', () => { log.say('dropped') })
      for (const name of ['noHost', 'nul', 'several']) log.say(Object.keys(options)[0], name, await raw(other.port, requests[name]))
      await closed(other.server)
    }
  },

  async upgrades(log) {
    const { server, port } = await serve((incoming, outgoing) => { outgoing.end('plain') })
    log.follow(server, 'server', ['connection', 'close'])
    server.on('upgrade', (incoming, socket, head) => {
      log.say('upgraded', incoming.headers.upgrade, head, socket.readableFlowing, socket.listenerCount('data'), socket.listenerCount('error'), socket.listenerCount('timeout'), incoming.socket === socket)
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst')
      socket.on('data', data => { log.say('upgraded data', data); socket.end(data) })
      if (head.length > 0) socket.end()
    })
    const made = request(log, 'client', { port, headers: { connection: 'upgrade', upgrade: 'echo' } })
    const [response, socket, head] = await new Promise(resolve => { made.on('upgrade', (...args) => { resolve(args) }) })
    log.say('client got', response.statusCode, head, made.destroyed, socket.destroyed, socket.listenerCount('data'), socket.listenerCount('close'))
    log.follow(socket, 'socket', ['data', 'end', 'close', 'error'])
    socket.write('hello')
    await once(socket, 'close')
    log.say('raw', await raw(port, ['GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly bytes'], false))
    server.on('connect', (incoming, stream, rest) => { log.say('tunnel', incoming.url, rest); stream.end('HTTP/1.1 200 Connected\r\n\r\nbehind') })
    const tunnel = request(log, 'tunnel', { port, method: 'CONNECT', path: 'a.example:1', agent: false })
    const [answer, stream, behind] = await new Promise(resolve => { tunnel.on('connect', (...args) => { resolve(args) }) })
    log.say('tunnel got', answer.statusCode, behind)
    stream.resume()
    await once(stream, 'close')
    await closed(server)
    const { server: refusing, port: there } = await serve((incoming, outgoing) => { outgoing.writeHead(403, { connection: 'close' }).end('no') })
    await once(request(log, 'refused', { port: there, method: 'CONNECT', path: 'b:1', agent: false }), 'close')
    await closed(refusing)
  },

  async expectations(log) {
    const { server, port } = await serve((incoming, outgoing) => { incoming.resume().on('end', () => { outgoing.end('done') }) })
    const send = name => new Promise(resolve => {
      const made = request(log, name, { port, method: 'POST', agent: false, headers: { expect: '100-continue', 'content-length': 4 } }, null)
      made.flushHeaders()
      made.on('continue', () => { made.end('body') }).on('close', resolve)
    })
    await send('continued')
    server.once('checkContinue', (incoming, outgoing) => { log.say('check', incoming.headers.expect); outgoing.writeContinue(); incoming.resume().on('end', () => { outgoing.end('checked') }) })
    await send('checked')
    server.once('checkContinue', (incoming, outgoing) => { outgoing.writeHead(417, { connection: 'close' }).end() })
    await send('refused')
    server.once('checkExpectation', (incoming, outgoing) => { log.say('odd', incoming.headers.expect); outgoing.end('odd') })
    await once(request(log, 'odd', { port, agent: false, headers: { expect: 'odd' } }), 'close')
    await closed(server)
    const { server: hints, port: there } = await serve((incoming, outgoing) => {
      outgoing.writeProcessing()
      outgoing.writeEarlyHints({ link: '</x>; rel=preload', 'x-y': 'z' }, () => { log.say('hinted') })
      outgoing.end('x')
    })
    const made = request(log, 'hints', { port: there, agent: false })
    await once(made, 'close')
    await closed(hints)
  },

  async closing(log) {
    const { server, port } = await serve((incoming, outgoing) => { if (incoming.url === '/now') outgoing.end('now') })
    const agent = new http.Agent({ keepAlive: true })
    const now = request(log, 'now', { port, path: '/now', agent })
    await once(now, 'close')
    const [idle] = Object.values(agent.freeSockets)[0]
    log.follow(idle, 'idle', ['end', 'error', 'close'])
    const busy = request(log, 'busy', { port, path: '/busy', agent: false })
    await once(server, 'request')
    log.say(server.closeIdleConnections())
    await once(idle, 'close')
    log.say('busy', busy.destroyed)
    const over = closed(server)
    log.say(server.closeAllConnections())
    await once(busy, 'close')
    log.say('over', await over)
    server.close(error => { log.say('again', error) })
    await after(5)
    agent.destroy()
  },

  async reusedReset(log) {
    const server = net.createServer(socket => {
      let count = 0
      socket.on('error', () => undefined)
      socket.on('data', () => {
        if (++count === 1) socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx')
        else socket.destroy()
      })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const agent = new http.Agent({ keepAlive: true })
    const first = request(log, 'first', { port, agent })
    await once(first, 'close')
    await after(5)
    const second = request(log, 'second', { port, agent })
    await once(second, 'close')
    log.say('second', second.reusedSocket, owners(agent))
    const third = request(log, 'third', { port, agent })
    await once(third, 'close')
    await after(5)
    const [free] = Object.values(agent.freeSockets)[0]
    free.emit('error', new Error('idle'))
    await after(10)
    log.say('idle', free.destroyed, owners(agent))
    agent.destroy()
    await closed(server)
  },

  async outgoingMessages(log) {
    const seen = []
    const { server, port } = await serve((incoming, outgoing) => {
      const name = incoming.url
      const say = (...values) => { log.say(`outgoing ${name}`, ...values) }
      if (name === '/late') { outgoing.end('x'); outgoing.on('error', error => { say(error) }); outgoing.write('y', error => { say('written', error) }); say(outgoing.end('z', error => { say('ended', error) }) === outgoing) }
      if (name === '/heads') { outgoing.writeHead(201, 'Made', ['X-A', '1', 'X-A', '2']); say(outgoing.headersSent); for (const each of [() => outgoing.setHeader('x', 'y'), () => outgoing.writeHead(200), () => outgoing.removeHeader('x'), () => outgoing.appendHeader('x', 'y')]) log.attempt('outgoing late header', each); outgoing.end() }
      if (name === '/counts') { say(outgoing.write('a'.repeat(100000)), outgoing.writableLength > 0, outgoing.writableHighWaterMark, outgoing.writableNeedDrain, outgoing.writableCorked); outgoing.cork(); outgoing.write('b'); say(outgoing.writableCorked); outgoing.uncork(); outgoing.end() }
      if (name === '/destroy') { outgoing.write('x'); say(outgoing.destroy(new Error('why')) === outgoing, outgoing.destroyed) ; outgoing.on('error', error => { say('error', error) }).on('close', () => { say('close') }) }
      if (name === '/length') { outgoing.setHeader('content-length', 3); outgoing.on('error', error => { say('error', error) }); log.attempt('outgoing length', () => { outgoing.write('abcdef'); outgoing.end() }) }
      if (name === '/socket') { say(outgoing.socket.destroyed, outgoing.detachSocket === undefined); outgoing.socket.end('HTTP/1.1 200 By hand\r\nConnection: close\r\n\r\nhand') }
      if (name === '/none') { outgoing.writeHead(204); outgoing.end('ignored', () => { say('ended') }) }
      if (name === '/wrong') { for (const each of [() => outgoing.write(5), () => outgoing.write(null), () => outgoing.end(5), () => outgoing.writeHead(99), () => outgoing.writeHead(1000), () => outgoing.setHeader('a b', 'x'), () => outgoing.setHeader('a', 'x\n'), () => outgoing.setHeader('a')]) log.attempt('outgoing wrong', each); outgoing.end() }
      seen.push(name)
    })
    for (const name of ['late', 'heads', 'counts', 'destroy', 'length', 'socket', 'none', 'wrong']) {
      const answer = await raw(port, `GET /${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, false)
      log.say(name, answer.length > 5000 ? answer.length : answer)
    }
    log.say(seen)
    await closed(server)
  },

  async paths(log) {
    const path = require('path').join(require('os').tmpdir(), `parity-http-${process.pid}`)
    const server = log.follow(http.createServer((incoming, outgoing) => { log.say('asked', incoming.headers.host, incoming.socket.remoteAddress); outgoing.end('by path') }), 'server', SERVER)
    await new Promise(resolve => { server.listen(path, resolve) })
    await once(request(log, 'one', { socketPath: path, agent: false }), 'close')
    await once(request(log, 'two', { socketPath: path, path: '/two', agent: new http.Agent({ keepAlive: true, timeout: 20 }) }), 'close')
    await closed(server)
  },

  async raisesErrors(log) {
    for (const args of [['nonsense'], [{ protocol: 'https:' }], [{ path: '/a b' }], [{ method: 'A B' }], [{ method: 5 }], [{ host: 5 }], [{ hostname: {} }], [{ headers: { 'a b': 'x' } }], [{ headers: { a: 'x\n' } }], [{ insecureHTTPParser: 'x' }], [{ maxHeaderSize: 'x' }], [{ setHost: 'x' }],
      [{ family: 'x', port: 1, host: '127.0.0.1' }], [{ port: 'x' }], [{ port: -1 }], [{ localPort: 'x', port: 1 }], [{ lookup: 5, host: 'localhost', port: 1 }], [{ agent: false, createConnection: 5, port: 1 }], [{ joinDuplicateHeaders: 5 }], [{ signal: 5, port: 1 }], ['http://'], ['http://a b/']]) {
      log.attempt(JSON.stringify(args), () => { http.request(...args).on('error', () => undefined).destroy() })
    }
    log.attempt('validate name', () => http.validateHeaderName('a b'))
    log.attempt('validate value', () => http.validateHeaderValue('a', undefined))
    log.attempt('idle parsers', () => http.setMaxIdleHTTPParsers(0))
    log.say(Object.keys(http).sort(), http.maxHeaderSize, http.globalAgent.keepAlive, http.globalAgent.options.timeout, http.globalAgent.defaultPort)
    await after(5)
  },

  async reading(log) {
    const { server, port } = await serve((incoming, outgoing) => {
      incoming.setEncoding('utf8')
      incoming.pause()
      log.say('incoming', incoming.isPaused(), incoming.readableFlowing, incoming.complete)
      after(20).then(() => { incoming.resume() })
      let text = ''
      incoming.on('data', data => { text += data }).on('end', () => { log.say('incoming', text.length, incoming.complete, incoming.trailers); outgoing.end(text) })
    })
    const made = request(log, 'post', { port, method: 'POST', agent: false, headers: { trailer: 'x-late' } }, null)
    made.on('response', response => { response.setEncoding('hex') })
    made.write('ä'.repeat(20000))
    made.addTrailers({ 'x-late': 'y' })
    made.end()
    await once(made, 'finish')
    log.say('post finished', made.writableEnded, made.writableFinished, made.headersSent)
    made.removeAllListeners('response')
    made.on('response', async response => {
      let total = 0
      for await (const chunk of response) total += chunk.length
      log.say('read', total, response.complete, response.destroyed)
    })
    await once(made, 'close')
    await closed(server)
  },
})
