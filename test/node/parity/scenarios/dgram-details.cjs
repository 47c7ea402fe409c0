// The finer print of `dgram`: each overload of send, options judged one by one, errors of sockets in the wrong state.
'use strict'
const dgram = require('dgram')
const dns = require('dns')
const { main, once, after } = require('./harness.cjs')

const bound = (socket, ...args) => new Promise(resolve => { socket.bind(...args, () => { resolve(socket.address().port) }) })
const closed = socket => new Promise(resolve => { socket.close(resolve) })
const told = (log, name, socket, ...args) => new Promise(resolve => { socket.send(...args, (error, bytes) => { log.say(`${name} sent`, error, bytes); resolve() }) })

/** A socket that notes what it hears; `wait(count)` until that many came. */
async function hearer(log, name, type = 'udp4', address = '127.0.0.1') {
  const socket = dgram.createSocket(type)
  let heard = 0
  let wake = () => undefined
  socket.on('message', (bytes, { address: from, family, size }) => { heard++; log.say(`${name} heard`, bytes, from, family, size); wake() })
  const port = await bound(socket, 0, address)
  const wait = async count => { while (heard < count) await new Promise(resolve => { wake = resolve }) }
  return { socket, port, wait }
}

/** What a connected socket, and then a closed one, says to each method. */
async function statesOf(log, other, port, methods) {
    await new Promise(resolve => { other.connect(port, '127.0.0.1', resolve) })
    log.attempt('connected connect', () => { other.connect(port) })
    log.attempt('connected bind', () => { other.bind(0) })
    for (const args of [['x', port], ['x', port, '127.0.0.1'], ['x', 0, 1, port], [Buffer.from('xy'), 0, 1, port, '127.0.0.1']]) log.attempt(`connected send ${args.length}`, () => other.send(...args))
    const { address, family } = other.remoteAddress()
    log.say('remote', address, family, other.address().address)
    log.attempt('disconnect', () => other.disconnect())
    log.attempt('disconnect twice', () => other.disconnect())
    log.attempt('remote', () => other.remoteAddress())
    await closed(other)
    for (const [name, args] of Object.entries({ ...methods, close: [], bind: [0], connect: [port], send: ['x', port] })) log.attempt(`closed ${name}`, () => { const answer = other[name](...args); return answer === other ? 'itself' : answer })
    for (const args of [[], [0], [-1], [65536], ['x'], [port, 5], [port, {}], [undefined]]) {
      const socket = dgram.createSocket('udp4').on('error', error => { log.say('connect error', error) })
      log.attempt(`connect ${JSON.stringify(args)}`, () => { socket.connect(...args) })
      await after(2)
      log.attempt('close', () => { socket.close() })
    }
}

