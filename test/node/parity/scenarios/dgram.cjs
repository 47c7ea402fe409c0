'use strict'
const dgram = require('dgram')
const { main, once, after, until, namesOf } = require('./harness.cjs')

const bound = (socket, ...args) => new Promise(resolve => { socket.bind(...args, () => { resolve(socket.address().port) }) })
const closed = socket => new Promise(resolve => { socket.close(resolve) })
const sent = (log, name, socket, ...args) => new Promise(resolve => {
  socket.send(...args, (error, bytes) => { log.say(`${name} sent`, error, bytes); resolve() })
})

main({
  async send(log) {
    const server = log.follow(dgram.createSocket('udp4'), 'server')
    const port = await bound(server, 0, '127.0.0.1')
    const client = log.follow(dgram.createSocket('udp4'), 'client')
    await sent(log, 'text', client, 'hello', port, '127.0.0.1')
    await sent(log, 'slice', client, Buffer.from('abcdef'), 2, 3, port, '127.0.0.1')
    await sent(log, 'slice without address', client, Buffer.from('abcdef'), 1, 2, port)
    await sent(log, 'list', client, [Buffer.from('a'), 'b', new Uint8Array([99])], port, '127.0.0.1')
    await sent(log, 'empty', client, '', port, '127.0.0.1')
    await sent(log, 'empty list', client, [], port, '127.0.0.1')
    await sent(log, 'no address', client, 'x', port)
    await sent(log, 'view', client, new DataView(new ArrayBuffer(3)), port, 'localhost')
    await after(50)
    log.say(client.address().address, client.address().family)
    log.say(client.getSendQueueSize(), client.getSendQueueCount())
    await closed(client)
    await closed(server)
  },

  async connected(log) {
    const server = log.follow(dgram.createSocket('udp4'), 'server')
    const port = await bound(server, 0, '127.0.0.1')
    const client = log.follow(dgram.createSocket('udp4'), 'client')
    log.attempt('remoteAddress', () => client.remoteAddress())
    log.attempt('disconnect', () => client.disconnect())
    await new Promise(resolve => { client.connect(port, '127.0.0.1', resolve) })
    log.say(client.remoteAddress())
    log.attempt('connect again', () => client.connect(port, '127.0.0.1'))
    await sent(log, 'text', client, 'hello')
    await sent(log, 'slice', client, Buffer.from('abcdef'), 2, 3)
    log.attempt('with port', () => client.send('x', port, '127.0.0.1', () => undefined))
    await after(20)
    client.disconnect()
    log.attempt('remoteAddress', () => client.remoteAddress())
    await sent(log, 'after', client, 'y', port, '127.0.0.1')
    await after(20)
    await closed(client)
    const by = log.follow(dgram.createSocket('udp4'), 'by callback')
    by.connect(port)
    await once(by, 'connect')
    await closed(by)
    await closed(server)
  },

  async refused(log) {
    const server = dgram.createSocket('udp4')
    const port = await bound(server, 0, '127.0.0.1')
    await closed(server)
    const client = log.follow(dgram.createSocket('udp4'), 'client')
    await new Promise(resolve => { client.connect(port, '127.0.0.1', resolve) })
    client.send('x')
    await once(client, 'error')
    await closed(client)
    const loose = log.follow(dgram.createSocket('udp4'), 'loose')
    await sent(log, 'loose', loose, 'x', port, '127.0.0.1')
    await after(30)
    await closed(loose)
  },

  async errors(log) {
    const socket = log.follow(dgram.createSocket('udp4'), 'socket')
    for (const args of [[], [5], ['x'], ['x', 0], ['x', -1], ['x', 65536], ['x', 'port'], [[1], 80], ['x', 80, 5], [Buffer.alloc(3), 4, 1, 80], [Buffer.alloc(3), 1, 4, 80],
      [Buffer.alloc(3), -1, 1, 80], ['x', 80, '127.0.0.1', 5], [null, 80]]) {
      log.attempt(`send ${JSON.stringify(args)}`, () => socket.send(...args))
    }
    await after(20)
    for (const type of [undefined, 'udp', 'UDP4', 5, {}, { type: 'x' }, { type: 'udp4', lookup: 5 }, { type: 'udp4', signal: 5 }, { type: 'udp4', recvBufferSize: 'x' }]) {
      log.attempt(`createSocket ${JSON.stringify(type)}`, () => { dgram.createSocket(type).close(); return true })
    }
    log.attempt('address', () => dgram.createSocket('udp4').address())
    const twice = dgram.createSocket('udp4')
    await bound(twice, 0)
    log.attempt('bind again', () => twice.bind(0))
    await closed(twice)
    log.attempt('close again', () => twice.close())
    log.attempt('send', () => twice.send('x', 1))
    log.attempt('bind', () => twice.bind(0))
    log.attempt('connect', () => twice.connect(1))
    const bad = log.follow(dgram.createSocket('udp4'), 'bad')
    bad.bind(0, '203.0.113.7')
    await once(bad, 'error')
    const first = dgram.createSocket('udp4')
    const port = await bound(first, 0)
    const clash = log.follow(dgram.createSocket('udp4'), 'clash')
    clash.bind(port)
    await once(clash, 'error')
    const shared = dgram.createSocket({ type: 'udp4', reuseAddr: true })
    const sharedPort = await bound(shared, 0)
    const too = log.follow(dgram.createSocket({ type: 'udp4', reuseAddr: true }), 'too')
    await bound(too, sharedPort)
    log.say(await new Promise(resolve => { shared.close(() => { resolve('closed') }) }))
    too.close()
    first.close()
    const large = dgram.createSocket('udp4')
    await sent(log, 'too large', large, Buffer.alloc(65508), 9999, '127.0.0.1')
    large.on('error', error => { log.say('large error', error) })
    large.send(Buffer.alloc(70000), 9999, '127.0.0.1')
    await after(20)
    large.close()
    const wrong = log.follow(dgram.createSocket('udp6'), 'wrong')
    wrong.send('x', 80, '127.0.0.1', error => { log.say('wrong family', error) })
    await after(30)
    wrong.close()
  },

  async options(log) {
    const socket = dgram.createSocket('udp4')
    for (const [name, ...args] of [['setTTL', 5], ['setBroadcast', true], ['setMulticastTTL', 5], ['setMulticastLoopback', true], ['getSendBufferSize'],
      ['getRecvBufferSize'], ['setRecvBufferSize', 5000], ['setMulticastInterface', '127.0.0.1'], ['addMembership', '224.0.0.114'],
      ['dropMembership', '224.0.0.114'], ['addSourceSpecificMembership', '1.1.1.1', '232.1.1.1'], ['ref'], ['unref']]) {
      log.attempt(`unbound ${name}`, () => socket[name](...args))
    }
    await closed(socket)
    const open = dgram.createSocket('udp4')
    await bound(open, 0)
    for (const [name, ...args] of [['setTTL', 5], ['setTTL', 0], ['setTTL', 256], ['setTTL', 'x'], ['setTTL'], ['setBroadcast', true], ['setBroadcast'], ['setMulticastTTL', 5],
      ['setMulticastTTL', 256], ['setMulticastTTL', -1], ['setMulticastTTL', 'x'], ['setMulticastLoopback', true], ['setMulticastLoopback', 0],
      ['setMulticastInterface', '127.0.0.1'], ['setMulticastInterface', 'x'], ['setMulticastInterface', 5], ['setMulticastInterface', '203.0.113.7'],
      ['setMulticastInterface', '::1'], ['addMembership'], ['addMembership', 'x'], ['addMembership', '1.2.3.4'],
      ['dropMembership'], ['dropMembership', 'x'], ['dropMembership', '224.0.0.200', '127.0.0.1'], ['addMembership', '224.0.0.115', '127.0.0.1'],
      ['addMembership', '224.0.0.115', '127.0.0.1'], ['dropMembership', '224.0.0.115', '127.0.0.1'], ['addMembership', '224.0.0.115', '203.0.113.7'],
      ['addSourceSpecificMembership'], ['addSourceSpecificMembership', '127.0.0.1'], ['addSourceSpecificMembership', 'x', '232.1.1.1'], ['addSourceSpecificMembership', 5, '232.1.1.1'],
      ['addSourceSpecificMembership', '127.0.0.1', '232.1.1.1', '127.0.0.1'], ['dropSourceSpecificMembership', '127.0.0.1', '232.1.1.1', '127.0.0.1'],
      ['dropSourceSpecificMembership', '127.0.0.1', '232.1.1.1', '127.0.0.1'], ['addSourceSpecificMembership', '127.0.0.1', '10.0.0.1', '127.0.0.1'],
      ['setRecvBufferSize', 5000], ['setRecvBufferSize', -1], ['setRecvBufferSize', 'x'], ['setRecvBufferSize', 0x80000000], ['setSendBufferSize', 8000], ['getSendQueueSize'],
      ['getSendQueueCount'], ['getRecvBufferSize'], ['getSendBufferSize']]) {
      log.attempt(`bound ${name} ${JSON.stringify(args)}`, () => open[name](...args))
    }
    await closed(open)
    const sized = dgram.createSocket({ type: 'udp4', recvBufferSize: 10000, sendBufferSize: 15000 })
    await bound(sized, 0)
    log.say(sized.getRecvBufferSize(), sized.getSendBufferSize())
    await closed(sized)
    log.attempt('closed setTTL', () => sized.setTTL(1))
    log.attempt('closed getRecvBufferSize', () => sized.getRecvBufferSize())
  },

  async binding(log) {
    for (const args of [[], [0], [{}], [{ port: 0, address: '127.0.0.1' }], [{ port: 0, exclusive: true }], [0, 'localhost'], [{ fd: -1 }], [-1], ['x'], [65536]]) {
      const socket = dgram.createSocket('udp4')
      socket.on('error', error => { log.say('error', error) })
      log.attempt(`bind ${JSON.stringify(args)}`, () => socket.bind(...args) === socket)
      await after(10)
      log.attempt('address', () => ({ ...socket.address(), port: 0 }))
      log.attempt('close', () => { socket.close() })
    }
    const six = log.follow(dgram.createSocket('udp6'), 'six')
    const port = await bound(six, 0)
    log.say({ ...six.address(), port: 0 })
    const four = dgram.createSocket('udp4')
    await sent(log, 'mapped', four, 'x', port, '127.0.0.1')
    await after(20)
    four.close()
    six.close()
    const only = log.follow(dgram.createSocket({ type: 'udp6', ipv6Only: true }), 'only')
    await bound(only, 0)
    const beside = log.follow(dgram.createSocket('udp4'), 'beside')
    await bound(beside, only.address().port)
    only.close()
    beside.close()
  },

  async lookup(log) {
    const server = log.follow(dgram.createSocket('udp4'), 'server')
    const port = await bound(server, 0, '127.0.0.1')
    const client = dgram.createSocket({ type: 'udp4', lookup: (...args) => { log.say('lookup', args[0], args[1]); args.at(-1)(null, '127.0.0.1', 4) } })
    await sent(log, 'named', client, 'x', port, 'some.name')
    await after(20)
    await closed(client)
    const failing = log.follow(dgram.createSocket({ type: 'udp4', lookup: (...args) => { args.at(-1)(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) } }), 'failing')
    failing.send('x', port, 'some.name', error => { log.say('failing callback', error) })
    await after(20)
    failing.send('x', port, 'some.name')
    await after(20)
    failing.close()
    server.close()
  },

  async signal(log) {
    const stop = new AbortController()
    const socket = log.follow(dgram.createSocket({ type: 'udp4', signal: stop.signal }), 'socket')
    await bound(socket, 0)
    stop.abort()
    await once(socket, 'close')
    const aborted = log.follow(dgram.createSocket({ type: 'udp4', signal: AbortSignal.abort() }), 'aborted')
    await once(aborted, 'close')
    if (Symbol.asyncDispose !== undefined && dgram.Socket.prototype[Symbol.asyncDispose] !== undefined) {
      const disposed = log.follow(dgram.createSocket('udp4'), 'disposed')
      await disposed[Symbol.asyncDispose]()
    }
  },

  async multicast(log) {
    const socket = log.follow(dgram.createSocket({ type: 'udp4', reuseAddr: true }), 'socket')
    const port = await bound(socket, 0)
    socket.addMembership('224.0.0.114', '127.0.0.1')
    socket.setMulticastInterface('127.0.0.1')
    socket.setMulticastLoopback(true)
    socket.send('group', port, '224.0.0.114')
    await Promise.race([once(socket, 'message'), after(300)])
    await closed(socket)
  },

  async order(log) {
    const server = dgram.createSocket('udp4')
    const port = await bound(server, 0, '127.0.0.1')
    const got = []
    server.on('message', bytes => { got.push(Number(bytes)) })
    const client = dgram.createSocket('udp4')
    for (let i = 0; i < 100; i++) client.send(String(i), port, '127.0.0.1')
    await until(() => got.length === 100)
    log.say(got)
    client.close()
    server.close()
    log.say(await once(server, 'close'))
  },

  async shape(log) {
    log.say(namesOf(dgram.Socket))
    log.say(dgram.Socket.name, dgram.Socket.length, dgram.createSocket.name, dgram.createSocket.length)
    const socket = dgram.createSocket('udp4')
    log.say(socket.constructor === dgram.Socket, Object.keys(socket).sort())
    socket.close()
  },
})
