// The finer print of `net`: what is told of wrong arguments, what stands on handles, how paths and several addresses fail.
'use strict'
const fs = require('fs')
const net = require('net')
const os = require('os')
const path = require('path')
const { PerformanceObserver } = require('perf_hooks')
const { main, once, after, until } = require('./harness.cjs')

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port ?? server.address()) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })

async function serve(onSocket, options = {}) {
  const server = net.createServer(options, onSocket)
  return { server, port: await listen(server, 0, '127.0.0.1') }
}

/** A port nobody listens on. */
async function unused() {
  const { server, port } = await serve(() => undefined)
  await closed(server)
  return port
}

/** Both ends of a connection. */
async function pair(options = {}) {
  const { server, port } = await serve(() => undefined, options)
  const client = net.connect({ port, host: '127.0.0.1', ...options.client })
  const [socket] = await Promise.all([once(server, 'connection'), once(client, 'connect')])
  return { server, client, socket, port }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parity-'))
process.on('exit', () => { fs.rmSync(folder, { recursive: true, force: true }) })
const at = name => path.join(folder, name)
const hidden = value => JSON.parse(JSON.stringify(value instanceof Error ? { name: value.name, message: value.message, ...value } : value).replaceAll(folder, 'FOLDER'))

main({
  async timeoutArguments(log) {
    const socket = new net.Socket()
    for (const args of [[undefined], ['x'], [-1], [NaN], [Infinity], [null], [{}], [true], [10, 'x'], [10, null], [10, {}], [0], [100], [100, () => undefined]]) {
      log.attempt(`setTimeout ${String(args[0])} ${typeof args[1]}`, () => [socket.setTimeout(...args) === socket, socket.timeout])
    }
    const warning = once(process, 'warning')
    socket.setTimeout(2 ** 32)
    log.say('warned', (await warning).name, socket.timeout)
    socket.setTimeout(0)
    socket.destroy()
    for (const timeout of [-1, 'x', NaN, {}]) log.attempt(`timeout ${String(timeout)}`, () => { net.connect({ port: 1, host: '127.0.0.1', timeout }).on('error', () => undefined).destroy() })
  },

  /** HTTP agents of later versions read idle sockets so. */
  async otherReader(log) {
    const { server, client, socket } = await pair()
    client.on('data', bytes => { log.say('client data', bytes) })
    socket.write('first')
    await once(client, 'data')
    const reads = []
    client._handle.onread = function onread(...args) { reads.push([args.length, args[0] instanceof ArrayBuffer]) }
    socket.write('second')
    await until(() => reads.length === 1)
    socket.end()
    await until(() => reads.length === 2)
    log.say('reads', reads, client.destroyed, client.readableEnded)
    client.destroy()
    await closed(server)
  },

  async timeoutRemovals(log) {
    const { server, client } = await pair()
    const never = () => { log.say('never') }
    client.setTimeout(30, never)
    log.say(client.listenerCount('timeout'))
    client.setTimeout(0, never)
    log.say(client.listenerCount('timeout'))
    client.setTimeout(30)
    await once(client, 'timeout')
    log.say('timed out', client.destroyed, client.timeout)
    client.destroy()
    await once(client, 'close')
    await closed(server)
  },

  async connectArguments(log) {
    const calls = { undefined: [undefined], null: [null], empty: [{}], callback: [() => undefined], text: ['nonsense/path/that/is/not'], object: [{ host: 'x' }], portNull: [{ port: null }],
      portObject: [{ port: {} }], portBoolean: [{ port: true }], portEmpty: [{ port: '' }], portHex: [{ port: '0x1FFFF' }], portNegative: [{ port: -1 }], portFraction: [{ port: 1.5 }], hostNumber: [{ port: 1, host: 5 }],
      hints: [{ port: 1, host: 'localhost', hints: 1 << 20 }], hintsText: [{ port: 1, host: 'localhost', hints: 'x' }], family: [{ port: 1, host: 'localhost', family: 5 }], lookup: [{ port: 1, host: 'localhost', lookup: 5 }], localPort: [{ port: 1, localPort: 'x' }],
      localPortNegative: [{ port: 1, localPort: -1 }], localAddress: [{ port: 1, localAddress: 'localhost' }], pathNumber: [{ path: 5 }], pathObject: [{ path: {} }], auto: [{ port: 1, host: 'localhost', autoSelectFamily: 'x' }],
      attempt: [{ port: 1, host: 'localhost', autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 0 }], attemptText: [{ port: 1, host: 'localhost', autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 'x' }],
      signal: [{ port: 1, host: '127.0.0.1', signal: {} }], fd: [{ port: 1, fd: -1 }], onread: [{ port: 1, host: '127.0.0.1', onread: {} }], onreadBuffer: [{ port: 1, host: '127.0.0.1', onread: { buffer: 'x', callback: () => true } }] }
    for (const [name, args] of Object.entries(calls)) {
      const answer = log.attempt(name, () => {
        const socket = net.connect(...args)
        socket.on('error', () => undefined)
        return socket
      })
      answer?.destroy()
      const plain = new net.Socket()
      plain.on('error', () => undefined)
      log.attempt(`${name} on socket`, () => plain.connect(...args) === plain)
      plain.destroy()
    }
    await after(20)
  },

  async socketArguments(log) {
    for (const options of [{ fd: -1 }, { fd: 'x' }, { fd: 1.5 }, { fd: 2 ** 31 }, { objectMode: true }, { readableObjectMode: true }, { writableObjectMode: true }, { signal: 5 }, { highWaterMark: -1 },
      { readable: false }, { writable: false }, { handle: null }, { allowHalfOpen: 'yes' }, { noDelay: 1, keepAlive: 1 }, { keepAliveInitialDelay: 'x' }, 5, 'x', null]) {
      log.attempt(JSON.stringify(options), () => {
        const socket = new net.Socket(options)
        return [socket.readable, socket.writable, socket.allowHalfOpen, socket.readyState, socket.pending, socket._handle]
      })
    }
  },

  async writeArguments(log) {
    const { server, client, socket } = await pair()
    socket.resume()
    for (const args of [[null], [undefined], [5], [true], [{}], [[]], [() => undefined], [new Uint8Array(2)], [new Uint16Array(2)], [new ArrayBuffer(2)], ['x', 'nonsense'], ['6869', 'hex'], ['']]) {
      log.attempt(`write ${args.map(each => String(each)).join()} ${typeof args[0]}`, () => client.write(...args))
    }
    client.on('error', error => { log.say('client error', error) })
    log.say('destroyed', client.destroyed, client.bytesWritten)
    log.attempt('end number', () => client.end(5))
    client.destroy()
    await once(client, 'close')
    log.attempt('write late', () => client.write('x', error => { log.say('late', error) }))
    log.attempt('end late', () => client.end('x', error => { log.say('late end', error) }) === client)
    await closed(server)
  },

  async beforeConnecting(log) {
    const socket = log.follow(new net.Socket(), 'idle', ['error', 'close', 'finish', 'end'])
    log.attempt('write', () => socket.write('x', error => { log.say('write told', error) }))
    await after(5)
    log.say(socket.destroyed, socket.bytesWritten, socket.writableLength, socket.address(), socket._getpeername(), socket._getsockname())
    const ended = log.follow(new net.Socket(), 'ended', ['error', 'close', 'finish', 'end'])
    ended.end(() => { log.say('end told') })
    await after(10)
    log.say('ended', ended.destroyed, ended.writableFinished)
    const reset = log.follow(new net.Socket(), 'reset', ['error', 'close'])
    log.attempt('resetAndDestroy', () => reset.resetAndDestroy() === reset)
    await after(10)
    for (const method of ['ref', 'unref', 'pause', 'resume', 'setNoDelay', 'setKeepAlive', 'destroySoon', 'read']) {
      const each = new net.Socket().on('error', () => undefined)
      log.attempt(method, () => each[method]() === each)
    }
    const unread = new net.Socket()
    unread.setEncoding('utf8')
    log.say('encoding', unread.readableEncoding)
  },

  async endedByPeer(log) {
    const { server, client, socket } = await pair()
    log.follow(socket, 'peer', ['end', 'error', 'close'])
    client.resume()
    socket.resume()
    client.end()
    await once(socket, 'end')
    socket.write('late', error => { log.say('peer told', error) })
    await once(socket, 'close')
    log.say('peer', socket.destroyed, socket.bytesWritten)
    client.destroy()
    await closed(server)
  },

  async afterEnd(log) {
    const { server, client, socket } = await pair({ allowHalfOpen: true, client: { allowHalfOpen: true } })
    log.follow(client, 'client', ['end', 'error', 'finish', 'close'])
    socket.resume()
    client.end('x', () => { log.say('client end told') })
    client.write('y', error => { log.say('client write told', error) })
    client.end('z', error => { log.say('client second end told', error) })
    await once(client, 'close')
    socket.destroy()
    await closed(server)
  },

  async handles(log) {
    const { server, client, socket } = await pair()
    const methods = ['close', 'ref', 'unref', 'hasRef', 'getAsyncId', 'getProviderType', 'readStart', 'readStop', 'shutdown', 'useUserBuffer',
      'bind', 'listen', 'connect', 'bind6', 'connect6', 'getsockname', 'getpeername', 'setNoDelay', 'setKeepAlive', 'reset', 'fd', 'bytesRead', 'bytesWritten', 'writeQueueSize', 'reading', 'setBlocking']
    // Never 0, 1 or 2: programs test whether there is one.
    log.say([client, socket, server].map(each => each._handle.fd > 2))
    for (const [name, handle] of Object.entries({ client: client._handle, accepted: socket._handle, server: server._handle })) {
      log.say(name, handle.constructor.name, Object.fromEntries(methods.map(each => [each, typeof handle[each]])))
      log.say(name, handle.hasRef(), handle.bytesRead, handle.bytesWritten, handle.reading, handle.getAsyncId() > 0, handle.writeQueueSize)
    }
    const out = {}
    log.say(client._handle.getpeername(out), out.address, out.family, Object.keys(out))
    client._handle.unref()
    log.say(client._handle.hasRef(), client._handle.setNoDelay(true), client._handle.setKeepAlive(true, 5), client._handle.readStop(), client._handle.reading)
    client._handle.ref()
    socket.end('bytes')
    await once(socket, 'finish')
    log.say('sent', socket._handle?.bytesWritten, socket._bytesDispatched)
    const handle = client._handle
    client.destroy()
    log.say('gone', client._handle, handle.fd, handle.hasRef())
    socket.destroy()
    await closed(server)
    log.say('server gone', server._handle)
  },

  async serverInside(log) {
    const server = net.createServer()
    log.say(server._handle, server._connectionKey, server._unref, server._usingWorkers, server._workers, server._connections, server._pipeName, server._listeningId)
    const port = await listen(server, 0, '127.0.0.1')
    log.say(server._connectionKey.replace(String(port), 'PORT'), server._handle.hasRef(), typeof server._handle.onconnection, server._listeningId)
    await closed(server)
    log.say(Object.keys(new net.Server()).sort())
    log.say(Object.keys(new net.Socket()).sort())
    for (const args of [[null, 0, 4], ['127.0.0.1', 0, 4], ['::1', 0, 6], [at('made'), -1, -1], ['203.0.113.9', 0, 4], ['nonsense', 0, 4]]) {
      const handle = net._createServerHandle(...args)
      log.say(String(args[0]).replace(folder, 'FOLDER'), typeof handle === 'number' ? handle : handle.constructor.name)
      if (typeof handle === 'number') continue
      const other = net.createServer(socket => { socket.end('made') })
      other.listen({ _handle: handle })
      await once(other, 'listening')
      const client = args[2] === -1 ? net.connect(args[0]) : net.connect(other.address().port, args[2] === 6 ? '::1' : '127.0.0.1')
      client.on('data', data => { log.say('data', data) }).on('error', error => { log.say('error', error) })
      await once(client, 'close')
      await closed(other)
      fs.rmSync(at('made'), { force: true })
    }
  },

  async handleOfAnother(log) {
    const first = net.createServer(socket => { socket.end('first') })
    const port = await listen(first, 0, '127.0.0.1')
    const { fd } = first._handle
    log.say(typeof fd)
    const { server, client, socket } = await pair()
    const handle = socket._handle
    const second = log.follow(new net.Socket({ handle, allowHalfOpen: true }), 'second', ['end', 'close', 'data'])
    log.say(second.remotePort === client.localPort, second.readyState, second.connecting, second.allowHalfOpen)
    second.resume()
    client.end('to the second')
    await once(second, 'end')
    second.end('answer')
    client.on('data', data => { log.say('client', data) })
    await once(client, 'close')
    socket.destroy()
    await closed(server)
    log.say(port > 0)
    await closed(first)
  },

  async pathErrors(log) {
    const first = net.createServer()
    log.say(hidden({ address: await listen(first, at('one')) }))
    fs.writeFileSync(at('file'), '')
    fs.symlinkSync(at('nowhere'), at('dangling'))
    for (const name of ['one', 'file', 'missing/deep', 'file/below', '.', 'dangling']) {
      const server = net.createServer()
      const told = once(server, 'error')
      server.listen(at(name))
      log.say('listen', name, hidden(await told))
    }
    for (const name of ['none', 'file', 'missing/deep', 'file/below', '.']) {
      const client = net.connect(at(name))
      log.say('connect', name, hidden(await once(client, 'error')), client.destroyed)
    }
    await closed(first)
    log.say(fs.existsSync(at('one')), fs.existsSync(at('file')), fs.readdirSync(folder))
    fs.unlinkSync(at('file'))
    fs.unlinkSync(at('dangling'))
  },

  async pathOptions(log) {
    for (const options of [{}, { readableAll: true }, { writableAll: true }, { readableAll: true, writableAll: true }]) {
      const server = net.createServer()
      await listen(server, { path: at('modes'), ...options })
      log.say(options, (fs.statSync(at('modes')).mode & 0o777).toString(8))
      await closed(server)
    }
    const server = net.createServer({ allowHalfOpen: true }, socket => {
      log.say('accepted', socket.remoteAddress, socket.localAddress, socket.remoteFamily, socket.address(), socket.remotePort)
      socket.setNoDelay(true).setKeepAlive(true)
      socket.on('data', data => { log.say('server data', data) }).on('end', () => { socket.end('bye') })
    })
    server.listen(at('two'), 5, function heard() { log.say('heard', this === server) })
    await once(server, 'listening')
    const client = net.connect({ path: at('two') }, function connected() { log.say('connected', this.remoteAddress, this.address(), this.readyState, this._handle.constructor.name) })
    client.on('data', data => { log.say('client data', data) })
    client.end('hello')
    await once(client, 'close')
    const reset = net.connect({ path: at('two') })
    await once(reset, 'connect')
    reset.on('error', error => { log.say('reset error', error) }).resume()
    log.attempt('reset', () => reset.resetAndDestroy() === reset)
    log.say('reset', reset.destroyed)
    reset.destroy()
    await once(reset, 'close')
    fs.unlinkSync(at('two'))
    await closed(server)
    for (const name of ['\0parity-abstract', '\0']) {
      const abstract = net.createServer(socket => { socket.end('abstract') })
      log.attempt('abstract', () => abstract.listen(name) === abstract)
      await Promise.race([once(abstract, 'listening'), once(abstract, 'error').then(error => { log.say('error', error) })])
      log.say(typeof abstract.address())
      await closed(abstract)
    }
    const missing = net.connect({ path: '\0parity-nobody' })
    log.say(await once(missing, 'error'))
  },

  async families(log) {
    const { server, port } = await serve(socket => { socket.end('four') })
    const dead = await unused()
    const answers = {
      sixFirst: [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }], fourFirst: [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }],
      three: [{ address: '::1', family: 6 }, { address: '127.0.0.9', family: 4 }, { address: '127.0.0.1', family: 4 }], onlyFour: [{ address: '127.0.0.1', family: 4 }],
      wrong: [{ address: 'x', family: 4 }, { address: '::1', family: 6 }], wrongFamily: [{ address: '127.0.0.1', family: 5 }, { address: '::1', family: 6 }],
    }
    for (const [name, addresses] of Object.entries(answers)) {
      for (const [kind, number] of [['alive', port], ['dead', dead]]) {
        const lookup = (host, options, callback) => { log.say('asked', options.all, options.family); process.nextTick(callback, null, addresses) }
        const client = log.follow(net.connect({ port: number, host: 'example.org', lookup, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2000 }), `${name}-${kind}`)
        await once(client, 'close')
        log.say(`${name}-${kind} tried`, client.autoSelectFamilyAttemptedAddresses)
      }
    }
    for (const family of [4, 6]) {
      const lookup = (host, options, callback) => { log.say('asked', options.all, options.family); if (options.all) callback(null, answers.sixFirst); else callback(null, '127.0.0.1', 4) }
      const client = log.follow(net.connect({ port, host: 'example.org', lookup, family, autoSelectFamily: true }), `family${family}`)
      await once(client, 'close')
    }
    await closed(server)
  },

  async defaults(log) {
    log.say(net.getDefaultAutoSelectFamily(), net.getDefaultAutoSelectFamilyAttemptTimeout())
    for (const value of [0, -1, 'x', 1.5, 5, 300]) log.attempt(`timeout ${value}`, () => { net.setDefaultAutoSelectFamilyAttemptTimeout(value); return net.getDefaultAutoSelectFamilyAttemptTimeout() })
    for (const value of [0, 'x', null, false, true]) log.attempt(`family ${value}`, () => { net.setDefaultAutoSelectFamily(value); return net.getDefaultAutoSelectFamily() })
    net.setDefaultAutoSelectFamilyAttemptTimeout(250)
  },

  async lookupsChanged(log) {
    const dns = require('dns')
    const native = dns.lookup
    const { server, port } = await serve(socket => { socket.end() })
    dns.lookup = (host, options, callback) => { log.say('asked', host, options); callback(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4) }
    const client = log.follow(net.connect({ port, host: 'changed.example' }), 'client')
    client.resume()
    await once(client, 'close')
    const listener = net.createServer()
    dns.lookup = (host, ...rest) => { log.say('listener asked', host, rest.length); rest.at(-1)(null, '127.0.0.1', 4) }
    log.say(await listen(listener, 0, 'changed.example') > 0, listener.address().address)
    await closed(listener)
    dns.lookup = (host, ...rest) => { process.nextTick(rest.at(-1), Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })) }
    const failing = log.follow(net.createServer(), 'failing')
    const failed = once(failing, 'error')
    failing.listen(0, 'changed.example')
    await failed
    dns.lookup = native
    await closed(server)
  },

  async changedPrototypes(log) {
    const { connect } = net.Socket.prototype
    const calls = []
    net.Socket.prototype.connect = function changed(...args) { calls.push(['connect', Array.isArray(args[0]), args.length]); return connect.apply(this, args) }
    const { server, client } = await pair()
    net.Socket.prototype.connect = connect
    client.destroy()
    await closed(server)
    const { listen: heard } = net.Server.prototype
    net.Server.prototype.listen = function changed(...args) { calls.push(['listen', args.length]); return heard.apply(this, args) }
    const other = net.createServer()
    await listen(other, 0)
    net.Server.prototype.listen = heard
    await closed(other)
    log.say(calls)
    class Mine extends net.Socket { constructor(options) { super(options); this.mine = true } }
    const mine = new Mine()
    log.say(mine instanceof net.Socket, mine instanceof net.Stream, mine.mine, Object.getPrototypeOf(Mine) === net.Socket, net.Stream === net.Socket)
    class Listener extends net.Server { }
    log.say(new Listener() instanceof net.Server, net.Socket.name, net.Server.name, net.connect.name, net.createServer.name, net.Socket.length, net.Server.length, net.connect.length, net.createServer.length)
    function Old(...args) { net.Server.call(this, ...args) }
    Object.setPrototypeOf(Old.prototype, net.Server.prototype)
    Object.setPrototypeOf(Old, net.Server)
    const old = new Old(() => undefined)
    log.say(old.listenerCount('connection'), await listen(old, 0) > 0)
    await closed(old)
  },

  async thisAndArguments(log) {
    const server = net.createServer(function onConnection(...args) { log.say('connection', this === server, args.length); args[0].end() })
    server.on('close', function onClose(...args) { log.say('close', this === server, args) })
    server.listen(0, '127.0.0.1', function onListening(...args) { log.say('listening', this === server, args) })
    await once(server, 'listening')
    const client = net.connect(server.address().port, '127.0.0.1', function onConnect(...args) { log.say('connect', this === client, args) })
    client.on('ready', (...args) => { log.say('ready', args) }).on('end', (...args) => { log.say('end', args) }).on('close', (...args) => { log.say('client close', args) })
    client.resume()
    await once(client, 'close')
    const answer = server.close(function onClosed(...args) { log.say('closed', this === server, args) })
    log.say(answer === server)
    await once(server, 'close')
  },

  async signals(log) {
    const accepted = new Set()
    const { server, port } = await serve(socket => { accepted.add(socket.remotePort); socket.on('error', () => undefined) })
    const aborted = log.follow(net.connect({ port, host: '127.0.0.1', signal: AbortSignal.abort() }), 'aborted')
    await once(aborted, 'close')
    const reason = log.follow(net.connect({ port, host: '127.0.0.1', signal: AbortSignal.abort(new Error('why')) }), 'reason')
    await once(reason, 'close')
    const during = new AbortController()
    const client = log.follow(net.connect({ port, host: '127.0.0.1', signal: during.signal }), 'during')
    during.abort()
    await once(client, 'close')
    const later = new AbortController()
    const connected = log.follow(new net.Socket({ signal: later.signal }), 'later')
    connected.connect(port, '127.0.0.1')
    await once(connected, 'connect')
    // Those aborted before they began connect all the same: a listener that closes resets whom it has not accepted.
    for (const each of [aborted, reason, connected]) await until(() => accepted.has(each.localPort))
    later.abort()
    await once(connected, 'close')
    server.close()
  },

  async measured(log) {
    const seen = []
    const observer = new PerformanceObserver(list => { for (const each of list.getEntries()) seen.push([each.entryType, each.name, typeof each.duration, Object.keys(each.detail ?? {}), each.detail?.host, each.detail?.hostname]) })
    observer.observe({ entryTypes: ['net'] })
    const { server, client } = await pair()
    client.destroy()
    await closed(server)
    await after(20)
    observer.disconnect()
    for (const each of seen) log.say('entry', each)
  },

  async bulk(log) {
    const { server, client, socket } = await pair()
    const size = 24 << 20
    let received = 0
    socket.on('data', data => { received += data.length })
    socket.on('end', () => { socket.end() })
    log.say('client write', client.write(Buffer.alloc(size)), client.writableNeedDrain, client.writableLength, client.bytesWritten)
    await once(client, 'drain')
    log.say('client drained', client.writableNeedDrain, client.writableLength)
    for (const encoding of ['utf8', 'latin1', 'utf16le', 'ucs2', 'ascii', 'base64', 'hex', 'binary']) {
      client.write('äöü6869'.repeat(3), encoding)
      log.say('client', encoding, client.bytesWritten)
    }
    client.resume()
    client.end()
    await once(client, 'close')
    log.say('received', received)
    await closed(server)
  },

  async backPressure(log) {
    const { server, client, socket } = await pair()
    socket.pause()
    let writes = 0
    while (client.write(Buffer.alloc(1 << 20)) || writes < 20) { writes++; if (writes > 40) break }
    log.say(client.writableLength > 0, client.bufferSize === client.writableLength, client._handle.writeQueueSize > 0, client.bytesWritten >= 20 << 20)
    let received = 0
    socket.on('data', data => { received += data.length })
    socket.on('end', () => { socket.end() })
    socket.resume()
    client.resume().end()
    const { bytesWritten } = client
    await once(client, 'close')
    log.say('received', received === bytesWritten, client.bytesWritten === bytesWritten)
    await closed(server)
  },

  async destroySoon(log) {
    const { server, client, socket } = await pair()
    log.follow(client, 'client', ['finish', 'end', 'error', 'close'])
    let received = 0
    socket.on('data', data => { received += data.length }).on('error', () => undefined)
    client.write(Buffer.alloc(100000))
    client.destroySoon()
    log.say('client', client.writable, client.destroyed)
    await Promise.all([once(client, 'close'), once(socket, 'end')])
    log.say('received', received)
    socket.destroy()
    await closed(server)
  },

  async closesFirst(log) {
    const server = log.follow(net.createServer(), 'server', ['close', 'connection', 'error'])
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect(port, '127.0.0.1'), 'client', ['connect', 'end', 'error', 'close'])
    const socket = await once(server, 'connection')
    server.close(error => { log.say('server closed', error) })
    log.say(server.listening, server.address(), server._handle)
    server.getConnections((error, count) => { log.say('count', error, count) })
    await after(10)
    const late = log.follow(net.connect(port, '127.0.0.1'), 'late', ['connect', 'error', 'close'])
    await once(late, 'close')
    client.resume()
    socket.end()
    await once(client, 'close')
    await after(20)
  },

  async isIp(log) {
    for (const text of ['127.0.0.1', '127.1', '::', '::1%lo', 'fe80::1%25', '1.2.3.4.5', '', '0.0.0.0', '::ffff:1.2.3.4', '01.2.3.4', null, undefined, 5, {}, [], { toString: () => '::1' }]) log.attempt(`isIP ${String(text)}`, () => [net.isIP(text), net.isIPv4(text), net.isIPv6(text)])
    log.say(Object.keys(net).sort())
  },
})