main({
  async overloads(log) {
    const { socket, port, wait } = await hearer(log, 'peer')
    const sender = dgram.createSocket('udp4')
    await bound(sender, 0, '127.0.0.1')
    const bytes = Buffer.from('0123456789')
    const calls = [[bytes, port], [bytes, port, '127.0.0.1'], [bytes, 2, 3, port], [bytes, 2, 3, port, '127.0.0.1'], [bytes, 0, 10, port, 'localhost'], [bytes, 10, 0, port], [[bytes, 'ab'], port], [['a', 'b', Buffer.from('c')], port, '127.0.0.1'], ['text', port], ['tëxt', port],
      [new Uint8Array([48, 49]), port], [new Uint16Array([0x3130]), port], [new DataView(new ArrayBuffer(2)), port], [[], port], ['', port], [[''], port], [bytes, String(port)], [bytes, port, ''], [bytes, port, undefined], [bytes, port, null], [[bytes.subarray(1, 2)], port], ['x'.repeat(9000), port]]
    let count = 0
    for (const args of calls) {
      await told(log, `call ${count}`, sender, ...args)
      await wait(++count)
    }
    await closed(sender)
    await closed(socket)
  },

  async wrongSends(log) {
    const sender = log.follow(dgram.createSocket('udp4'), 'sender', ['error', 'close'])
    await bound(sender, 0, '127.0.0.1')
    const bytes = Buffer.from('0123456789')
    const calls = [[], [bytes], [undefined, 1], [null, 1], [5, 1], [{}, 1], [[5], 1], [[null], 1], [['a', 5], 1, '127.0.0.1'], [bytes, 0], [bytes, -1], [bytes, 65536], [bytes, 'x'], [bytes, 1.5], [bytes, undefined], [bytes, null], [bytes, 1, 5], [bytes, 1, {}], [bytes, 1, true], [bytes, 1, '127.0.0.1', 5],
      [bytes, 11, 1, 9], [bytes, 0, 11, 9], [bytes, -1, 1, 9], [bytes, 0, -1, 9], [bytes, 'x', 1, 9], [bytes, 0, 'x', 9], [bytes, 5, 6, 9], ['text', 0, 2, 9, '127.0.0.1'], [['a'], 0, 1, 9, '127.0.0.1'], [bytes, 0, 1, 0], [new ArrayBuffer(2), 9], [Symbol.iterator, 9]]
    for (const args of calls) log.attempt(args.map(each => typeof each === 'symbol' ? 'symbol' : Buffer.isBuffer(each) ? 'bytes' : JSON.stringify(each) ?? 'undefined').join(), () => sender.send(...args))
    for (const [address, port] of [['203.0.113.300', 9], ['no such name.invalid', 9], ['::1', 9], ['0.0.0.256', 9]]) await told(log, `to ${address}`, sender, bytes, port, address)
    await told(log, 'large', sender, Buffer.alloc(65508), 9, '127.0.0.1')
    sender.send(Buffer.alloc(65508), 9, '127.0.0.1')
    await after(5)
    log.attempt('sendto', () => sender.sendto(bytes, 0, 1, 9, '127.0.0.1'))
    log.attempt('sendto wrong', () => sender.sendto(bytes, 0, 1))
    log.attempt('sendto wrong', () => sender.sendto(bytes, 0, 'x', 9, '127.0.0.1'))
    log.attempt('sendto wrong', () => sender.sendto(bytes, 0, 1, 9, 5))
    await closed(sender)
    log.attempt('closed', () => sender.send('x', 9))
  },

  async creation(log) {
    const calls = { none: [], undefined: [undefined], null: [null], text: ['udp'], number: [5], empty: [{}], upper: ['UDP4'], wrongType: [{ type: 'tcp' }], udp4: ['udp4'], udp6: [{ type: 'udp6' }], listener: ['udp4', () => undefined], wrongListener: ['udp4', 5], lookup: [{ type: 'udp4', lookup: 5 }],
      size: [{ type: 'udp4', recvBufferSize: 'x' }], sizes: [{ type: 'udp4', sendBufferSize: -1 }], signal: [{ type: 'udp4', signal: {} }], signalText: [{ type: 'udp4', signal: 'x' }], reuse: [{ type: 'udp4', reuseAddr: 'yes' }], six: [{ type: 'udp4', ipv6Only: true }], array: [['udp4']] }
    for (const [name, args] of Object.entries(calls)) {
      const socket = log.attempt(name, () => dgram.createSocket(...args))
      log.say(name, socket?.type, socket?.listenerCount('message'), socket instanceof dgram.Socket)
      socket?.close()
    }
    for (const options of [{ recvBufferSize: -1 }, { recvBufferSize: 1.5 }, { sendBufferSize: 2 ** 31 }, { recvBufferSize: 10000, sendBufferSize: 15000 }]) {
      const socket = log.attempt(`make ${JSON.stringify(options)}`, () => dgram.createSocket({ type: 'udp4', ...options }))
      if (socket === undefined) continue
      socket.on('error', error => { log.say('error', error) })
      log.attempt(`bind ${JSON.stringify(options)}`, () => { socket.bind(0) })
      await after(20)
      log.attempt('sizes', () => [socket.getRecvBufferSize(), socket.getSendBufferSize()])
      log.attempt('close', () => { socket.close() })
    }
  },

  async binding(log) {
    const calls = { none: [], null: [null], zero: [0], text: ['0'], address: [0, '127.0.0.1'], options: [{ port: 0, address: '127.0.0.1' }], exclusive: [{ port: 0, exclusive: true }], noPort: [{ address: '127.0.0.1' }], empty: [{}], callback: [() => undefined], name: [0, 'localhost'], emptyAddress: [0, ''],
      wrongPort: [-1], largePort: [65536], textPort: ['x'], fraction: [1.5], wrongAddress: [0, '203.0.113.9'], six: [0, '::1'], nonsense: [0, 'not a name.invalid'], fd: [{ fd: -1 }], fdText: [{ fd: 'x' }], number: [0, 5], any: [0, '0.0.0.0'] }
    for (const [name, args] of Object.entries(calls)) {
      const socket = log.follow(dgram.createSocket('udp4'), name, ['error', 'listening', 'close'])
      if (log.attempt(`${name} bind`, () => socket.bind(...args) === socket) === undefined) { socket.close(); continue }
      log.attempt(`${name} at once`, () => socket.address())
      await Promise.race([once(socket, 'listening'), once(socket, 'error').catch(() => undefined)])
      log.attempt(`${name} address`, () => { const { address, family, port } = socket.address(); return [address, family, port > 0] })
      log.attempt(`${name} again`, () => { socket.bind(0) })
      log.attempt(`${name} close`, () => socket.close() === socket)
      await after(2)
    }
  },

  async states(log) {
    const { socket: peer, port } = await hearer(log, 'peer')
    const fresh = dgram.createSocket('udp4')
    const methods = { address: [], remoteAddress: [], disconnect: [], getRecvBufferSize: [], getSendBufferSize: [], getSendQueueSize: [], getSendQueueCount: [], setBroadcast: [true], setTTL: [5], setMulticastTTL: [5], setMulticastLoopback: [true], setMulticastInterface: ['127.0.0.1'], addMembership: ['nonsense'],
      dropMembership: ['224.0.0.114'], addSourceSpecificMembership: ['127.0.0.1', '232.1.1.1'], dropSourceSpecificMembership: ['127.0.0.1', '232.1.1.1'], setRecvBufferSize: [5000], setSendBufferSize: [5000], ref: [], unref: [] }
    for (const [name, args] of Object.entries(methods)) log.attempt(`fresh ${name}`, () => { const answer = fresh[name](...args); return answer === fresh ? 'itself' : answer })
    fresh.on('error', error => { log.say('fresh error', error) })
    await after(5)
    fresh.close()
    const other = dgram.createSocket('udp4')
    await statesOf(log, other, port, methods)
    const named = log.follow(dgram.createSocket('udp4'), 'named', ['error', 'connect', 'listening', 'close'])
    await new Promise(resolve => { named.connect(port, 'no such name.invalid', error => { log.say('named told', error); resolve() }) })
    await after(5)
    named.connect(port, 'localhost')
    await once(named, 'connect')
    log.say('named', named.remoteAddress().address)
    await closed(named)
    await closed(peer)
  },

  async settings(log) {
    const socket = dgram.createSocket('udp4')
    await bound(socket, 0, '127.0.0.1')
    const calls = { setTTL: [[0], [256], ['x'], [1.5], [], [255], [-1]], setMulticastTTL: [[-1], [256], ['x'], [0], [255]], setBroadcast: [[], ['x'], [0], [1]], setMulticastLoopback: [[], [0], ['x'], [255]], setMulticastInterface: [[], [5], ['x'], ['::'], ['203.0.113.9'], ['0.0.0.0'], ['127.0.0.1']],
      addMembership: [[], [5], ['x'], ['127.0.0.1'], ['224.0.0.114', 'x'], ['224.0.0.114', '203.0.113.9'], ['ff02::1'], ['224.0.0.114', '127.0.0.1'], ['224.0.0.114', '127.0.0.1']], dropMembership: [[], ['x'], ['224.0.0.115', '127.0.0.1'], ['224.0.0.114', '127.0.0.1'], ['224.0.0.114', '127.0.0.1']],
      addSourceSpecificMembership: [[], ['127.0.0.1'], [5, '232.1.1.1'], ['127.0.0.1', 5], ['x', '232.1.1.1', '127.0.0.1'], ['127.0.0.1', 'x', '127.0.0.1'], ['127.0.0.1', '232.1.1.1', '127.0.0.1'], ['127.0.0.1', '232.1.1.1', '127.0.0.1']], dropSourceSpecificMembership: [[], ['127.0.0.1', '232.1.1.2', '127.0.0.1'], ['127.0.0.1', '232.1.1.1', '127.0.0.1']],
      setRecvBufferSize: [['x'], [-1], [2 ** 32], [1.5], [0], [8192]], setSendBufferSize: [['x'], [-1], [0], [8192]] }
    for (const [name, list] of Object.entries(calls)) for (const args of list) log.attempt(`${name} ${JSON.stringify(args)}`, () => { const answer = socket[name](...args); return answer === socket ? 'itself' : answer })
    log.say(socket.getRecvBufferSize(), socket.getSendBufferSize(), socket.getSendQueueSize(), socket.getSendQueueCount())
    await closed(socket)
    const six = dgram.createSocket('udp6')
    await bound(six, 0, '::1')
    for (const [name, args] of [['setTTL', [5]], ['setMulticastTTL', [5]], ['addMembership', ['224.0.0.114']], ['addMembership', ['ff02::1:1']], ['addMembership', ['ff02::1:2', '::%lo']], ['addMembership', ['ff02::1:3', '::1']], ['dropMembership', ['ff02::1:9', '::%lo']], ['setMulticastInterface', ['::%lo']], ['setMulticastInterface', ['127.0.0.1']], ['setMulticastInterface', ['::']]]) {
      log.attempt(`six ${name} ${args}`, () => six[name](...args))
    }
    await closed(six)
  },

  async handles(log) {
    const socket = dgram.createSocket('udp4')
    const port = await bound(socket, 0, '127.0.0.1')
    const handle = socket._handle
    log.say(handle.constructor.name, typeof handle.fd, handle.hasRef?.(), handle.getAsyncId() > 0, typeof handle.onmessage, typeof handle.lookup, handle.getSendQueueCount())
    const out = {}
    log.say(handle.getsockname(out), out.port === port, out.address, out.family, handle.getpeername({}), socket._receiving, socket._bindState, socket._reuseAddr, Array.isArray(socket._queue))
    socket.unref()
    log.say(handle.hasRef?.())
    socket.ref()
    log.attempt('health', () => socket._healthCheck())
    socket.close()
    log.say(socket._handle)
    log.attempt('health', () => socket._healthCheck())
    log.say(Object.keys(dgram).sort(), typeof dgram._createSocketHandle)
    for (const args of [['127.0.0.1', 0, 'udp4'], [null, 0, 'udp4'], ['::1', 0, 'udp6'], ['203.0.113.9', 0, 'udp4']]) {
      const made = dgram._createSocketHandle(...args)
      log.say(`made ${args[0]}`, typeof made === 'number' ? made : made.constructor.name)
      if (typeof made !== 'number') made.close()
    }
  },

  async lookupsChanged(log) {
    const native = dns.lookup
    const { socket: peer, port, wait } = await hearer(log, 'peer')
    dns.lookup = (name, family, callback) => { log.say('asked', name, family); process.nextTick(callback, null, '127.0.0.1', 4) }
    const sender = dgram.createSocket('udp4')
    await told(log, 'sender', sender, 'x', port, 'changed.example')
    await wait(1)
    dns.lookup = (name, family, callback) => { process.nextTick(callback, Object.assign(new Error('gone'), { code: 'ENOTFOUND' })) }
    const failing = log.follow(dgram.createSocket('udp4'), 'failing', ['error', 'close'])
    failing.bind(0, 'changed.example')
    await once(failing, 'error')
    dns.lookup = native
    failing.close()
    await closed(sender)
    await closed(peer)
  },

  async order(log) {
    const { socket: peer, port, wait } = await hearer(log, 'peer')
    const socket = log.follow(dgram.createSocket('udp4'), 'socket', ['listening', 'close', 'connect', 'error'])
    socket.send('before', port, '127.0.0.1', (error, bytes) => { log.say('socket told', error, bytes) })
    log.say('socket at once', socket._bindState)
    await once(socket, 'listening')
    process.nextTick(() => { log.say('socket tick') })
    await wait(1)
    socket.close(() => { log.say('socket close callback') })
    await once(socket, 'close')
    const connecting = log.follow(dgram.createSocket('udp4'), 'connecting', ['listening', 'connect', 'close', 'error'])
    connecting.connect(port, '127.0.0.1', (...args) => { log.say('connecting callback', args) })
    log.attempt('connecting send', () => connecting.send('early'))
    await once(connecting, 'connect')
    await told(log, 'connecting', connecting, 'now')
    await wait(2)
    await closed(connecting)
    const control = new AbortController()
    const signalled = log.follow(dgram.createSocket({ type: 'udp4', signal: control.signal }), 'signalled', ['listening', 'close', 'error'])
    await bound(signalled, 0)
    control.abort()
    await once(signalled, 'close')
    log.attempt('signalled close', () => { signalled.close() })
    const early = log.follow(dgram.createSocket('udp4'), 'early', ['listening', 'close', 'error'])
    early.bind(0)
    log.attempt('early close', () => { early.close() })
    await after(10)
    const disposed = log.follow(dgram.createSocket('udp4'), 'disposed', ['close'])
    await disposed[Symbol.asyncDispose]()
    await log.wait('disposed twice', disposed[Symbol.asyncDispose]())
    await closed(peer)
  },

  async refused(log) {
    const { socket: gone, port } = await hearer(log, 'gone')
    await closed(gone)
    const socket = log.follow(dgram.createSocket('udp4'), 'socket', ['error', 'close'])
    await new Promise(resolve => { socket.connect(port, '127.0.0.1', resolve) })
    await told(log, 'first', socket, 'x')
    await once(socket, 'error')
    await told(log, 'second', socket, 'y')
    await once(socket, 'error')
    await closed(socket)
    const loose = dgram.createSocket('udp4').on('error', error => { log.say('loose error', error) })
    await told(log, 'loose', loose, 'x', port, '127.0.0.1')
    await after(20)
    await closed(loose)
  },
})
