// What else of Node tells of sockets: asynchronous hooks and contexts, diagnostics channels, the process's list of what keeps it running.
'use strict'
const asyncHooks = require('async_hooks')
const channels = require('diagnostics_channel')
const dgram = require('dgram')
const http = require('http')
const net = require('net')
const { main, once, after } = require('./harness.cjs')

const listen = server => new Promise(resolve => { server.listen(0, '127.0.0.1', () => { resolve(server.address().port) }) })
const closed = server => new Promise(resolve => { server.close(resolve) })

/** Runs `body` and answers the resources that began and ended meanwhile, standard streams aside. */
async function resourcesOf(body) {
  const begun = new Map()
  const ended = []
  const hook = asyncHooks.createHook({
    init(id, type) { if (/TCP|UDP|SHUTDOWN/.test(type)) begun.set(id, type) },
    destroy(id) { if (begun.has(id)) ended.push(begun.get(id)) },
  }).enable()
  await body()
  await after(100)
  hook.disable()
  return { begun: [...begun.values()].sort(), ended: ended.sort() }
}

main({
  async hooks(log) {
    const seen = await resourcesOf(async () => {
      const server = net.createServer(socket => socket.resume().on('end', () => { socket.end() }))
      const client = net.connect(await listen(server), '127.0.0.1').resume()
      client.end('bytes')
      await once(client, 'close')
      await closed(server)
    })
    log.say('a connection', seen)
  },

  async identifiers(log) {
    const server = net.createServer()
    const contexts = new asyncHooks.AsyncLocalStorage()
    server.on('connection', socket => {
      log.say('accepted in', asyncHooks.executionAsyncId() === server._handle.getAsyncId(), asyncHooks.triggerAsyncId() === socket._handle.getAsyncId())
      socket.on('data', () => {
        log.say('read in', asyncHooks.executionAsyncId() === socket._handle.getAsyncId(), contexts.getStore())
        socket.end('answer')
      })
    })
    const port = await listen(server)
    const client = contexts.run('client', () => net.connect(port, '127.0.0.1', () => {
      const id = client._handle.getAsyncId()
      log.say('connected in', asyncHooks.executionAsyncId() === id, asyncHooks.triggerAsyncId() === id, contexts.getStore())
      client.end('x', () => { log.say('written in', contexts.getStore()) })
    }))
    for (const event of ['data', 'end', 'close']) contexts.run('other', () => { client.on(event, () => { log.say(`client ${event}`, contexts.getStore()) }) })
    await once(client, 'close')
    await closed(server)
  },

  async channels(log) {
    const names = ['net.client.socket', 'net.server.socket', 'udp.socket', 'tracing:net.server.listen:asyncStart', 'tracing:net.server.listen:asyncEnd',
      'tracing:net.server.listen:error']
    for (const name of names) channels.subscribe(name, message => { log.say(`channel ${name}`, Object.keys(message).sort(), message.error?.code) })
    const server = net.createServer(socket => { socket.end() })
    const port = await listen(server)
    await once(net.connect(port, '127.0.0.1').resume(), 'close')
    const second = net.createServer()
    second.listen(port, '127.0.0.1')
    await once(second, 'error')
    dgram.createSocket('udp4').close()
    await closed(server)
  },

  async resources(log) {
    const shown = () => process.getActiveResourcesInfo().filter(name => /TCP|UDP/.test(name)).sort()
    const owners = () => process._getActiveHandles().map(each => each.constructor.name).filter(name => name === 'Server').length
    const server = net.createServer()
    log.say('made', shown(), owners())
    const port = await listen(server)
    log.say('listening', shown(), owners())
    const client = net.connect(port, '127.0.0.1')
    log.say('connecting', shown())
    const socket = await once(server, 'connection')
    await after(10)
    log.say('connected', shown(), process._getActiveHandles().includes(client))
    client.unref()
    log.say('unreferenced', shown())
    const datagrams = dgram.createSocket('udp4').bind(0)
    await once(datagrams, 'listening')
    log.say('datagrams', shown())
    for (const each of [client, socket]) each.destroy()
    datagrams.close()
    await closed(server)
  },

  async givenUpAtOnce(log) {
    const server = log.follow(http.createServer(), 'server', ['connection', 'request', 'clientError'])
    const request = http.get({ port: await listen(server), host: '127.0.0.1', agent: false })
    request.on('error', error => { log.say('error', error) })
    request.abort()
    await once(request, 'close')
    await after(30)
    await closed(server)
  },

  async closedHandles(log) {
    const server = net.createServer()
    const client = net.connect(await listen(server), '127.0.0.1')
    const socket = await once(server, 'connection')
    const handle = socket._handle
    socket.destroy()
    log.say('closing', handle.hasRef(), handle.setNoDelay(true), handle.setKeepAlive(true, 1))
    await once(socket, 'close')
    log.say('closed', handle.hasRef())
    client.destroy()
    await closed(server)
  },
})
