'use strict'
const dgram = require('dgram')
const { main, once, after } = require('./harness.cjs')

const bound = (socket, ...args) => new Promise(resolve => { socket.bind(...args, () => { resolve(socket.address().port) }) })
const closed = socket => new Promise(resolve => { socket.close(resolve) })
const sent = (log, name, socket, ...args) => new Promise(resolve => {
  socket.send(...args, (error, bytes) => { log.say(`${name} sent`, error, bytes); resolve() })
})
const shown = socket => ({ ...socket.address(), port: socket.address().port > 0 })

main({
  async binds(log) {
    for (const [type, ...args] of [['udp4'], ['udp4', 0], ['udp4', '0'], ['udp4', null], ['udp4', undefined, '127.0.0.1'], ['udp4', 0, '127.0.0.2'], ['udp4', 0, ''], ['udp4', { port: 0, address: '127.0.0.1', exclusive: true }],
      ['udp4', { address: '127.0.0.1' }], ['udp6'], ['udp6', 0, '::1'], ['udp6', 0, '::'], ['udp6', { port: 0, address: '::1' }], ['udp4', 0, '::1'], ['udp6', 0, '127.0.0.1'], ['udp4', 0, 'localhost'],
      ['udp4', 0, '300.1.1.1.1'], ['udp4', 1.5], ['udp4', -5], ['udp4', 'x'], ['udp4', {}], ['udp4', { port: 'x' }], ['udp4', { port: 70000 }], ['udp4', { fd: 'x' }], ['udp4', { fd: 1.5 }], ['udp4', true], ['udp4', 0, 5]]) {
      const socket = log.follow(dgram.createSocket(type, () => undefined), 'socket', ['listening', 'error', 'close'])
      const answered = Promise.race([once(socket, 'listening'), once(socket, 'error'), after(500)])
      const isBinding = log.attempt(`bind ${type} ${JSON.stringify(args)}`, () => socket.bind(...args) === socket)
      if (isBinding === true) await answered
      await after(2)
      log.attempt('shown', () => shown(socket))
      log.attempt('close', () => socket.close() === socket)
      await after(2)
    }
    const socket = log.follow(dgram.createSocket('udp4'), 'callbacks')
    socket.bind(() => { log.say('callback only') })
    await once(socket, 'listening')
    await closed(socket)
    const options = log.follow(dgram.createSocket('udp4'), 'options')
    options.bind({ port: 0 }, () => { log.say('callback of options') })
    await once(options, 'listening')
    await closed(options)
  },

  async sends(log) {
    const server = log.follow(dgram.createSocket('udp4'), 'server', ['listening', 'message', 'close', 'error'])
    const port = await bound(server, 0, '127.0.0.1')
    server.on('message', (bytes, from) => { log.say('server from', from.address, from.family, from.size) })
    const client = log.follow(dgram.createSocket('udp4'), 'client')
    for (const [name, ...args] of [['text', 'a'], ['array', ['b', Buffer.from('c'), new Uint8Array([100])]], ['view', new DataView(new ArrayBuffer(2))], ['words', new Uint16Array([25185, 25699])],
      ['part', Buffer.from('abcdef'), 1, 3], ['part of text', 'abcdef', 1, 3], ['part zero', Buffer.from('abc'), 0, 0], ['whole', Buffer.from('abc'), 0, 3], ['part of words', new Uint16Array([25185, 25699]), 0, 2]]) {
      await sent(log, name, client, ...args, port, '127.0.0.1')
    }
    await sent(log, 'port as text', client, 'x', String(port), '127.0.0.1')
    await sent(log, 'empty address', client, 'y', port, '')
    await sent(log, 'null address', client, 'z', port, null)
    await sent(log, 'localhost', client, 'n', port, 'localhost')
    client.send('no callback', port, '127.0.0.1')
    log.say(client.send('answers', port))
    await after(30)
    const reused = Buffer.from('before')
    client.send(reused, port, '127.0.0.1')
    reused.fill('X')
    await after(20)
    for (const args of [[], ['x'], [null, port], [undefined, port], [5, port], [{}, port], [[], port], [[5], port], [['a', 5], port], [Buffer.from('abc'), 'x', 1, port], [Buffer.from('abc'), 0, 'x', port],
      [Buffer.from('abc'), 1, 5, port], [Buffer.from('abc'), 5, 1, port], [Buffer.from('abc'), -1, 1, port], ['x', 0], ['x', 65536], ['x', -1], ['x', 1.5], ['x', NaN], ['x', null], ['x', {}],
      ['x', port, 5], ['x', port, {}], ['x', port, true], ['x', port, '127.0.0.1', 'no function'], ['x', port, '127.0.0.1', {}]]) {
      log.attempt(`send ${JSON.stringify(args.map(each => each === port ? 'PORT' : each))}`, () => client.send(...args))
    }
    await after(30)
    await new Promise(resolve => {
      client.send('x', port, 'no-such-name.invalid', error => { log.say('lookup failed', error?.syscall, error?.hostname); resolve() })
    })
    await after(2)
    await closed(client)
    log.attempt('after close', () => client.send('x', port))
    await closed(server)
  },

  async connects(log) {
    const server = log.follow(dgram.createSocket('udp4'), 'server')
    const port = await bound(server, 0, '127.0.0.1')
    const client = log.follow(dgram.createSocket('udp4'), 'client')
    for (const args of [[], [0], [-1], [65536], ['x'], [null], [{}], [1.5], [true], [port, 5], [port, {}], [port, '127.0.0.1', 5]]) log.attempt(`connect ${JSON.stringify(args)}`, () => client.connect(...args))
    await after(30)
    const fresh = log.follow(dgram.createSocket('udp4'), 'fresh')
    for (const name of ['remoteAddress', 'disconnect', 'address']) log.attempt(name, () => fresh[name]())
    log.say(fresh.connect(port, () => { log.say('callback', fresh.remoteAddress(), shown(fresh)) }))
    log.attempt('twice', () => fresh.connect(port))
    log.attempt('while connecting', () => fresh.disconnect())
    log.attempt('while connecting', () => fresh.remoteAddress())
    log.attempt('while connecting', () => fresh.send('too early', error => { log.say('queued', error) }))
    await once(fresh, 'connect')
    await sent(log, 'connected', fresh, 'one')
    await sent(log, 'connected part', fresh, Buffer.from('abcdef'), 2, 2)
    await sent(log, 'connected list', fresh, ['a', 'b'])
    for (const args of [['x', port], ['x', port, '127.0.0.1'], ['x', 0, 1, port], ['x', 0, 1, port, '127.0.0.1']]) log.attempt(`connected send ${args.length}`, () => fresh.send(...args))
    log.say(fresh.disconnect())
    for (const name of ['remoteAddress', 'disconnect']) log.attempt(name, () => fresh[name]())
    await new Promise(resolve => { fresh.connect(port, 'localhost', resolve) })
    log.say(fresh.remoteAddress())
    fresh.disconnect()
    await sent(log, 'again loose', fresh, 'two', port)
    const missing = log.follow(dgram.createSocket('udp4'), 'missing', ['connect', 'close'])
    missing.on('error', error => { log.say('missing error', error.syscall, error.hostname) })
    missing.connect(port, 'no-such-name.invalid')
    await once(missing, 'error')
    await after(2)
    const told = log.follow(dgram.createSocket('udp4'), 'told', ['connect', 'error', 'close'])
    await new Promise(resolve => { told.connect(port, 'no-such-name.invalid', error => { log.say('told', error?.syscall); resolve() }) })
    await after(2)
    const stranger = dgram.createSocket('udp4')
    await bound(stranger, 0, '127.0.0.1')
    const deaf = log.follow(dgram.createSocket('udp4'), 'deaf')
    await bound(deaf, 0, '127.0.0.1')
    await new Promise(resolve => { deaf.connect(port, '127.0.0.1', resolve) })
    await sent(log, 'stranger', stranger, 'not heard', deaf.address().port, '127.0.0.1')
    await sent(log, 'friend', server, 'heard', deaf.address().port, '127.0.0.1')
    await after(20)
    for (const each of [client, fresh, missing, told, stranger, deaf, server]) each.close()
  },

  async refusals(log) {
    const probe = dgram.createSocket('udp4')
    const port = await bound(probe, 0, '127.0.0.1')
    await closed(probe)
    const client = log.follow(dgram.createSocket('udp4'), 'client')
    await new Promise(resolve => { client.connect(port, '127.0.0.1', resolve) })
    await sent(log, 'first', client, 'x')
    await after(20)
    await sent(log, 'second', client, 'y')
    await after(20)
    await closed(client)
    const far = log.follow(dgram.createSocket({ type: 'udp4' }), 'far')
    await sent(log, 'huge', far, Buffer.alloc(65507), port, '127.0.0.1')
    await sent(log, 'too huge', far, Buffer.alloc(65508), port, '127.0.0.1')
    await sent(log, 'list too huge', far, [Buffer.alloc(40000), Buffer.alloc(40000)], port, '127.0.0.1')
    await closed(far)
  },

  async creation(log) {
    for (const args of [[], ['udp4'], ['udp6'], ['udp5'], [null], [{}], [{ type: 'udp4' }], [{ type: 'udp4', reuseAddr: 1 }], [{ type: 'udp4' }, 5], ['udp4', 'x'], [{ type: 'udp4', lookup: null }], [{ type: 'udp4', lookup: 'x' }],
      [{ type: 'udp4', signal: null }], [{ type: 'udp4', signal: {} }], [{ type: 'udp4', recvBufferSize: 'x' }], [{ type: 'udp4', sendBufferSize: -1 }], [{ type: 'udp6', ipv6Only: true }], [['udp4']]]) {
      log.attempt(`create ${JSON.stringify(args)}`, () => { const socket = dgram.createSocket(...args); socket.close(); return [socket.type, socket.listenerCount('message')] })
      log.attempt(`new ${JSON.stringify(args)}`, () => { const socket = new dgram.Socket(...args); socket.close(); return [socket.type, socket instanceof dgram.Socket] })
    }
    log.say(typeof dgram._createSocketHandle)
  },

  async sharing(log) {
    for (const [name, one, two] of [['plain', {}, {}], ['first', { reuseAddr: true }, {}], ['second', {}, { reuseAddr: true }], ['both', { reuseAddr: true }, { reuseAddr: true }]]) {
      const first = dgram.createSocket({ type: 'udp4', ...one })
      const port = await bound(first, 0, '127.0.0.1')
      const second = log.follow(dgram.createSocket({ type: 'udp4', ...two }), name)
      second.bind(port, '127.0.0.1')
      await Promise.race([once(second, 'listening'), once(second, 'error').catch(() => undefined)])
      const wild = log.follow(dgram.createSocket({ type: 'udp4', ...two }), `${name}Wild`)
      wild.bind(port)
      await Promise.race([once(wild, 'listening'), once(wild, 'error').catch(() => undefined)])
      for (const each of [first, second, wild]) each.close()
      await after(5)
    }
    const six = dgram.createSocket('udp6')
    const port = await bound(six, 0)
    const four = log.follow(dgram.createSocket('udp4'), 'four')
    four.bind(port)
    await Promise.race([once(four, 'listening'), once(four, 'error').catch(() => undefined)])
    six.close()
    four.close()
  },

  async sixes(log) {
    const server = log.follow(dgram.createSocket('udp6'), 'server', ['listening', 'message', 'close', 'error'])
    const port = await bound(server, 0)
    server.on('message', (bytes, from) => { log.say('server from', from.address, from.family, from.size) })
    const client = log.follow(dgram.createSocket('udp6'), 'client')
    await sent(log, 'loopback', client, 'a', port, '::1')
    await sent(log, 'default', client, 'b', port)
    await sent(log, 'mapped', client, 'c', port, '::ffff:127.0.0.1')
    await new Promise(resolve => { client.connect(port, '::1', resolve) })
    log.say(client.remoteAddress(), shown(client))
    await after(20)
    for (const [name, ...args] of [['setTTL', 5], ['setMulticastTTL', 5], ['setMulticastLoopback', true], ['setBroadcast', true], ['setMulticastInterface', '::%1'], ['setMulticastInterface', '::%lo'], ['setMulticastInterface', '::'],
      ['setMulticastInterface', '127.0.0.1'], ['setMulticastInterface', 'x'], ['addMembership', 'ff02::114', '::%lo'], ['addMembership', 'ff02::114', '::%lo'], ['dropMembership', 'ff02::114', '::%lo'], ['dropMembership', 'ff02::114', '::%lo'],
      ['addMembership', '224.0.0.1'], ['addMembership', 'fe80::1'], ['addMembership', 'ff02::115', '127.0.0.1'], ['addMembership', 'ff02::116', 'x']]) {
      log.attempt(`six ${name} ${JSON.stringify(args)}`, () => client[name](...args))
    }
    const group = log.follow(dgram.createSocket({ type: 'udp6', reuseAddr: true }), 'group', ['message', 'close', 'error'])
    const groupPort = await bound(group, 0)
    group.addMembership('ff02::117', '::%lo')
    group.setMulticastInterface('::%lo')
    await sent(log, 'group', group, 'to the group', groupPort, 'ff02::117%lo')
    await after(30)
    group.close()
    client.close()
    server.close()
  },

  async settings(log) {
    const socket = dgram.createSocket('udp4')
    for (const [name, ...args] of [['setTTL', 1], ['setTTL', 255], ['setTTL', 0], ['setTTL', 1000], ['setTTL', 1.5], ['setTTL', '5'], ['setTTL', null], ['setBroadcast', false], ['setBroadcast', 'x'], ['setMulticastTTL', 0], ['setMulticastTTL', 1000],
      ['setMulticastTTL', null], ['setMulticastLoopback', false], ['setMulticastLoopback', 'x'], ['setMulticastLoopback'], ['setMulticastInterface', '0.0.0.0'], ['setMulticastInterface', ''], ['setMulticastInterface'],
      ['setMulticastInterface', null], ['addMembership', '224.0.0.300'], ['addMembership', ''], ['addMembership', null], ['addMembership', 5], ['addMembership', '224.0.0.118', 5], ['addMembership', '224.0.0.118', ''],
      ['addMembership', '224.0.0.118', 'x'], ['dropMembership', ''], ['dropMembership', '224.0.0.119'], ['dropMembership', '224.0.0.119', 'x'], ['addSourceSpecificMembership', null, null], ['addSourceSpecificMembership', '127.0.0.1', null],
      ['addSourceSpecificMembership', '127.0.0.1', '232.1.1.2', 'x'], ['addSourceSpecificMembership', '::1', 'ff32::1'], ['dropSourceSpecificMembership'], ['dropSourceSpecificMembership', '127.0.0.1'], ['dropSourceSpecificMembership', '127.0.0.1', '232.9.9.9'],
      ['setRecvBufferSize'], ['setRecvBufferSize', 0], ['setRecvBufferSize', 1.5], ['setRecvBufferSize', NaN], ['setRecvBufferSize', '5'], ['setSendBufferSize', -1], ['setSendBufferSize', 2 ** 32], ['setRecvBufferSize', 1], ['getRecvBufferSize'],
      ['setSendBufferSize', 1], ['getSendBufferSize'], ['setRecvBufferSize', 20000], ['getRecvBufferSize'], ['getSendQueueSize'], ['getSendQueueCount'], ['ref'], ['unref']]) {
      log.attempt(`unbound ${name} ${JSON.stringify(args)}`, () => { const answer = socket[name](...args); return answer === socket ? 'itself' : answer })
    }
    await closed(socket)
    const open = dgram.createSocket('udp4')
    await bound(open, 0)
    for (const [name, ...args] of [['setTTL', 1], ['setTTL', 255], ['setTTL', 0], ['setTTL', 1000], ['setTTL', 1.5], ['setTTL', '5'], ['setTTL', null], ['setBroadcast', false], ['setBroadcast', 'x'], ['setMulticastTTL', 0], ['setMulticastTTL', 1000],
      ['setMulticastTTL', null], ['setMulticastLoopback', false], ['setMulticastLoopback', 'x'], ['setMulticastLoopback'], ['setMulticastInterface', '0.0.0.0'], ['setMulticastInterface', ''], ['setMulticastInterface'],
      ['setMulticastInterface', null], ['addMembership', '224.0.0.300'], ['addMembership', ''], ['addMembership', null], ['addMembership', 5], ['addMembership', '224.0.0.118', 5], ['addMembership', '224.0.0.118', ''],
      ['addMembership', '224.0.0.118', 'x'], ['addMembership', '224.0.0.118', '127.0.0.1'], ['dropMembership', '224.0.0.118', '127.0.0.1'], ['dropMembership', ''], ['dropMembership', '224.0.0.119', 'x'], ['addSourceSpecificMembership', null, null],
      ['addSourceSpecificMembership', '127.0.0.1', '232.1.1.2', 'x'], ['addSourceSpecificMembership', '::1', 'ff32::1'], ['addSourceSpecificMembership', '127.0.0.1', '232.1.1.2', '127.0.0.1'], ['dropSourceSpecificMembership', '127.0.0.1', '232.1.1.2', '127.0.0.1'],
      ['dropSourceSpecificMembership'], ['dropSourceSpecificMembership', '127.0.0.1'], ['setRecvBufferSize'], ['setRecvBufferSize', 0], ['setRecvBufferSize', 1.5], ['setRecvBufferSize', NaN], ['setRecvBufferSize', '5'],
      ['setSendBufferSize', -1], ['setSendBufferSize', 2 ** 32], ['setRecvBufferSize', 1], ['getRecvBufferSize'], ['setSendBufferSize', 1], ['getSendBufferSize'], ['setRecvBufferSize', 20000], ['getRecvBufferSize'],
      ['getSendQueueSize'], ['getSendQueueCount'], ['ref'], ['unref']]) {
      log.attempt(`bound ${name} ${JSON.stringify(args)}`, () => { const answer = open[name](...args); return answer === open ? 'itself' : answer })
    }
    await closed(open)
    for (const name of ['setTTL', 'setBroadcast', 'setMulticastTTL', 'setMulticastLoopback', 'getRecvBufferSize', 'getSendBufferSize', 'getSendQueueSize', 'getSendQueueCount', 'ref', 'unref', 'address', 'remoteAddress', 'disconnect', 'close', 'connect']) {
      log.attempt(`closed ${name}`, () => { const answer = open[name](1); return answer === open ? 'itself' : answer })
    }
  },

  async lookups(log) {
    const server = log.follow(dgram.createSocket('udp4'), 'server', ['message', 'close'])
    const port = await bound(server, 0, '127.0.0.1')
    const tell = answer => (...args) => { log.say('asked', args.slice(0, -1)); process.nextTick(() => { answer(args.at(-1)) }) }
    const bindNamed = log.follow(dgram.createSocket({ type: 'udp4', lookup: tell(done => { done(null, '127.0.0.1', 4) }) }), 'bindNamed')
    await bound(bindNamed, 0, 'my.name')
    log.say(shown(bindNamed))
    await sent(log, 'named', bindNamed, 'x', port, 'your.name')
    await sent(log, 'address', bindNamed, 'x', port, '127.0.0.1')
    await sent(log, 'none', bindNamed, 'x', port)
    bindNamed.close()
    const failing = log.follow(dgram.createSocket({ type: 'udp4', lookup: tell(done => { done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })) }) }), 'failing')
    failing.bind(0, 'my.name')
    await once(failing, 'error').catch(() => undefined)
    failing.close()
    const wrong = log.follow(dgram.createSocket({ type: 'udp4', lookup: tell(done => { done(null, '::1', 6) }) }), 'wrong')
    wrong.send('x', port, 'your.name', error => { log.say('wrong callback', error) })
    await after(30)
    wrong.close()
    server.close()
  },

  async stopping(log) {
    const socket = log.follow(dgram.createSocket('udp4'), 'socket')
    log.say(socket.close(() => { log.say('callback') }) === socket)
    await once(socket, 'close')
    log.attempt('again', () => socket.close())
    const binding = log.follow(dgram.createSocket('udp4'), 'binding')
    binding.bind(0, () => { log.say('bound callback') })
    binding.close()
    await after(20)
    const sending = log.follow(dgram.createSocket('udp4'), 'sending')
    sending.send('x', 9, '127.0.0.1', error => { log.say('sent before close', error) })
    log.attempt('close', () => { sending.close() })
    await after(30)
    const inMessage = log.follow(dgram.createSocket('udp4'), 'inMessage')
    const port = await bound(inMessage, 0, '127.0.0.1')
    inMessage.on('message', () => { inMessage.close() })
    inMessage.send('a', port, '127.0.0.1')
    inMessage.send('b', port, '127.0.0.1')
    await once(inMessage, 'close')
    for (const signal of [AbortSignal.abort()]) {
      const made = log.follow(dgram.createSocket({ type: 'udp4', signal }), 'made')
      await once(made, 'close')
    }
    const stop = new AbortController()
    const listening = log.follow(dgram.createSocket({ type: 'udp4', signal: stop.signal }), 'listening')
    await bound(listening, 0)
    stop.abort()
    stop.abort()
    await once(listening, 'close')
    const early = dgram.createSocket({ type: 'udp4', signal: stop.signal })
    log.attempt('bind closed', () => early.bind(0))
  },

  async manyMessages(log) {
    const server = dgram.createSocket('udp4')
    const port = await bound(server, 0, '127.0.0.1')
    const order = []
    server.on('message', bytes => { order.push(`m${bytes.length}`); process.nextTick(() => { order.push('t') }); Promise.resolve().then(() => { order.push('p') }) })
    const client = dgram.createSocket('udp4')
    await bound(client, 0, '127.0.0.1')
    for (let i = 0; i < 3; i++) client.send(Buffer.alloc(i), port, '127.0.0.1', () => { order.push(`s${i}`) })
    log.say('queue', client.getSendQueueSize(), client.getSendQueueCount())
    await after(40)
    log.say('messages', order.filter(each => each[0] !== 's'))
    log.say('sends', order.filter(each => each[0] === 's'))
    client.close()
    server.close()
  },

  async iteration(log) {
    const events = require('events')
    const server = dgram.createSocket('udp4')
    const port = await bound(server, 0, '127.0.0.1')
    const client = dgram.createSocket('udp4')
    for (const text of ['a', 'b', 'c']) client.send(text, port, '127.0.0.1')
    const got = []
    for await (const [bytes, { size }] of events.on(server, 'message')) {
      got.push([bytes.toString(), size])
      if (got.length === 3) break
    }
    log.say(got)
    client.close()
    server.close()
  },

  async shapes(log) {
    const socket = dgram.createSocket('udp4')
    log.say(Object.keys(socket).sort(), Object.getOwnPropertySymbols(socket).map(each => each.description).sort())
    const state = socket[Object.getOwnPropertySymbols(socket).find(each => each.description === 'state symbol')]
    log.say(Object.keys(state).sort(), state.handle.constructor.name)
    await bound(socket, 0)
    log.say(Object.keys(state).sort(), state.bindState, state.connectState, state.receiving)
    await closed(socket)
    log.say(state.handle)
  },
})
