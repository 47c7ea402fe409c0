'use strict'
const net = require('net')
const { Duplex, PassThrough, pipeline, finished, addAbortSignal } = require('stream')
const { main, once, after, until } = require('./harness.cjs')

const listen = (server, ...args) => new Promise(resolve => { server.listen(...args, () => { resolve(server.address().port ?? server.address()) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })
const states = socket => [socket.readyState, socket.connecting, socket.pending, socket.destroyed, socket.readable, socket.writable, socket.closed]

async function serve(onSocket, options = {}) {
  const server = net.createServer(options, onSocket)
  return { server, port: await listen(server, 0, '127.0.0.1') }
}

main({
  async readyStates(log) {
    const { server, port } = await serve(socket => { socket.on('data', () => { socket.end('x') }) }, { allowHalfOpen: true })
    const client = new net.Socket({ allowHalfOpen: true })
    log.say('client new', states(client))
    client.connect(port, '127.0.0.1')
    log.say('client connecting', states(client), client.localAddress, client.remoteAddress, client.address())
    await once(client, 'connect')
    log.say('client open', states(client), client.remotePort === port, client.remoteFamily)
    client.end('a')
    log.say('client ended', states(client))
    await once(client, 'finish')
    log.say('client finished', states(client))
    client.resume()
    await once(client, 'end')
    log.say('client end', states(client))
    await once(client, 'close')
    log.say('client closed', states(client), client.remoteAddress, client.localPort, client.bytesRead, client.bytesWritten)
    await closed(server)
    const readOnly = net.connect({ port: 1, host: '127.0.0.1' })
    readOnly.on('error', () => undefined)
    readOnly.destroy()
    log.say('destroyed', states(readOnly))
    await once(readOnly, 'close')
    log.say('destroyed closed', states(readOnly))
  },

  async counts(log) {
    const { server, port } = await serve(socket => {
      socket.on('data', chunk => { socket.write(chunk) })
      socket.on('end', () => { log.say('server counts', socket.bytesRead, socket.bytesWritten) })
    })
    const client = net.connect(port, '127.0.0.1')
    log.say('client early', client.write('über'), client.bytesWritten, client.writableLength, client.bufferSize)
    client.write(Buffer.alloc(10))
    client.write('abc', 'latin1')
    log.say('client more', client.bytesWritten, client.bufferSize, client.writableLength)
    await once(client, 'connect')
    log.say('client connected', client.bytesWritten, client.bytesRead)
    let read = 0
    client.on('data', chunk => { read += chunk.length; if (read === 18) client.end('last') })
    await once(client, 'close')
    log.say('client closed', client.bytesWritten, client.bytesRead, client.bufferSize)
    await closed(server)
  },

  async chaining(log) {
    const { server, port } = await serve(socket => { socket.resume() })
    const client = new net.Socket()
    for (const [name, ...args] of [['setNoDelay'], ['setNoDelay', false], ['setNoDelay', 1], ['setKeepAlive'], ['setKeepAlive', true, 50], ['setKeepAlive', false], ['setKeepAlive', true, 'x'],
      ['ref'], ['unref'], ['ref'], ['setTimeout', 0], ['pause'], ['resume'], ['setEncoding', 'utf8'], ['address'], ['cork'], ['uncork'], ['setDefaultEncoding', 'hex']]) {
      log.attempt(`fresh ${name}`, () => { const answer = client[name](...args); return answer === client ? 'itself' : answer })
    }
    client.connect(port, '127.0.0.1')
    for (const [name, ...args] of [['setNoDelay'], ['setKeepAlive', true, 1000], ['ref'], ['unref'], ['ref'], ['setTimeout', 5000]]) {
      log.attempt(`connecting ${name}`, () => { const answer = client[name](...args); return answer === client ? 'itself' : answer })
    }
    await once(client, 'connect')
    for (const [name, ...args] of [['setNoDelay', true], ['setNoDelay', true], ['setKeepAlive', true, 1000], ['setKeepAlive', true, 2000], ['setKeepAlive', false], ['ref'], ['unref'], ['ref'], ['setTimeout', 100],
      ['setTimeout', 0]]) {
      log.attempt(`open ${name}`, () => { const answer = client[name](...args); return answer === client ? 'itself' : answer })
    }
    log.say(client.destroy() === client, client.destroySoon(), client.resetAndDestroy() === client)
    for (const [name, ...args] of [['setNoDelay', true], ['setKeepAlive', true, 1000], ['ref'], ['unref'], ['setTimeout', 100], ['pause'], ['resume'], ['address']]) {
      log.attempt(`destroyed ${name}`, () => { const answer = client[name](...args); return answer === client ? 'itself' : answer })
    }
    await once(client, 'close')
    await closed(server)
  },

  async onreadStatic(log) {
    const { server, port } = await serve(socket => { socket.write('hello'); socket.write(Buffer.alloc(3000, 'x')); socket.end() })
    let total = 0
    const buffer = Buffer.alloc(1000)
    const client = log.follow(net.connect({ port, host: '127.0.0.1', onread: { buffer, callback(count, given) {
      total += count
      log.say('onread same', given === buffer, count <= 1000, this === client)
      if (total === 5) log.say('onread text', given.subarray(0, count))
      return true
    } } }), 'client')
    await once(client, 'close')
    log.say('total', total, client.bytesRead)
    await closed(server)
  },

  async onreadFunction(log) {
    const { server, port } = await serve(socket => { socket.end(Buffer.alloc(2500, 'y')) })
    const sizes = []
    let made = 0
    const client = net.connect({ port, host: '127.0.0.1', onread: { buffer: () => { made++; return Buffer.alloc(1000) }, callback(count, given) {
      sizes.push([count, given.length])
      return sizes.length !== 2
    } } })
    client.on('end', () => { log.say('end') })
    await until(() => sizes.length === 2)
    await after(20)
    log.say('paused', sizes.length, client.readableFlowing)
    client.resume()
    await once(client, 'close')
    log.say('sizes', sizes, made > 2)
    log.attempt('bad onread', () => new net.Socket({ onread: 1 }))
    log.attempt('bad onread', () => { const socket = new net.Socket({ onread: { buffer: 1, callback() {} } }); return socket.readable })
    await closed(server)
  },

  async pausing(log) {
    let upTo
    // A piece at a time, as far as the client has asked: what arrived together is no matter of timing.
    const { server, port } = await serve(socket => {
      let sent = 0
      upTo = count => { for (; sent < count; sent++) socket.write(String(sent)); if (sent === 5) socket.end() }
      server.emit('ready to send')
      // Of the last client, who breaks off: when it is found out is a matter of timing.
      socket.on('error', () => {})
    })
    const dial = async follow => {
      const accepted = once(server, 'ready to send')
      const client = follow(net.connect(port, '127.0.0.1'))
      await Promise.all([accepted, once(client, 'connect')])
      return client
    }
    let text = ''
    const client = await dial(socket => {
      log.follow(socket, 'client', ['connect', 'end', 'close', 'pause', 'resume', 'error'])
      socket.on('data', chunk => { text += chunk })
      socket.pause()
      log.say('flow', socket.isPaused(), socket.readableFlowing)
      return socket
    })
    for (let count = 1; count <= 3; count++) {
      upTo(count)
      await until(() => client.readableLength === count)
    }
    log.say('read nothing', text, client.readableLength, client.bytesRead)
    client.resume()
    await until(() => text.length === 3)
    log.say('read some', text, client.readableLength)
    upTo(5)
    await once(client, 'close')
    log.say('read all', text)
    let got = ''
    const manual = await dial(socket => socket
      .on('readable', () => { for (let chunk = socket.read(1); chunk !== null; chunk = socket.read(1)) got += chunk })
      .on('end', () => { log.say('manual end', got) }))
    for (let count = 1; count <= 5; count++) {
      upTo(count)
      await until(() => got.length === count)
    }
    await once(manual, 'close')
    const iterated = await dial(socket => socket)
    upTo(1)
    let parts = ''
    for await (const chunk of iterated) {
      parts += chunk
      log.say('iterated', chunk)
      upTo(parts.length + 1)
    }
    log.say('iterated all', parts, iterated.destroyed)
    const broken = await dial(socket => socket)
    upTo(1)
    for await (const chunk of broken) { log.say('first', chunk); break }
    upTo(5)
    log.say('broken off', broken.destroyed)
    await closed(server)
  },

  async streams(log) {
    const { server, port } = await serve(socket => { pipeline(socket, socket, error => { log.say('server echo', error) }) }, { allowHalfOpen: true })
    const source = new PassThrough()
    const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const sink = new PassThrough()
    pipeline(source, client, sink, error => { log.say('pipeline', error) })
    source.end('through and through')
    let text = ''
    for await (const chunk of sink) text += chunk
    log.say(text)
    const failed = net.connect({ port, host: '127.0.0.1' })
    failed.on('error', () => undefined)
    finished(failed, error => { log.say('finished', error) })
    failed.destroy(new Error('mine'))
    await once(failed, 'close')
    const abort = new AbortController()
    const aborted = log.follow(addAbortSignal(abort.signal, net.connect({ port, host: '127.0.0.1' })), 'aborted')
    await once(aborted, 'connect')
    abort.abort()
    await once(aborted, 'close')
    const { readable, writable } = Duplex.toWeb(net.connect({ port, host: '127.0.0.1' }))
    const writer = writable.getWriter()
    await writer.write(Buffer.from('web'))
    const reader = readable.getReader()
    log.say('web', Buffer.from((await reader.read()).value).toString())
    await writer.close()
    log.say('web done', (await reader.read()).done)
    await closed(server)
  },

  async halfOpens(log) {
    for (const ours of [false, true]) {
      for (const theirs of [false, true]) {
        const { server, port } = await serve(socket => {
          log.follow(socket, `server${ours}${theirs}`)
          if (theirs) socket.on('end', () => { socket.end() })
          socket.write('greeting')
        }, { allowHalfOpen: theirs })
        const client = log.follow(net.connect({ port, host: '127.0.0.1', allowHalfOpen: ours }), `client${ours}${theirs}`)
        await once(client, 'data')
        client.end()
        await once(client, 'close')
        await closed(server)
      }
    }
  },

  async serverEndsFirst(log) {
    const { server, port } = await serve(socket => { log.follow(socket, 'server'); socket.end('bye') })
    const client = log.follow(net.connect({ port, host: '127.0.0.1' }), 'client', ['connect', 'ready', 'end', 'finish', 'close', 'error'])
    await once(client, 'connect')
    await until(() => client.readableLength === 3)
    await after(20)
    log.say('unread', states(client), client.readableLength)
    client.resume()
    await once(client, 'close')
    const lazy = log.follow(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), 'lazy')
    lazy.resume()
    await once(lazy, 'end')
    log.say('lazy', states(lazy))
    lazy.write('more', error => { log.say('lazy wrote', error) })
    await after(20)
    lazy.write('again', error => { log.say('lazy wrote again', error?.code) })
    await Promise.race([once(lazy, 'close'), after(50)])
    log.say('lazy at last', lazy.destroyed)
    lazy.destroy()
    await closed(server)
  },

  async destroyed(log) {
    const { server, port } = await serve(socket => { log.follow(socket, 'server', ['end', 'error', 'close']).resume() })
    const twice = log.follow(net.connect(port, '127.0.0.1'), 'twice')
    await once(twice, 'connect')
    twice.destroy(new Error('first'))
    twice.destroy(new Error('second'))
    await once(twice, 'close')
    log.say('twice', states(twice), twice.errored)
    twice.end('late', error => { log.say('twice late end', error) })
    log.say('twice write', twice.write('late', error => { log.say('twice late write', error) }))
    await after(10)
    const soon = log.follow(net.connect(port, '127.0.0.1'), 'soon')
    soon.destroySoon()
    await once(soon, 'close')
    const large = log.follow(net.connect(port, '127.0.0.1'), 'large', ['connect', 'finish', 'close', 'error'])
    large.write(Buffer.alloc(300_000))
    large.destroySoon()
    await once(large, 'close')
    log.say('large', large.bytesWritten, large.bytesRead)
    const inConnect = log.follow(net.connect(port, '127.0.0.1', () => { inConnect.destroy() }), 'inConnect')
    await once(inConnect, 'close')
    const inLookup = log.follow(net.connect({ port, host: 'localhost', family: 4 }), 'inLookup')
    inLookup.on('lookup', () => { inLookup.destroy() })
    await once(inLookup, 'close')
    const end = log.follow(net.connect(port, '127.0.0.1'), 'end')
    end.end()
    log.say('end', states(end))
    await once(end, 'close')
    const callback = log.follow(net.connect(port, '127.0.0.1'), 'callback')
    callback.end('data', 'utf8', () => { log.say('callback called') })
    await once(callback, 'close')
    await closed(server)
  },

  async resets(log) {
    const { server, port } = await serve(socket => { log.follow(socket, 'server'); socket.resume() })
    const client = log.follow(net.connect(port, '127.0.0.1'), 'client')
    await once(client, 'connect')
    client.write('x')
    await after(10)
    log.say(client.resetAndDestroy() === client, states(client))
    client.resetAndDestroy()
    await once(client, 'close')
    await after(20)
    const closing = log.follow(net.connect(port, '127.0.0.1'), 'closing')
    await once(closing, 'connect')
    closing.destroy()
    closing.resetAndDestroy()
    await once(closing, 'close')
    await closed(server)
    const path = `${require('os').tmpdir()}/parity-reset-${process.pid}.sock`
    const pipes = net.createServer(socket => { socket.on('error', () => undefined) })
    await listen(pipes, path)
    const pipe = log.follow(net.connect(path), 'pipe')
    await once(pipe, 'connect')
    log.attempt('pipe reset', () => pipe.resetAndDestroy() === pipe)
    await after(20)
    pipe.destroy()
    await closed(pipes)
    const fresh = log.follow(new net.Socket(), 'fresh')
    fresh.resetAndDestroy()
    await once(fresh, 'close')
  },

  async idle(log) {
    const { server, port } = await serve(socket => { socket.on('data', () => socket.write('pong')) })
    await log.undisturbed(200, async () => {
      const client = log.follow(net.connect(port, '127.0.0.1'), 'client', ['timeout', 'close'])
      await once(client, 'connect')
      log.say(client.timeout)
      client.setTimeout(200)
      log.say(client.timeout)
      for (const since = performance.now(); performance.now() - since < 400;) {
        await after(1)
        client.write('ping')
      }
      log.say('kept awake')
      await once(client, 'timeout')
      log.say('still open', states(client))
      const listener = () => { log.say('never') }
      client.setTimeout(10, listener)
      client.setTimeout(0, listener)
      log.say(client.listenerCount('timeout'))
      client.setTimeout(10)
      client.unref()
      await once(client, 'timeout')
      client.destroy()
      await once(client, 'close')
    })
    const client = new net.Socket()
    for (const bad of [NaN, -1, Infinity, 'x', null, undefined, {}]) log.attempt(`setTimeout ${bad}`, () => client.setTimeout(bad) === client)
    log.attempt('callback', () => client.setTimeout(10, null))
    log.attempt('too long', () => new net.Socket().setTimeout(2 ** 31) instanceof net.Socket)
    await closed(server)
  },

  async marks(log) {
    const { server, port } = await serve(socket => { log.say('server marks', socket.readableHighWaterMark === socket.writableHighWaterMark); socket.resume().end() })
    for (const options of [{}, { highWaterMark: 100 }, { readableHighWaterMark: 7, writableHighWaterMark: 8 }, { writableHighWaterMark: 3 }]) {
      const client = net.connect({ port, host: '127.0.0.1', ...options })
      log.say('marks', options, client.readableHighWaterMark, client.writableHighWaterMark, client.write('abcdef'), client.writableNeedDrain)
      client.on('error', () => undefined)
      client.resume()
      await once(client, 'close')
    }
    const drained = net.connect({ port, host: '127.0.0.1', writableHighWaterMark: 10 })
    drained.on('error', () => undefined)
    log.say('drain', drained.write('0123456789'), drained.writableNeedDrain)
    drained.once('drain', () => { log.say('drained', drained.writableNeedDrain, drained.writableLength) })
    drained.resume()
    await once(drained, 'close')
    await closed(server)
    log.attempt('bad mark', () => new net.Socket({ highWaterMark: -1 }))
    log.attempt('bad mark', () => new net.Socket({ writableHighWaterMark: 'x' }))
  },

  async locals(log) {
    const { server, port } = await serve(socket => { log.say('server', socket.remoteAddress, socket.localAddress); socket.end() })
    for (const localAddress of ['127.0.0.5', '::1', '300.0.0.1', '', 5, null, undefined]) {
      log.attempt(`localAddress ${localAddress}`, () => {
        const client = log.follow(net.connect({ port, host: '127.0.0.1', localAddress }), `from${localAddress}`, ['connect', 'error', 'close'])
        client.resume()
      })
      await after(30)
    }
    for (const localPort of [-1, 65536, 'x', 1.5, null, '', true]) {
      log.attempt(`localPort ${localPort}`, () => { net.connect({ port, host: '127.0.0.1', localPort }).on('error', error => { log.say('error', error) }).resume() })
      await after(20)
    }
    const probe = net.createServer()
    const free = await listen(probe, 0, '127.0.0.1')
    await closed(probe)
    const bound = net.connect({ port, host: '127.0.0.1', localPort: free, localAddress: '127.0.0.1' })
    bound.resume()
    await once(bound, 'connect')
    log.say('bound', bound.localPort === free, bound.address().port === free)
    await once(bound, 'close')
    await closed(server)
  },

  async lookups(log) {
    const { server, port } = await serve(socket => { socket.end() })
    const tell = answer => (host, options, callback) => { log.say('asked', host, options); process.nextTick(() => { answer(callback, options) }) }
    const cases = {
      one: { lookup: tell(callback => { callback(null, '127.0.0.1', 4) }), autoSelectFamily: false },
      list: { lookup: tell((callback, { all }) => { if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]); else callback(null, '127.0.0.1', 4) }) },
      emptyOne: { lookup: tell(callback => { callback(null, undefined, 4) }), autoSelectFamily: false },
      failed: { lookup: tell(callback => { callback(Object.assign(new Error('getaddrinfo ESOME'), { code: 'ESOME', hostname: 'x' })) }) },
      wrongFamily: { lookup: tell(callback => { callback(null, '127.0.0.1', 5) }), autoSelectFamily: false },
      wrongAddress: { lookup: tell(callback => { callback(null, 'x', 4) }), autoSelectFamily: false },
      hinted: { lookup: tell((callback, { all }) => { callback(null, all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4) }), hints: require('dns').ADDRCONFIG, family: 4 },
      string: { lookup: tell((callback, { all }) => { callback(null, all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4) }), family: 'IPv4' },
    }
    for (const [name, options] of Object.entries(cases)) {
      const client = log.follow(net.connect({ port, host: 'some.example', ...options }), name)
      client.resume()
      await Promise.race([once(client, 'close'), after(200)])
    }
    await closed(server)
    for (const hints of [-1, 'x', 1, 2 ** 31]) log.attempt(`hints ${hints}`, () => { net.connect({ port: 1, host: 'x.invalid', hints, lookup: () => undefined }).destroy() })
    for (const lookup of [1, 'x', {}, true]) log.attempt(`lookup ${lookup}`, () => { net.connect({ port: 1, host: 'localhost', lookup }) })
  },

  async families(log) {
    const { server, port } = await serve(socket => { socket.end('4') })
    const six = net.createServer(socket => { socket.end('6') })
    await listen(six, port, '::1')
    const lookup = addresses => (host, options, callback) => { process.nextTick(callback, null, addresses.map(address => ({ address, family: net.isIP(address) }))) }
    for (const [name, addresses, options] of [['both', ['::1', '127.0.0.1']], ['dead4', ['127.0.0.9', '127.0.0.1']], ['alternate', ['127.0.0.1', '127.0.0.2', '::1']],
      ['only6', ['::1']], ['none', ['127.0.0.8', '127.0.0.9'], { port: 1 }], ['off', ['::1', '127.0.0.1'], { autoSelectFamily: false, lookup: (h, o, c) => { c(null, '127.0.0.1', 4) } }],
      ['quick', ['::1', '127.0.0.1'], { autoSelectFamilyAttemptTimeout: 200 }], ['from4', ['::1', '127.0.0.1'], { localAddress: '127.0.0.4' }]]) {
      await log.undisturbed(200, async () => {
        const client = log.follow(net.connect({ port, host: 'x.example', autoSelectFamily: true, lookup: lookup(addresses), ...options }), name)
        await once(client, 'close')
        log.say(name, 'tried', client.autoSelectFamilyAttemptedAddresses)
      })
    }
    for (const [name, value] of [['getDefaultAutoSelectFamily'], ['getDefaultAutoSelectFamilyAttemptTimeout'], ['setDefaultAutoSelectFamily', false], ['setDefaultAutoSelectFamily', 1],
      ['setDefaultAutoSelectFamilyAttemptTimeout', 5], ['setDefaultAutoSelectFamilyAttemptTimeout', -5], ['setDefaultAutoSelectFamilyAttemptTimeout', 'x'], ['setDefaultAutoSelectFamilyAttemptTimeout', 300],
      ['getDefaultAutoSelectFamily'], ['getDefaultAutoSelectFamilyAttemptTimeout']]) log.attempt(name, () => net[name](value))
    const plain = log.follow(net.connect({ port, host: 'x.example', lookup: (h, o, c) => { log.say('all', o.all); c(null, '127.0.0.1', 4) } }), 'plain')
    await once(plain, 'close')
    net.setDefaultAutoSelectFamily(true)
    await closed(six)
    await closed(server)
  },

  async aborts(log) {
    const { server, port } = await serve(socket => { socket.on('error', () => undefined) })
    const reason = new Error('reason')
    for (const [name, signal] of [['already', AbortSignal.abort()], ['why', AbortSignal.abort(reason)]]) {
      const client = log.follow(net.connect({ port, host: '127.0.0.1', signal }), name)
      await once(client, 'close')
      await after(30)
      log.say(name, states(client))
      client.destroy()
    }
    const made = log.follow(new net.Socket({ signal: AbortSignal.abort() }), 'made')
    await once(made, 'close')
    const stop = new AbortController()
    const early = log.follow(net.connect({ port, host: '127.0.0.1', signal: stop.signal }), 'early')
    stop.abort()
    await once(early, 'close')
    for (const signal of [1, 'x', {}]) log.attempt('signal', () => net.connect({ port, signal }))
    await closed(server)
  },

  async arguments(log) {
    const { server, port } = await serve(socket => { socket.end() })
    for (const args of [[String(port), '127.0.0.1'], [port, '127.0.0.1', () => { log.say('callback') }], [{ port: String(port), host: '127.0.0.1' }], [{ port, host: '127.0.0.1' }, () => { log.say('callback') }]]) {
      const client = log.follow(net.createConnection(...args), 'client')
      await once(client, 'close')
    }
    for (const args of [[], [{}], [undefined], [null], [''], [' '], ['0x'], [NaN], [Infinity], [1.5], ['1.5'], [-0], [true], [[]], [() => undefined], [{ port: 1, host: {} }], [{ port: [] }],
      [{ port: true }], [{ path: {} }], [{ path: '' }], [{ path: 5 }], [{ port: 65536 }], [Symbol('x')], [{ port: 1, host: '' , localAddress: 'x' }], [{ host: 'x' }],
      [{ port: 80, host: '127.0.0.1', noDelay: 'x', keepAliveInitialDelay: 'x' }], [{ port: 80, host: '127.0.0.1', keepAlive: true, keepAliveInitialDelay: 1 }]]) {
      log.attempt(`connect ${JSON.stringify(args)} ${typeof args[0]}`, () => {
        const socket = net.connect(...args)
        socket.on('error', error => { log.say('error', error.code) })
        socket.destroy()
        return socket instanceof net.Socket
      })
    }
    for (const value of [undefined, null, 5, {}, [], true, () => undefined]) log.attempt(`write ${typeof value}`, () => new net.Socket().on('error', error => { log.say('error', error) }).write(value))
    log.attempt('end', () => new net.Socket().on('error', error => { log.say('error', error) }).end(5))
    for (const options of ['x', null, undefined, { fd: 'x' }, { allowHalfOpen: 'x' }, { readable: false, writable: false }]) {
      log.attempt(`Socket ${JSON.stringify(options)}`, () => { const socket = new net.Socket(options); return [socket.readable, socket.writable, socket.allowHalfOpen] })
    }
    await closed(server)
  },

  async reuse(log) {
    const { server, port } = await serve(socket => { socket.on('data', chunk => { socket.end(chunk) }) })
    const client = log.follow(new net.Socket(), 'client')
    client.write('before any connect')
    await after(10)
    log.say('alive', states(client))
    const again = log.follow(new net.Socket(), 'again')
    for (let i = 0; i < 3; i++) {
      again.connect({ port, host: '127.0.0.1' })
      again.write(`round ${i}`)
      await once(again, 'close')
      log.say('round', again.bytesRead, again.bytesWritten, states(again))
    }
    const busy = log.follow(new net.Socket(), 'busy')
    busy.connect(port, '127.0.0.1')
    log.attempt('connect twice', () => busy.connect(port, '127.0.0.1') === busy)
    await Promise.race([once(busy, 'connect'), once(busy, 'error')])
    busy.destroy()
    await after(20)
    await closed(server)
  },

  async corks(log) {
    const { server, port } = await serve(socket => { socket.on('data', chunk => { log.say('server data', chunk) }) })
    const client = net.connect(port, '127.0.0.1')
    await once(client, 'connect')
    client.cork()
    client.write('a')
    client.write('b', 'latin1')
    client.write(Buffer.from('c'))
    log.say('corked', client.writableCorked, client.writableLength, client.bytesWritten)
    process.nextTick(() => { client.uncork() })
    await after(20)
    log.say('uncorked', client.writableCorked, client.writableLength, client.bytesWritten)
    client.write('d', () => { log.say('d'); client.write('e', () => { log.say('e'); client.end() }) })
    await once(client, 'close')
    await closed(server)
  },

  async writing(log) {
    const parts = []
    const { server, port } = await serve(socket => { socket.on('data', chunk => { parts.push(chunk) }) })
    const client = net.connect(port, '127.0.0.1')
    for (const chunk of ['text', Buffer.from('buffer'), new Uint8Array([97, 98]), Buffer.alloc(0), '']) client.write(chunk, error => { log.say('written', error) })
    for (const [text, encoding] of [['6869', 'hex'], ['aGk=', 'base64'], ['aGk', 'base64url'], ['é', 'latin1'], ['é', 'binary'], ['é', 'ascii'], ['é', 'utf8'], ['é', 'ucs2']]) client.write(text, encoding)
    log.attempt('encoding', () => client.write('x', 'nonsense'))
    client.end()
    await once(client, 'close')
    log.say(Buffer.concat(parts).toString('hex'))
    await closed(server)
  },

  async shapes(log) {
    const socket = new net.Socket()
    log.say(Object.keys(socket).sort())
    const { server, port } = await serve(accepted => { log.say('server shape', Object.keys(accepted).sort(), accepted.server === server, accepted._server === server); accepted.end() })
    const client = net.connect(port, '127.0.0.1')
    log.say(Object.keys(client).sort(), typeof client._handle, client._handle.constructor.name)
    client.resume()
    await once(client, 'close')
    log.say(client._handle, Object.keys(client).sort())
    log.say(Object.keys(server).sort())
    await closed(server)
  },
})
