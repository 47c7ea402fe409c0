'use strict'
const net = require('net')
const { main, once, after } = require('./harness.cjs')

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port ?? server.address()) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })
const shown = server => {
  const address = server.address()
  return address !== null && typeof address === 'object' ? { ...address, port: address.port > 0 } : address
}

main({
  async variants(log) {
    for (const args of [[], [0], ['0'], [undefined], [null], [{ port: 0 }], [{ port: '0' }], [{ port: 0, host: '127.0.0.1' }], [0, '127.0.0.1'], [0, '127.0.0.1', 5], [0, 5], [0, null], [0, ''],
      [{ port: 0, host: '::1' }], [{ port: 0, host: '::' }], [{ port: 0, host: '0.0.0.0' }], [{ port: 0, ipv6Only: true, host: '::' }], [{ port: 0, backlog: 3 }], [{ port: 0, exclusive: true }],
      [{ port: 0, host: 'localhost' }], [{ port: undefined }], [{ port: null }], [{ port: 0, host: '127.0.0.3' }], [{ port: 0, backlog: 'x' }], [0, 'localhost', 10]]) {
      const server = log.follow(net.createServer(), 'server', ['error', 'listening', 'close'])
      log.attempt(`listen ${JSON.stringify(args)}`, () => server.listen(...args, () => { log.say('callback', server.listening) }) === server)
      log.say('at once', server.listening)
      await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => undefined)
      const { address, family } = server.address() ?? {}
      log.say('address', args.some(each => each === 'localhost' || each?.host === 'localhost') ? typeof address : address, family === 'IPv4' || family === 'IPv6')
      if (server.listening) await closed(server)
    }
  },

  async wrong(log) {
    for (const args of [[-1], [65536], [1.5], [NaN], [Infinity], ['x'], [' '], ['-1'], [{ port: -1 }], [{ port: 'x' }], [{ port: {} }], [{ port: [] }], [{ port: true }], [{ path: {} }], [{ path: 0 }],
      [{}], [true], [false], [[]], [{ fd: 'x' }], [{ fd: -1 }], [{ host: '::' }], [{ port: 0, host: 5 }], [{ port: 0, host: 'x y' }], [{ port: 0, signal: {} }],
      [{ port: 0, signal: 'x' }], [Symbol('x')], ['0x10000']]) {
      const server = net.createServer()
      server.on('error', error => { log.say('error', error.code, error.syscall) })
      log.attempt(`listen ${typeof args[0] === 'symbol' ? 'symbol' : JSON.stringify(args)}`, () => server.listen(...args) === server)
      await after(20)
      log.say('listening', server.listening)
      if (server.listening) await closed(server)
    }
    for (const args of [[5], ['x'], [null], [undefined], [() => undefined], [{}, 5], [{}, null], [{ allowHalfOpen: 1 }], [{ pauseOnConnect: 1 }], [{ noDelay: 'x' }], [{ keepAlive: 'x' }],
      [{ keepAliveInitialDelay: -5 }], [{ highWaterMark: -1 }], [{ highWaterMark: NaN }], [{ blockList: {} }]]) {
      log.attempt(`Server ${JSON.stringify(args)} ${typeof args[0]}`, () => {
        const server = new net.Server(...args)
        return [server.allowHalfOpen, server.pauseOnConnect, server.noDelay, server.keepAlive, server.keepAliveInitialDelay, server.listenerCount('connection')]
      })
    }
  },

  async twice(log) {
    const server = log.follow(net.createServer(), 'server')
    server.listen(0)
    log.attempt('listen again', () => server.listen(0))
    await once(server, 'listening')
    log.attempt('listen again', () => server.listen(0))
    log.attempt('listen path', () => server.listen('/tmp/nowhere.sock'))
    log.say(server.close(error => { log.say('first close', error) }) === server)
    server.close(error => { log.say('second close', error) })
    await once(server, 'close')
    server.close(error => { log.say('third close', error) })
    await after(10)
    log.attempt('close without callback', () => server.close() === server)
    log.say(await listen(server, 0) > 0)
    await closed(server)
    const early = log.follow(net.createServer(), 'early')
    early.listen(0, () => { log.say('never') })
    early.close(error => { log.say('early closed', error) })
    await after(20)
    const named = log.follow(net.createServer(), 'named')
    named.listen(0, 'localhost')
    named.close(error => { log.say('named closed', error) })
    await after(30)
    log.say('named', named.listening)
    if (named.listening) named.close()
  },

  async clashes(log) {
    const first = net.createServer()
    const port = await listen(first, 0, '127.0.0.1')
    for (const args of [[port, '127.0.0.1'], [{ port, host: '127.0.0.1', exclusive: true }], [{ port, host: '0.0.0.0' }], [{ port, host: '::' }], [{ port, host: '::', ipv6Only: true }], [{ port, host: '127.0.0.2' }]]) {
      const second = log.follow(net.createServer(), 'second', ['error', 'listening', 'close'])
      second.listen(...args)
      await Promise.race([once(second, 'listening'), once(second, 'error')]).catch(() => undefined)
      log.say('second', second.listening)
      if (second.listening) await closed(second)
      else log.say(await listen(second, 0) > 0, await closed(second))
    }
    await closed(first)
    const low = log.follow(net.createServer(), 'far')
    low.listen(0, '192.0.2.77')
    await once(low, 'error')
    const six = log.follow(net.createServer(), 'six')
    six.listen(0, '2001:db8::77')
    await once(six, 'error')
  },

  async limits(log) {
    const server = log.follow(net.createServer(socket => { log.follow(socket, 'accepted', ['close']); socket.resume() }), 'server', ['drop', 'close'])
    server.maxConnections = 2
    const port = await listen(server, 0, '127.0.0.1')
    const clients = []
    for (let i = 0; i < 4; i++) {
      const client = log.follow(net.connect(port, '127.0.0.1'), `client${i}`, ['end', 'error', 'close'])
      client.resume()
      clients.push(client)
      await once(client, 'connect')
      await after(10)
    }
    const count = await new Promise(resolve => { server.getConnections((error, number) => { resolve(number) }) })
    log.say('count', count, server.connections)
    clients[0].end()
    await once(clients[0], 'close')
    await after(10)
    const more = log.follow(net.connect(port, '127.0.0.1'), 'more', ['connect', 'end', 'close'])
    await once(more, 'connect')
    await after(10)
    log.say('more', more.destroyed)
    server.maxConnections = 0
    for (const each of [...clients, more]) each.destroy()
    log.say(server.getConnections(() => undefined) === server)
    await closed(server)
    server.getConnections((error, number) => { log.say('after close', error, number) })
    log.attempt('no callback', () => server.getConnections() === server)
    await after(10)
  },

  async options(log) {
    const server = log.follow(net.createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000, allowHalfOpen: true, highWaterMark: 1234 }), 'server', ['connection', 'close'])
    log.say(server.pauseOnConnect, server.noDelay, server.keepAlive, server.keepAliveInitialDelay, server.allowHalfOpen, server.highWaterMark, server.maxConnections, server.dropMaxConnection)
    const port = await listen(server, 0, '127.0.0.1')
    const client = net.connect({ port, host: '127.0.0.1', noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 })
    client.write('early')
    const socket = await once(server, 'connection')
    log.say('server socket', socket.isPaused(), socket.allowHalfOpen, socket.readableHighWaterMark, socket.writableHighWaterMark, socket.readableFlowing)
    await after(20)
    log.say('server read', socket.bytesRead)
    socket.resume()
    log.say('server data', await once(socket, 'data'))
    client.end()
    await once(socket, 'end')
    socket.end()
    await once(client.resume(), 'close')
    await closed(server)
  },

  async signals(log) {
    const stop = new AbortController()
    const server = log.follow(net.createServer(), 'server')
    log.say(server.listen({ port: 0, host: '127.0.0.1', signal: stop.signal }) === server)
    stop.abort()
    await Promise.race([once(server, 'close'), after(30)])
    log.say(server.listening)
    const aborted = log.follow(net.createServer(), 'aborted')
    aborted.listen({ port: 0, host: '127.0.0.1', signal: AbortSignal.abort() })
    await Promise.race([once(aborted, 'close'), after(30)])
    log.say(aborted.listening)
  },

  async references(log) {
    const server = net.createServer()
    log.say(server.ref() === server, server.unref() === server)
    await listen(server, 0, '127.0.0.1')
    log.say(server.unref() === server, server.ref() === server, server._handle.hasRef())
    server.unref()
    log.say(server._handle.hasRef())
    const client = net.connect(server.address().port, '127.0.0.1')
    await once(client, 'connect')
    log.say(client._handle.hasRef(), client.unref()._handle.hasRef())
    client.destroy()
    await closed(server)
  },

  async rejections(log) {
    const events = require('events')
    const server = net.createServer({ captureRejections: true })
    events.captureRejections = true
    const capturing = log.follow(net.createServer(async socket => { log.follow(socket, 'accepted', ['error', 'close']); throw new Error('from listener') }), 'capturing', ['error'])
    events.captureRejections = false
    const port = await listen(capturing, 0, '127.0.0.1')
    const client = net.connect(port, '127.0.0.1')
    client.on('error', error => { log.say('client', error.code) })
    await Promise.race([once(client.resume(), 'close'), after(50)])
    client.destroy()
    await closed(capturing)
    log.say(server.listening)
  },

  async paths(log) {
    const folder = require('fs').mkdtempSync(`${require('os').tmpdir()}/parity-`)
    const path = `${folder}/a.sock`
    const tell = error => { log.say({ code: error.code, errno: error.errno, syscall: error.syscall, port: error.port, isPath: error.address === path }, error.message.replaceAll(folder, 'DIR')) }
    const server = net.createServer({ allowHalfOpen: true }, socket => {
      log.say('server', socket.remoteAddress, socket.remotePort, socket.remoteFamily, socket.localAddress, socket.address())
      socket.on('data', chunk => { socket.write(chunk) }).on('end', () => { socket.end() })
    })
    log.say(await listen(server, { path, exclusive: true }) === path, server.listening)
    const client = log.follow(net.connect({ path }), 'client')
    client.write('through a path')
    await once(client, 'data')
    log.say(client.remoteAddress, client.address(), client.bytesRead, client.bytesWritten, client.setNoDelay() === client, client.setKeepAlive(true) === client)
    client.end()
    await once(client, 'close')
    const clash = net.createServer().on('error', tell).listen(path)
    await once(clash, 'error')
    server.close()
    await once(server, 'close')
    const missing = net.connect(path).on('error', tell)
    await once(missing, 'close')
    for (const long of [107, 108, 200]) {
      const name = `${folder}/${'x'.repeat(long - folder.length - 1)}`
      const far = net.createServer().on('error', error => { log.say('long', long, error.code, error.syscall) })
      far.listen(name, () => { log.say('long', long, 'listens', far.address() === name, far.address().length); far.close() })
      await after(10)
      const near = net.connect(name).on('error', error => { log.say('long connect', long, error.code, error.syscall) })
      await once(near, 'close')
    }
    const relative = net.createServer()
    const before = process.cwd()
    process.chdir(folder)
    log.say(await listen(relative, 'relative.sock'))
    const there = net.connect('relative.sock')
    await once(there, 'connect')
    there.destroy()
    await closed(relative)
    process.chdir(before)
    log.say(require('fs').readdirSync(folder))
    require('fs').rmSync(folder, { recursive: true })
  },

  async blockLists(log) {
    const list = new net.BlockList()
    for (const [name, ...args] of [['addAddress', '10.0.0.1'], ['addAddress', '::1', 'ipv6'], ['addAddress', 'x'], ['addAddress', '::1'], ['addAddress', 5], ['addRange', '10.1.0.1', '10.1.0.9'],
      ['addRange', '10.1.0.9', '10.1.0.1'], ['addRange', 'x', 'y'], ['addSubnet', '10.2.0.0', 16], ['addSubnet', '10.2.0.0', 33], ['addSubnet', '10.2.0.0', -1], ['addSubnet', '10.2.0.0', 'x'],
      ['addSubnet', 'fd00::', 8, 'ipv6'], ['addSubnet', 'fd00::', 129, 'ipv6'], ['addAddress', '1.1.1.1', 'ipv5'], ['check', '10.0.0.1'], ['check', '10.1.0.5'], ['check', '10.2.255.1'], ['check', '10.3.0.0'],
      ['check', '::1', 'ipv6'], ['check', 'fd12::', 'ipv6'], ['check', '::ffff:10.0.0.1', 'ipv6'], ['check', 'x'], ['check', 5], ['check', '10.0.0.1', 5]]) {
      log.attempt(`${name} ${JSON.stringify(args)}`, () => list[name](...args))
    }
    log.say(list.rules, net.BlockList.isBlockList?.(list))
    const address = new net.SocketAddress({ address: '10.0.0.1' })
    log.say(list.check(address), address.port, address.family, address.flowlabel)
    for (const options of [undefined, {}, 5, { address: 'x' }, { family: 'x' }, { port: -1 }, { port: 65536 }, { flowlabel: -1, family: 'ipv6' }, { family: 'ipv6' }, { address: '::1' }, { address: '::1', family: 'ipv6', port: 80 }]) {
      log.attempt(`SocketAddress ${JSON.stringify(options)}`, () => { const made = new net.SocketAddress(options); return [made.address, made.port, made.family, made.flowlabel] })
    }
    log.say(typeof net.SocketAddress.parse, typeof net.BlockList.prototype.toJSON)
    for (const text of ['', '1.2.3.4', '1.2.3.256', '01.2.3.4', '::', '::1', '::ffff:1.2.3.4', 'fe80::1%eth0', 'x', ' 1.2.3.4', 5, null, undefined, {}, '1::2::3']) log.say(String(text), net.isIP(text), net.isIPv4(text), net.isIPv6(text))
  },

  async descriptors(log) {
    for (const fd of [-1, 1.5, 'x', 2 ** 31, null]) log.attempt(`Socket fd ${fd}`, () => { const socket = new net.Socket({ fd }); return socket.readable })
    const server = log.follow(net.createServer(), 'server')
    server.listen({ fd: 99999 })
    await Promise.race([once(server, 'error').catch(() => undefined), after(50)])
    log.say(server.listening)
    const handle = log.follow(net.createServer(), 'handle')
    const other = net.createServer()
    const port = await listen(other, 0, '127.0.0.1')
    handle.listen({ _handle: other._handle })
    await once(handle, 'listening')
    log.say(handle.address().port === port)
    await closed(handle)
  },

  async shared(log) {
    const first = net.createServer()
    const port = await listen(first, 0, '127.0.0.1')
    const second = log.follow(net.createServer(socket => { socket.end('second') }), 'second', ['listening', 'connection', 'close', 'error'])
    second.listen(first)
    await once(second, 'listening')
    const client = net.connect(port, '127.0.0.1')
    log.say('client', await once(client, 'data'))
    client.destroy()
    second.close()
    await after(20)
    log.say(second.listening)
  },

  async disposal(log) {
    const server = log.follow(net.createServer(), 'server')
    await listen(server, 0)
    await server[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]?.()
    log.say(server.listening)
    await server[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]?.()
  },
})
