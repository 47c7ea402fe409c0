// The finer print of `dns`: what stands on its functions, arguments judged one by one, servers, orders of results.
'use strict'
const dns = require('dns')
const { promisify } = require('util')
const { main, after } = require('./harness.cjs')

const VALUES = [undefined, null, 5, -1, 1.5, true, 'x', '', {}, [], () => undefined]
const shown = value => typeof value === 'function' ? 'function' : value === undefined ? 'undefined' : JSON.stringify(value)

main({
  async lookupArguments(log) {
    for (const value of VALUES) {
      log.attempt(`name ${shown(value)}`, () => dns.lookup(value, () => undefined).constructor.name)
      await log.wait(`promised ${shown(value)}`, new Promise((resolve, reject) => { Promise.resolve().then(() => dns.promises.lookup(value)).then(resolve, reject) }).catch(error => { if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'unknown'; throw error }))
      for (const name of ['family', 'hints', 'all', 'verbatim', 'order']) {
        log.attempt(`${name} ${shown(value)}`, () => { dns.lookup('127.0.0.1', { [name]: value }, () => undefined) })
        await log.wait(`${name} promised ${shown(value)}`, Promise.resolve().then(() => dns.promises.lookup('127.0.0.1', { [name]: value })))
        log.attempt(`named ${name} ${shown(value)}`, () => { dns.lookup('localhost', { [name]: value }, () => undefined) })
      }
      log.attempt(`options ${shown(value)}`, () => { dns.lookup('127.0.0.1', value, () => undefined) })
      log.attempt(`callback ${shown(value)}`, () => { dns.lookup('127.0.0.1', {}, value) })
      log.attempt(`named callback ${shown(value)}`, () => { dns.lookup('localhost', {}, value) })
    }
    log.attempt('one', () => { dns.lookup('localhost') })
    log.attempt('none', () => { dns.lookup() })
    await after(30)
  },

  async lookups(log) {
    const ask = (...args) => new Promise(resolve => { dns.lookup(...args, (...answer) => { resolve(answer) }) })
    for (const name of ['127.0.0.1', '::1', 'localhost', '', '0.0.0.0', '::ffff:127.0.0.1', '127.1', '0x7f.1']) for (const options of [{}, { all: true }, { family: 4 }, { family: 4, all: true }, 4, 0, { family: 'IPv4' }, { all: true, order: 'ipv4first', family: 4 }]) {
        if (name !== 'localhost' || JSON.stringify(options).includes('4')) log.say(name, options, await ask(name, options))
      }
    for (const hints of [dns.ADDRCONFIG, dns.V4MAPPED, dns.ALL, dns.ADDRCONFIG | dns.V4MAPPED, dns.ALL | dns.V4MAPPED]) log.say('hints', hints, await ask('localhost', { hints, family: 4 }))
    let synchronous = true
    await new Promise(resolve => { dns.lookup('127.0.0.1', () => { log.say('later', synchronous); resolve() }); synchronous = false })
    await log.wait('promisified', promisify(dns.lookup)('localhost', 4))
    await log.wait('promisified all', promisify(dns.lookup)('localhost', { all: true, family: 4 }))
    await log.wait('promisified service', promisify(dns.lookupService)('127.0.0.1', 22))
    await log.wait('promised', dns.promises.lookup('localhost', { family: 4 }))
    await log.wait('promised all', dns.promises.lookup('localhost', { family: 4, all: true }))
    await log.wait('promised number', dns.promises.lookup('localhost', 4))
  },

  async requests(log) {
    const fields = request => [request.constructor.name, Object.keys(request).sort(), request.hostname, request.family, request.port, typeof request.callback, typeof request.oncomplete]
    log.say('lookup', fields(dns.lookup('localhost', 4, () => undefined)))
    log.say('service', fields(dns.lookupService('127.0.0.1', 22, () => undefined)))
    const calls = { lookup: ['localhost', 4], missing: ['x'.repeat(300)], address: ['127.0.0.1'], classic: ['127.1', 6] }
    for (const [name, args] of Object.entries(calls)) {
      log.say(name, await new Promise(resolve => { dns.lookup(...args, function told(...answer) { resolve([answer, this?.constructor.name]) }) }))
    }
    log.say('service', await new Promise(resolve => { dns.lookupService('127.0.0.1', 22, function told(...answer) { resolve([answer.length, this?.constructor.name]) }) }))
  },

  async services(log) {
    for (const args of [[], ['127.0.0.1'], ['127.0.0.1', 80], ['x', 80, () => undefined], ['127.0.0.1', 'x', () => undefined], ['127.0.0.1', 65536, () => undefined], ['127.0.0.1', -1, () => undefined], ['127.0.0.1', null, () => undefined], ['127.0.0.1', 80, 5], [5, 80, () => undefined], ['127.0.0.1', undefined, () => undefined], ['', 80, () => undefined]]) {
      log.attempt(`service ${args.map(shown)}`, () => { dns.lookupService(...args) })
      await log.wait(`promised ${args.map(shown)}`, Promise.resolve().then(() => dns.promises.lookupService(...args.filter(each => typeof each !== 'function'))))
    }
    for (const port of [22, 25, 80, 443, '53']) log.say('service', await new Promise(resolve => { dns.lookupService('127.0.0.1', port, (...answer) => { resolve(answer) }) }))
    log.say('answers', dns.lookupService('127.0.0.1', 80, () => undefined).constructor.name)
    await after(10)
  },

  async resolveArguments(log) {
    const names = ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr', 'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTxt', 'reverse']
    for (const name of names) {
      for (const args of [[], [5, () => undefined], ['example.org'], ['example.org', 5], [null, () => undefined], [{}, () => undefined]]) log.attempt(`${name} ${args.map(shown)}`, () => dns[name](...args))
      for (const args of [[], [5], [null]]) await log.wait(`promised ${name} ${args.map(shown)}`, Promise.resolve().then(() => dns.promises[name](...args)))
    }
    for (const type of [5, 'x', 'HOST', null, {}, 'a', undefined, 'toString', '__proto__']) {
      if (type !== undefined) log.attempt(`type ${shown(type)}`, () => { dns.resolve('example.org', type, () => undefined) })
      if (type !== undefined) await log.wait(`promised type ${shown(type)}`, Promise.resolve().then(() => dns.promises.resolve('example.org', type)))
    }
    for (const address of ['x', '', '300.1.1.1', '1.2.3']) {
      log.attempt(`reverse ${address}`, () => dns.reverse(address, () => undefined))
      await log.wait(`promised reverse ${address}`, Promise.resolve().then(() => dns.promises.reverse(address)))
    }
  },

  async servers(log) {
    const before = dns.getServers()
    log.say(Array.isArray(before))
    const resolver = new dns.Resolver()
    for (const list of [undefined, null, 'x', 5, {}, [], [5], [null], [''], ['x'], ['[::1]'], ['[::1]:53'], ['[::1]:5300'], ['::1'], ['127.0.0.1:53'], ['127.0.0.1:5300', '127.0.0.2'], ['[127.0.0.1]:53'], ['1.2.3.4.5'],
      ['fe80::1%lo'], ['[::1'], ['127.0.0.1', '127.0.0.1'], ['localhost'], [' 127.0.0.1'], new Array(2), ['2001:DB8::1']]) {
      log.attempt(`setServers ${shown(list)}`, () => { resolver.setServers(list); return resolver.getServers() })
      log.attempt(`module ${shown(list)}`, () => { dns.setServers(list); return [dns.getServers(), dns.promises.getServers()] })
      log.attempt(`promises ${shown(list)}`, () => { dns.promises.setServers(list); return [dns.getServers(), dns.promises.getServers()] })
    }
    const own = new dns.promises.Resolver()
    own.setServers(['127.0.0.9:99'])
    log.say(own.getServers(), resolver.getServers())
  },

  async resolvers(log) {
    for (const options of [undefined, null, {}, 5, 'x', { timeout: 0 }, { timeout: -1 }, { timeout: -2 }, { timeout: 1.5 }, { timeout: 'x' }, { timeout: 2 ** 31 }, { timeout: null }, { tries: 0 }, { tries: -1 }, { tries: 1.5 }, { tries: 'x' }, { tries: 1 }, { tries: null }]) {
      log.attempt(`Resolver ${shown(options)}`, () => new dns.Resolver(options).constructor.name)
      log.attempt(`promises ${shown(options)}`, () => new dns.promises.Resolver(options) instanceof dns.promises.Resolver)
    }
    const resolver = new dns.Resolver()
    for (const args of [[], [5], ['x'], ['127.0.0.1'], ['::1'], ['127.0.0.1', '::1'], ['::1', '127.0.0.1'], ['127.0.0.1', '127.0.0.2'], ['::1', '::2'], ['127.0.0.1', 5], ['127.0.0.1', 'x'], [null], ['127.0.0.1', undefined], ['127.0.0.1', null]]) log.attempt(`setLocalAddress ${args.map(shown)}`, () => resolver.setLocalAddress(...args))
    log.attempt('cancel', () => resolver.cancel())
    log.attempt('call', () => dns.Resolver())
    log.say(resolver instanceof dns.Resolver, Object.keys(resolver).sort(), typeof resolver._handle)
    class Mine extends dns.Resolver { get mine() { return true } }
    log.say(new Mine().mine, new Mine() instanceof dns.Resolver, new Mine().getServers().length > 0)
    const { resolve4 } = resolver
    log.attempt('loose', () => resolve4('example.org', () => undefined))
  },

  async cancelling(log) {
    const dgram = require('dgram')
    const silent = dgram.createSocket('udp4')
    await new Promise(resolve => { silent.bind(0, '127.0.0.1', resolve) })
    const server = `127.0.0.1:${silent.address().port}`
    const resolver = new dns.Resolver()
    resolver.setServers([server])
    const asked = ['resolve4', 'resolve6', 'resolveTxt', 'resolveAny', 'resolveSoa'].map(name => new Promise(resolve => { resolver[name]('example.org', (error, ...rest) => { log.say(name, error, rest); resolve() }) }))
    asked.push(new Promise(resolve => { resolver.reverse('192.0.2.1', (error, ...rest) => { log.say('reverse', error, rest); resolve() }) }))
    log.attempt('busy', () => { resolver.setServers(['127.0.0.1']) })
    resolver.cancel()
    log.say('cancelled')
    await Promise.all(asked)
    log.attempt('idle', () => { resolver.setServers(['127.0.0.1']) })
    const promised = new dns.promises.Resolver()
    promised.setServers([server])
    const question = promised.resolve4('example.org', { ttl: true })
    promised.cancel()
    await log.wait('promised', question)
    const short = new dns.Resolver({ timeout: 20, tries: 1 })
    short.setServers([server])
    log.say('short', await new Promise(resolve => { short.resolve4('example.org', error => { resolve(error) }) }))
    silent.close()
  },

  async orders(log) {
    log.say(dns.getDefaultResultOrder(), dns.promises.getDefaultResultOrder())
    for (const order of [undefined, null, 5, 'x', 'verbatim', 'ipv4first', 'ipv6first', '']) {
      log.attempt(`order ${shown(order)}`, () => { dns.setDefaultResultOrder(order); return [dns.getDefaultResultOrder(), dns.promises.getDefaultResultOrder()] })
      log.attempt(`promises ${shown(order)}`, () => { dns.promises.setDefaultResultOrder(order); return [dns.getDefaultResultOrder(), dns.promises.getDefaultResultOrder()] })
    }
    for (const order of ['ipv4first', 'verbatim']) { dns.setDefaultResultOrder(order); log.say(order, await dns.promises.lookup('localhost', { all: true, family: 4 })) }
  },

  async shapes(log) {
    const notes = each => [each.name, each.length, Object.getOwnPropertySymbols(each).map(String), Object.keys(each)]
    for (const [name, each] of Object.entries(dns)) log.say(name, typeof each === 'function' ? notes(each) : typeof each === 'object' ? 'object' : each)
    for (const [name, each] of Object.entries(dns.promises)) log.say(`promises ${name}`, typeof each === 'function' ? notes(each) : each)
  },
})
