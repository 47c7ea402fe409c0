'use strict'
const net = require('net')
const { main, once, after, until, namesOf } = require('./harness.cjs')

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port ?? server.address()) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })
const PROPERTIES = ['connecting', 'pending', 'destroyed', 'readyState', 'bytesRead', 'bytesWritten', 'bufferSize', 'localAddress', 'localPort',
  'localFamily', 'remoteAddress', 'remotePort', 'remoteFamily', 'timeout', 'allowHalfOpen', 'readable', 'writable', 'readableHighWaterMark',
  'writableHighWaterMark', 'autoSelectFamilyAttemptedAddresses', 'writableLength', 'writableNeedDrain', 'errored', 'closed']
const show = socket => Object.fromEntries(PROPERTIES.map(name => [name, socket[name]]))

main({
  async echo(log) {
    const server = log.follow(net.createServer(socket => {
      log.follow(socket, 'server')
      log.say('accepted', show(socket))
      socket.on('data', chunk => { socket.write(chunk) })
    }), 'listener')
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect(port, '127.0.0.1'), 'client')
    log.say('at once', show(client))
    await once(client, 'connect')
    log.say('connected', show(client), client.address())
    client.write('hello')
    await once(client, 'data')
    client.end('bye')
    log.say('ending', show(client))
    await once(client, 'close')
    log.say('closed', show(client), client.address())
    await closed(server)
  },

  async localhost(log) {
    const server = net.createServer(socket => { socket.end('x') })
    const port = await listen(server, 0)
    log.say(server.address())
    for (const options of [{ port, host: 'localhost', family: 4 }, { port, host: '::1' }, { port, family: 4 }]) {
      const client = net.connect(options)
      client.on('lookup', (error, address, family, host) => { log.say('lookup', error, address, family, host) })
      client.resume()
      await once(client, 'connect')
      log.say(client.remoteFamily, client.localFamily, client.remoteAddress === client.localAddress)
      await once(client, 'close')
    }
    await closed(server)
  },

  async refused(log) {
    const server = net.createServer()
    const port = await listen(server, 0, '127.0.0.1')
    await closed(server)
    const client = log.follow(net.connect({ port, host: '127.0.0.1' }), 'client')
    await once(client, 'close')
    log.say(show(client))
    const both = log.follow(net.connect({ port, host: 'localhost', family: 4 }), 'both')
    await once(both, 'close')
    const single = log.follow(net.connect({ port, host: 'localhost', autoSelectFamily: false, family: 4 }), 'single')
    await once(single, 'close')
    const from = log.follow(net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }), 'from')
    await once(from, 'close')
  },

  async badLocal(log) {
    const client = log.follow(net.connect({ port: 12345, host: '127.0.0.1', localAddress: '203.0.113.7' }), 'client')
    await once(client, 'close')
    const server = net.createServer()
    const port = await listen(server, 0, '127.0.0.1')
    const other = log.follow(net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1', localPort: port }), 'other')
    await once(other, 'close')
    await closed(server)
    log.attempt('localAddress', () => net.connect({ port: 1, localAddress: 'nonsense' }))
    log.attempt('localPort', () => net.connect({ port: 1, localPort: 'nonsense' }))
  },

  async notFound(log) {
    const client = log.follow(net.connect({ port: 1, host: 'does-not.exist.invalid', lookup: (host, options, callback) => {
      log.say('options', options)
      process.nextTick(callback, Object.assign(new Error('nope'), { code: 'ENOTFOUND' }))
    } }), 'client')
    await once(client, 'close')
    const odd = log.follow(net.connect({ port: 1, host: 'odd', lookup: (host, options, callback) => { callback(null, 'nonsense', 4) } }), 'odd')
    await once(odd, 'close')
    const family = log.follow(net.connect({ port: 1, host: 'odd', autoSelectFamily: false, lookup: (host, options, callback) => {
      callback(null, '127.0.0.1', 100)
    } }), 'family')
    await once(family, 'close')
  },

  async inUse(log) {
    const first = net.createServer()
    const port = await listen(first, 0)
    for (const args of [[port], [port, '127.0.0.1'], [{ port, host: '::1' }], [{ port, exclusive: true }], [{ port, host: 'localhost' }]]) {
      const second = log.follow(net.createServer(), 'second')
      second.listen(...args)
      await Promise.race([once(second, 'error'), once(second, 'listening')])
      if (second.listening) await closed(second)
    }
    log.attempt('again', () => first.listen(port))
    await closed(first)
    const four = net.createServer()
    const fourPort = await listen(four, 0, '127.0.0.1')
    const elsewhere = log.follow(net.createServer(), 'elsewhere')
    elsewhere.listen(fourPort, '127.0.0.2')
    await once(elsewhere, 'listening')
    await closed(elsewhere)
    const six = log.follow(net.createServer(), 'six')
    six.listen({ port: fourPort, host: '::', ipv6Only: true })
    await Promise.race([once(six, 'error'), once(six, 'listening')])
    if (six.listening) await closed(six)
    await closed(four)
  },

  async badListen(log) {
    for (const args of [[-1], [65536], ['nonsense'], [{}], [{ port: 1.5 }], [null, 1], [{ path: 1 }], [true], [{ host: 'localhost' }], [{ fd: -1 }],
      [{ port: 0, signal: 1 }]]) {
      const server = net.createServer()
      server.on('error', error => { log.say('error', error) })
      log.attempt(`listen ${JSON.stringify(args)}`, () => server.listen(...args) === server)
      await after(5)
      if (server.listening) await closed(server)
    }
    const nowhere = log.follow(net.createServer(), 'nowhere')
    nowhere.listen(0, '203.0.113.7')
    await once(nowhere, 'error')
    const server = net.createServer()
    log.say(server.listening, server.address())
    await new Promise(resolve => { server.close(error => { log.say('close', error); resolve() }) })
    log.attempt('unref', () => server.unref() === server)
    log.attempt('maxConnections', () => server.maxConnections)
    for (const options of [1, 'x', null]) log.attempt(`createServer ${options}`, () => net.createServer(options) instanceof net.Server)
    log.attempt('keepAliveInitialDelay', () => net.createServer({ keepAliveInitialDelay: 'x' }))
    log.attempt('highWaterMark', () => net.createServer({ highWaterMark: 'x' }))
  },

  async badConnect(log) {
    for (const args of [[], [{}], [-1], [65536], ['nonsense'], [{ port: 1, host: 1 }], [{ port: null }], [{ port: 1, lookup: 1 }], [{ path: 1 }],
      [{ port: 1, hints: 1024 }], [{ port: 1, family: 9 }], [{ port: 1, autoSelectFamily: 'x' }], [{ port: 1, autoSelectFamilyAttemptTimeout: 0 }],
      [{ port: '0x51', host: '127.0.0.1' }]]) {
      log.attempt(`connect ${JSON.stringify(args)}`, () => {
        const socket = net.connect(...args)
        socket.on('error', error => { log.say('error', error) })
        return socket instanceof net.Socket
      })
      await after(10)
    }
    log.attempt('objectMode', () => new net.Socket({ objectMode: true }))
    log.attempt('readableObjectMode', () => new net.Socket({ readableObjectMode: true }))
    log.attempt('fd', () => new net.Socket({ fd: -1 }))
    log.attempt('signal', () => new net.Socket({ signal: {} }))
    log.attempt('without new', () => net.Socket() instanceof net.Socket)
    log.attempt('Server without new', () => net.Server() instanceof net.Server)
    const socket = new net.Socket()
    log.say(show(socket), socket.address())
    log.attempt('setTimeout', () => socket.setTimeout('x'))
    log.attempt('setTimeout', () => socket.setTimeout(-1))
    log.attempt('setTimeout', () => socket.setTimeout(10, 'x'))
    log.attempt('setNoDelay', () => socket.setNoDelay() === socket)
    log.attempt('setKeepAlive', () => socket.setKeepAlive(true, 1000) === socket)
    log.attempt('ref', () => socket.ref() === socket && socket.unref() === socket)
    log.attempt('resetAndDestroy', () => socket.resetAndDestroy() === socket)
    log.follow(socket, 'fresh')
    await after(5)
    const written = new net.Socket()
    written.on('error', error => { log.say('write error', error) })
    log.attempt('write', () => written.write('x', error => { log.say('callback', error) }))
    await after(5)
    log.attempt('write null', () => new net.Socket().write(null))
    log.attempt('write number', () => new net.Socket().write(5))
  },

  async halfOpen(log) {
    const server = net.createServer({ allowHalfOpen: true }, socket => {
      log.follow(socket, 'server')
      socket.on('end', () => { after(20).then(() => { socket.end('later') }) })
      socket.resume()
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), 'client')
    client.end('request')
    await once(client, 'end')
    log.say(show(client))
    await once(client, 'close')
    await closed(server)
    await after(20)
  },

  async reset(log) {
    const server = net.createServer(socket => {
      log.follow(socket, 'server')
      socket.once('data', () => { socket.resetAndDestroy() })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect(port, '127.0.0.1'), 'client')
    client.write('x')
    await once(client, 'close')
    log.say(show(client))
    const early = log.follow(net.connect(port, '127.0.0.1'), 'early')
    early.resetAndDestroy()
    await once(early, 'close')
    await after(20)
    await closed(server)
  },

  async destroy(log) {
    const server = net.createServer(socket => { log.follow(socket, 'server') })
    const port = await listen(server, 0, '127.0.0.1')
    const before = log.follow(net.connect(port, '127.0.0.1'), 'before')
    before.destroy()
    await once(before, 'close')
    const during = log.follow(net.connect(port, '127.0.0.1'), 'during')
    await once(during, 'connect')
    during.write('x', error => { log.say('written', error) })
    during.destroy(new Error('boom'))
    during.write('y', error => { log.say('written late', error) })
    await once(during, 'close')
    const soon = log.follow(net.connect(port, '127.0.0.1'), 'soon')
    soon.write('z')
    soon.destroySoon()
    await once(soon, 'close')
    await after(20)
    await closed(server)
  },

  async afterEnd(log) {
    const server = net.createServer(socket => { socket.resume() })
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect(port, '127.0.0.1'), 'client')
    await once(client, 'connect')
    client.end()
    client.write('late', error => { log.say('callback', error) })
    await once(client, 'close')
    await closed(server)
  },

  async backpressure(log) {
    const server = net.createServer({ highWaterMark: 1000 }, socket => {
      log.say(socket.readableHighWaterMark, socket.writableHighWaterMark)
      socket.pause()
      after(50).then(() => { socket.resume() })
      socket.on('end', () => { socket.end() })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = net.connect({ port, host: '127.0.0.1', highWaterMark: 5000 })
    log.say(client.readableHighWaterMark, client.writableHighWaterMark)
    client.on('drain', () => { log.say('drain', client.writableLength) })
    log.say('small', client.write('x'))
    log.say('large', client.write(Buffer.alloc(20000)), client.writableLength, client.bufferSize, client.bytesWritten)
    await once(client, 'connect')
    log.say(client.bytesWritten)
    client.cork()
    client.write('a')
    client.write('b')
    client.uncork()
    client.end(() => { log.say('ended', client.bytesWritten) })
    client.resume()
    await once(client, 'close')
    await closed(server)
  },

  async timeouts(log) {
    const server = net.createServer(socket => { socket.resume() })
    const port = await listen(server, 0, '127.0.0.1')
    await log.undisturbed(200, async () => {
      const client = log.follow(net.connect({ port, host: '127.0.0.1', timeout: 200 }), 'client')
      log.say(client.timeout)
      await once(client, 'timeout')
      client.setTimeout(0)
      log.say(client.timeout)
      client.setTimeout(20, () => { log.say('my timeout') })
      await once(client, 'timeout')
      client.destroy()
      await once(client, 'close')
    })
    await closed(server)
  },

  async maxConnections(log) {
    const server = log.follow(net.createServer(), 'listener', ['drop', 'close'])
    server.maxConnections = 1
    const port = await listen(server, 0, '127.0.0.1')
    const first = net.connect(port, '127.0.0.1')
    await once(server, 'connection')
    const second = log.follow(net.connect(port, '127.0.0.1'), 'second')
    await once(second, 'close')
    await new Promise(resolve => { server.getConnections((error, count) => { log.say('connections', error, count); resolve() }) })
    first.destroy()
    await closed(server)
  },

  async serverClose(log) {
    const server = log.follow(net.createServer(socket => { log.follow(socket, 'server') }), 'listener')
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect(port, '127.0.0.1'), 'client')
    await once(server, 'connection')
    server.close(error => { log.say('callback', error) })
    log.say(server.listening, server.address())
    const late = log.follow(net.connect(port, '127.0.0.1'), 'late')
    await once(late, 'close')
    client.end()
    await once(server, 'close')
    await new Promise(resolve => { server.close(error => { log.say('again', error); resolve() }) })
    const reused = await listen(server, port, '127.0.0.1')
    log.say(reused === port, server.listening)
    await closed(server)
    if (Symbol.asyncDispose !== undefined && server[Symbol.asyncDispose] !== undefined) {
      await listen(server, 0)
      await server[Symbol.asyncDispose]()
      log.say(server.listening)
    }
  },

  async signals(log) {
    const server = log.follow(net.createServer(), 'listener')
    const stop = new AbortController()
    server.listen({ port: 0, host: '127.0.0.1', signal: stop.signal })
    await once(server, 'listening')
    const { port } = server.address()
    const quit = new AbortController()
    const client = log.follow(net.connect({ port, host: '127.0.0.1', signal: quit.signal }), 'client')
    await once(client, 'connect')
    quit.abort()
    await once(client, 'close')
    stop.abort()
    await once(server, 'close')
    const aborted = log.follow(net.connect({ port, host: '127.0.0.1', signal: AbortSignal.abort() }), 'aborted')
    await once(aborted, 'close')
  },

  async onread(log) {
    const server = net.createServer(socket => {
      socket.write('first')
      after(20).then(() => { socket.end('second') })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(net.connect({ port, host: '127.0.0.1', onread: {
      buffer: Buffer.alloc(4),
      callback(count, buffer) {
        log.say('read', count, buffer.toString('latin1', 0, count), this === client)
        return true
      },
    } }), 'client')
    await once(client, 'close')
    let made = 0
    const generated = log.follow(net.connect({ port, host: '127.0.0.1', onread: {
      buffer: () => { made++; return Buffer.alloc(8) },
      callback(count, buffer) { log.say('read', count, buffer.length, made) },
    } }), 'generated')
    await once(generated, 'close')
    await closed(server)
  },

  async pauseOnConnect(log) {
    const server = net.createServer({ pauseOnConnect: true }, socket => {
      log.say(socket.isPaused(), socket.readableFlowing)
      socket.on('data', chunk => { log.say('data', chunk) })
      after(20).then(() => { socket.resume() })
      socket.on('end', () => { log.say('end') })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = net.connect(port, '127.0.0.1').end('hello')
    await once(client, 'close')
    await closed(server)
  },

  async paths(log) {
    const path = `${require('os').tmpdir()}/parity-${process.pid}.sock`
    const server = log.follow(net.createServer(socket => {
      log.say(show(socket), socket.address())
      socket.end('hi')
    }), 'listener', ['listening', 'close', 'error'])
    log.say(await listen(server, path) === path)
    const client = log.follow(net.connect(path), 'client')
    log.say(client.connecting)
    await once(client, 'close')
    log.say(show(client))
    const clash = net.createServer()
    clash.on('error', error => { log.say({ ...error, address: error.address === path }, error.message.replace(path, 'PATH')) })
    clash.listen(path)
    await once(clash, 'error')
    const { mode } = require('fs').statSync(path)
    log.say(mode & 0o777)
    await closed(server)
    log.say(require('fs').existsSync(path))
    const gone = net.connect(path)
    gone.on('error', error => { log.say({ ...error, address: error.address === path }, error.message.replace(path, 'PATH')) })
    await once(gone, 'close')
    const open = net.createServer()
    open.listen({ path, readableAll: true, writableAll: true })
    await once(open, 'listening')
    log.say(require('fs').statSync(path).mode & 0o777)
    await closed(open)
    require('fs').writeFileSync(path, '')
    const file = net.connect(path)
    file.on('error', error => { log.say(error.code, error.syscall) })
    await once(file, 'close')
    const onFile = net.createServer()
    onFile.on('error', error => { log.say(error.code, error.syscall) })
    onFile.listen(path)
    await once(onFile, 'error')
    require('fs').unlinkSync(path)
    const folder = net.createServer()
    folder.on('error', error => { log.say(error.code, error.syscall) })
    folder.listen('/nonexistent/folder/sock')
    await once(folder, 'error')
  },

  async abstractPath(log) {
    const name = `\0parity-${process.pid}`
    const server = net.createServer(socket => { socket.end('hi') })
    await listen(server, name)
    const client = log.follow(net.connect(name), 'client')
    await once(client, 'close')
    await closed(server)
  },

  async blockLists(log) {
    const list = new net.BlockList()
    list.addSubnet('127.0.0.0', 8)
    log.say(list.check('127.0.0.1'), list.check('::ffff:127.0.0.1', 'ipv6'), list.rules)
    const address = new net.SocketAddress({ address: '::1', port: 5, family: 'ipv6', flowlabel: 7 })
    log.say(address.address, address.port, address.family, address.flowlabel)
    log.attempt('bad', () => new net.SocketAddress({ address: 'x' }))
    log.say(net.isIP('::1'), net.isIPv4('1.2.3.4'), net.isIPv6('x'))
    log.say(typeof net.getDefaultAutoSelectFamily(), net.getDefaultAutoSelectFamilyAttemptTimeout())
    log.attempt('set', () => net.setDefaultAutoSelectFamilyAttemptTimeout(0))
    log.attempt('set', () => net.setDefaultAutoSelectFamily('x'))
  },

  async happyEyeballs(log) {
    const server = net.createServer(socket => { socket.end('x') })
    const port = await listen(server, 0, '127.0.0.1')
    const lookup = (host, options, callback) => { callback(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]) }
    const client = log.follow(net.connect({ port, host: 'example.org', lookup, autoSelectFamily: true }), 'client')
    await once(client, 'close')
    log.say(client.autoSelectFamilyAttemptedAddresses)
    await closed(server)
    const none = log.follow(net.connect({ port, host: 'example.org', lookup, autoSelectFamily: true }), 'none')
    await once(none, 'close')
    log.say(none.autoSelectFamilyAttemptedAddresses)
  },

  async manyWrites(log) {
    let bytes = 0
    const server = net.createServer(socket => {
      socket.on('data', chunk => { bytes += chunk.length })
      socket.on('end', () => { socket.end(String(bytes)) })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = net.connect(port, '127.0.0.1')
    const order = []
    for (let i = 0; i < 5; i++) client.write(Buffer.alloc(100_000), () => { order.push(i) })
    client.end('x', () => { order.push('end') })
    client.on('data', chunk => { log.say(chunk) })
    await once(client, 'close')
    log.say(order, client.bytesWritten, client.bytesRead)
    await closed(server)
  },

  async reconnect(log) {
    const server = net.createServer(socket => { socket.end('x') })
    const port = await listen(server, 0, '127.0.0.1')
    const client = log.follow(new net.Socket(), 'client')
    for (let i = 0; i < 2; i++) {
      client.connect(port, '127.0.0.1', () => { log.say('callback') })
      await once(client, 'close')
    }
    await closed(server)
  },

  async encodings(log) {
    let heard
    const server = net.createServer(socket => {
      socket.setEncoding('utf8')
      heard = count => until(() => socket.bytesRead === count)
      server.emit('ready')
      socket.on('data', text => { log.say(text) })
      socket.on('end', () => { log.say('end') })
    })
    const port = await listen(server, 0, '127.0.0.1')
    const client = net.connect(port, '127.0.0.1')
    client.setNoDelay(true).setKeepAlive(true, 500)
    await once(server, 'ready')
    for (const [text, encoding] of [['Grüße', 'latin1'], ['c3a4', 'hex'], ['w7Y=', 'base64'], ['ü', 'utf16le']]) {
      client.write(text, encoding)
      await heard(client.bytesWritten)
    }
    client.end('ende', 'ucs2')
    await once(client, 'close')
    await closed(server)
  },

  async shape(log) {
    log.say(Object.keys(net).sort())
    log.say(namesOf(net.Socket))
    log.say(namesOf(net.Server))
    log.say(net.Socket.name, net.Socket.length, net.Server.name, net.Server.length, net.connect.name, net.connect.length, net.createServer.length)
    log.say(net.Socket === net.Stream, net.connect === net.createConnection, Object.prototype.toString.call(new net.Socket()))
  },
})
