// Asynchronous contexts: what AsyncLocalStorage holds when events of sockets, servers and lookups arrive, and the resources of lookups.
'use strict'
const { AsyncLocalStorage, createHook } = require('async_hooks')
const dns = require('dns')
const http = require('http')
const net = require('net')
const { main, after } = require('./harness.cjs')

const storage = new AsyncLocalStorage()
const here = () => storage.getStore() ?? 'none'
const listen = server => new Promise(resolve => { server.listen(0, '127.0.0.1', () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })

/** Notes in which context each event comes. */
function follow(log, name, emitter, events) {
  for (const event of events) emitter.on(event, () => { log.say(`${name} ${event}`, here()) })
  return emitter
}

const silent = () => {
  const resolver = new dns.Resolver({ timeout: 30, tries: 1 })
  resolver.setServers(['127.0.0.1:9'])
  return resolver
}

main({
  async sockets(log) {
    const server = storage.run('server', () => net.createServer(socket => {
      log.say('accepted', here())
      follow(log, 'accepted', socket, ['data', 'end', 'close', 'timeout'])
      socket.on('data', () => { storage.run('writer', () => { socket.write('b', () => { log.say('accepted written', here()) }) }) })
      socket.setTimeout(200, () => { socket.end() })
    }))
    const port = await storage.run('listen', () => listen(server))
    await log.undisturbed(200, async () => {
      await storage.run('client', () => new Promise(resolve => {
        const client = storage.run('connect', () => net.connect(port, '127.0.0.1'))
        follow(log, 'client', client, ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'close'])
        storage.run('early', () => client.write('early', () => { log.say('client early', here()) }))
        client.on('close', resolve)
      }))
    })
    await storage.run('refused', () => new Promise(resolve => { follow(log, 'refused', net.connect(1, '127.0.0.1'), ['error', 'close']).on('close', resolve) }))
    await closed(server)
  },

  async requests(log) {
    const server = storage.run('server', () => http.createServer((incoming, outgoing) => {
      log.say('served', here())
      storage.run('handler', () => {
        follow(log, 'incoming', incoming, ['data', 'end', 'close'])
        follow(log, 'outgoing', outgoing, ['finish', 'close'])
        follow(log, 'connection', incoming.socket, ['close'])
        incoming.on('end', () => { outgoing.end('x') })
      })
    }))
    const port = await storage.run('listen', () => listen(server))
    const agent = storage.run('agent', () => new http.Agent({ keepAlive: true, maxSockets: 1 }))
    for (const name of ['one', 'two']) {
      await storage.run(name, () => new Promise(resolve => {
        const request = follow(log, name, http.request({ port, host: '127.0.0.1', method: 'POST', agent }), ['socket', 'response', 'finish', 'close'])
        request.on('response', response => { follow(log, `${name} response`, response, ['data', 'end', 'close']) })
        request.on('close', () => { after(20).then(resolve) }).end('q')
      }))
    }
    agent.destroy()
    await storage.run('closing', () => new Promise(resolve => { server.close(() => { log.say('closed', here()); resolve() }) }))
  },

  async lookups(log) {
    await storage.run('a', () => new Promise(resolve => { dns.lookup('localhost', () => { log.say('lookup', here()); resolve() }) }))
    await storage.run('b', () => dns.promises.lookup('localhost').then(() => { log.say('promised', here()) }))
    await storage.run('c', () => new Promise(resolve => { dns.lookupService('127.0.0.1', 22, () => { log.say('service', here()); resolve() }) }))
    for (const name of ['resolve4', 'reverse']) {
      const resolver = storage.run('d', silent)
      const asked = storage.run('e', () => new Promise(resolve => { resolver[name](name === 'reverse' ? '192.0.2.1' : 'a.example', () => { log.say(name, here()); resolve() }) }))
      storage.run('f', () => { resolver.cancel() })
      await asked
    }
    await storage.run('g', () => new Promise(resolve => { silent().resolve4('a.example', () => { log.say('refused', here()); resolve() }) }))
  },

  async resources(log) {
    const types = {}
    const hook = createHook({ init(_, type) { types[type] = (types[type] ?? 0) + 1 } }).enable()
    await new Promise(resolve => { dns.lookup('localhost', resolve) })
    await new Promise(resolve => { dns.lookupService('127.0.0.1', 22, resolve) })
    await new Promise(resolve => { silent().resolve4('a.example', () => { resolve() }) })
    await after(5)
    hook.disable()
    for (const type of ['GETADDRINFOREQWRAP', 'GETNAMEINFOREQWRAP', 'QUERYWRAP']) log.say(type, types[type])
  },
})
