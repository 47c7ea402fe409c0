'use strict'
const dgram = require('dgram')
const net = require('net')
const dns = require('dns')
const { promisify } = require('util')
const dnsPacket = require('dns-packet')
const { main, after, until } = require('./harness.cjs')

const A = (data, ttl = 60) => ({ type: 'A', data, ttl })
const ZONES = {
  'plain.example.org': [A('192.0.2.1'), A('192.0.2.2', 61), { type: 'AAAA', data: '2001:db8::1', ttl: 70 }],
  'alias.example.org': [{ type: 'CNAME', data: 'plain.example.org', ttl: 5 }, { ...A('192.0.2.9', 7), name: 'plain.example.org' }],
  'only-alias.example.org': [{ type: 'CNAME', data: 'nowhere.example.org', ttl: 5 }],
  'upper.example.org': [A('192.0.2.3')],
  'texts.example.org': [{ type: 'TXT', data: ['a', 'b'.repeat(255)], ttl: 1 }, { type: 'TXT', data: [''], ttl: 1 }, { type: 'TXT', data: 'single', ttl: 1 }],
  'mail.example.org': [{ type: 'MX', data: { preference: 0, exchange: '.' } }, { type: 'MX', data: { preference: 65535, exchange: 'Mail.Example.org' } }],
  'srv.example.org': [{ type: 'SRV', data: { priority: 0, weight: 0, port: 0, target: '.' } }, { type: 'SRV', data: { priority: 1, weight: 2, port: 65535, target: 'x.example.org' } }],
  'caa.example.org': [{ type: 'CAA', data: { flags: 128, issuerCritical: true, tag: 'issue', value: ';' } }, { type: 'CAA', data: { flags: 0, tag: 'iodef', value: 'mailto:x@example.org' } }],
  'any.example.org': [A('192.0.2.4'), { type: 'AAAA', data: '2001:db8::4', ttl: 8 }, { type: 'MX', data: { preference: 1, exchange: 'm.example.org' } }, { type: 'NS', data: 'ns.example.org' }, { type: 'TXT', data: ['t'] },
    { type: 'SRV', data: { priority: 1, weight: 2, port: 3, target: 's.example.org' } }, { type: 'PTR', data: 'p.example.org' }, { type: 'NAPTR', data: { order: 1, preference: 2, flags: 's', services: 'S', regexp: 'r', replacement: 'n.example.org' } },
    { type: 'SOA', data: { mname: 'ns.example.org', rname: 'root.example.org', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 4 } }, { type: 'CAA', data: { flags: 0, tag: 'issue', value: 'ca' } }],
  'other.example.org': [{ type: 'MX', data: { preference: 1, exchange: 'm.example.org' } }],
  '1.2.0.192.in-addr.arpa': [{ type: 'PTR', data: 'one.example.org' }, { type: 'PTR', data: 'two.example.org' }],
  '2.2.0.192.in-addr.arpa': [],
}
/** Milliseconds for servers that answer: no slowness of the machine is taken for their silence. */
const ANSWERED = 15_000
const RCODES = { formerr: 1, servfail: 2, nxdomain: 3, notimp: 4, refused: 5, yxdomain: 6, notauth: 9, odd: 11 }

function answer(bytes, asked) {
  const query = dnsPacket.decode(bytes)
  const [{ name, type }] = query.questions
  asked.push([name, type])
  const [first] = name.toLowerCase().split('.')
  const known = ZONES[name.toLowerCase()]
  const rcode = RCODES[first] ?? (known === undefined && !['empty', 'large', 'wrongid', 'garbage', 'truncated', 'short', 'foreign', 'question', 'twice', 'unasked'].includes(first) ? 3 : 0)
  const answers = (known ?? (first === 'twice' ? [A('192.0.2.7')] : [])).filter(each => type === 'ANY' || each.type === type || each.type === 'CNAME' || each.name !== undefined).map(each => ({ name, ttl: 5, ...each }))
  if (first === 'foreign') answers.push({ type: 'A', name: 'stranger.example.org', ttl: 1, data: '192.0.2.66' })
  if (first === 'large') for (let i = 1; i < 20; i++) answers.push({ ...A(`192.0.2.${i}`), name })
  const packet = { type: 'response', id: query.id, flags: 0x180 | rcode, questions: query.questions, answers }
  if (first === 'wrongid') packet.id = query.id ^ 1
  if (first === 'truncated') packet.flags |= dnsPacket.TRUNCATED_RESPONSE
  if (first === 'unasked') packet.questions = []
  if (first === 'question') packet.questions = [{ type: 'A', name: 'other.example.org' }]
  return { packet, first }
}

function serve(behaviour = {}) {
  const asked = []
  const server = dgram.createSocket('udp4', (bytes, { port, address }) => {
    const { packet, first } = answer(bytes, asked)
    if (first === 'silent' || behaviour.silent === true) return
    if (behaviour.rcode !== undefined) packet.flags = 0x180 | behaviour.rcode
    if (first === 'garbage') server.send(Buffer.from([bytes[0], bytes[1], 0x81, 0x80, 0, 1, 0, 9]), port, address)
    else if (first === 'short') server.send(Buffer.from([1, 2, 3]), port, address)
    else server.send(dnsPacket.encode(packet), port, address)
  })
  return new Promise(resolve => { server.bind(0, behaviour.address ?? '127.0.0.1', () => {
    const { port } = server.address()
    const streams = net.createServer(socket => {
      socket.on('error', () => undefined)
      socket.on('data', bytes => {
        const { packet } = answer(bytes.subarray(2), asked)
        packet.flags &= ~dnsPacket.TRUNCATED_RESPONSE
        packet.answers = [{ ...A('192.0.2.200'), name: packet.questions[0].name }]
        const body = dnsPacket.encode(packet)
        socket.write(Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]))
      })
    })
    streams.listen(port, behaviour.address ?? '127.0.0.1', () => { resolve({ server, asked, port, close() { server.close(); streams.close() } }) })
  }) })
}

const resolverOf = (port, options) => {
  const resolver = new dns.Resolver(options)
  resolver.setServers([`127.0.0.1:${port}`])
  return resolver
}

main({
  async shapesOfAnswers(log) {
    const { port, asked, close } = await serve()
    const resolver = resolverOf(port)
    const call = (name, ...args) => log.wait(`${name} ${JSON.stringify(args)}`, promisify(resolver[name].bind(resolver))(...args))
    await call('resolve4', 'plain.example.org')
    await call('resolve4', 'plain.example.org', { ttl: true })
    await call('resolve6', 'plain.example.org', { ttl: true })
    await call('resolve4', 'plain.example.org', { ttl: 0 })
    await call('resolve', 'plain.example.org', 'A')
    await call('resolve', 'plain.example.org', 'AAAA')
    await call('resolve4', 'alias.example.org')
    await call('resolve4', 'alias.example.org', { ttl: true })
    await call('resolveCname', 'alias.example.org')
    await call('resolve4', 'only-alias.example.org')
    await call('resolveTxt', 'texts.example.org')
    await call('resolveMx', 'mail.example.org')
    await call('resolveSrv', 'srv.example.org')
    await call('resolveCaa', 'caa.example.org')
    await call('resolve4', 'UPPER.example.ORG')
    log.say('asked', asked.at(-1))
    await call('resolve4', 'unasked.example.org')
    await call('resolve4', 'plain.example.org\0.rest')
    log.say('asked', asked.at(-1))
    await call('resolve4', 'plain.example.org.')
    await call('resolve4', 'foreign.example.org')
    await call('resolve4', 'other.example.org')
    await call('resolveSoa', 'other.example.org')
    await call('resolveNs', 'other.example.org')
    await call('reverse', '192.0.2.1')
    await call('reverse', '192.0.2.2')
    await call('reverse', '192.0.2.3')
    await call('resolvePtr', '1.2.0.192.in-addr.arpa')
    await call('resolve4', 'large.example.org')
    close()
  },

  async anything(log) {
    const { port, close } = await serve()
    const resolver = resolverOf(port)
    await log.wait('any', promisify(resolver.resolveAny.bind(resolver))('any.example.org'))
    await log.wait('any of few', promisify(resolver.resolveAny.bind(resolver))('other.example.org'))
    await log.wait('any of none', promisify(resolver.resolveAny.bind(resolver))('empty.example.org'))
    await log.wait('any missing', promisify(resolver.resolve.bind(resolver))('nxdomain.example.org', 'ANY'))
    close()
  },

  async codes(log) {
    const { port, asked, close } = await serve()
    for (const name of [...Object.keys(RCODES), 'empty', 'garbage']) {
      const resolver = resolverOf(port, { timeout: ANSWERED, tries: 2 })
      const before = asked.length
      await log.wait(name, promisify(resolver.resolve4.bind(resolver))(`${name}.example.org`))
      log.say(name, 'queries', asked.length - before)
    }
    for (const name of ['', '.', '..', 'a..b', '.a', 'a'.repeat(63), 'a'.repeat(64), `${'a.'.repeat(130)}b`, 'with space.example.org', 'ünicode.example.org', 'under_score.example.org', '192.0.2.55', '::1', 'localhost', 'x.localhost']) {
      const resolver = resolverOf(port, { timeout: ANSWERED, tries: 1 })
      const before = asked.length
      await log.wait(`name ${JSON.stringify(name.slice(0, 30))}`, promisify(resolver.resolve4.bind(resolver))(name))
      log.say('name', name.slice(0, 30), asked.slice(before))
    }
    close()
  },

  async timeouts(log) {
    const { port, asked, close } = await serve()
    for (const [name, options] of [['silent', { timeout: 60, tries: 1 }], ['silent', { timeout: 40, tries: 3 }], ['wrongid', { timeout: 60, tries: 1 }], ['short', { timeout: 60, tries: 1 }], ['question', { timeout: 60, tries: 1 }]]) {
      const resolver = resolverOf(port, options)
      const before = asked.length
      await log.wait(`${name} ${JSON.stringify(options)}`, promisify(resolver.resolve4.bind(resolver))(`${name}.example.org`))
      await until(() => asked.length - before >= options.tries)
      log.say(name, 'queries', asked.length - before)
    }
    close()
  },

  async truncated(log) {
    const { port, close } = await serve()
    const resolver = resolverOf(port, { timeout: ANSWERED, tries: 1 })
    await log.wait('by tcp', promisify(resolver.resolve4.bind(resolver))('truncated.example.org'))
    close()
  },

  async severalServers(log) {
    const [silent, failing, good] = [await serve({ silent: true, address: '127.0.0.2' }), await serve({ rcode: 2, address: '127.0.0.3' }), await serve({ address: '127.0.0.4' })]
    const dead = `127.0.0.5:${good.port}`
    const at = (each, address) => `${address}:${each.port}`
    for (const [name, servers] of [['first silent', [at(silent, '127.0.0.2'), at(good, '127.0.0.4')]], ['first failing', [at(failing, '127.0.0.3'), at(good, '127.0.0.4')]], ['first dead', [dead, at(good, '127.0.0.4')]],
      ['all failing', [at(failing, '127.0.0.3'), at(failing, '127.0.0.3')]], ['all dead', [dead, '127.0.0.6:1']]]) {
      const resolve = async timeout => {
        const resolver = new dns.Resolver({ timeout, tries: 2 })
        resolver.setServers(servers)
        await log.wait(name, promisify(resolver.resolve4.bind(resolver))('plain.example.org'))
      }
      if (name === 'first silent') await log.undisturbed(200, () => resolve(200))
      else await resolve(ANSWERED)
    }
    const missing = new dns.Resolver({ timeout: ANSWERED, tries: 2 })
    missing.setServers([at(good, '127.0.0.4'), at(failing, '127.0.0.3')])
    await log.wait('missing', promisify(missing.resolve4.bind(missing))('nxdomain.example.org'))
    const none = new dns.Resolver()
    none.setServers([])
    log.say('none', none.getServers())
    for (const each of [silent, failing, good]) each.close()
  },

  async cancels(log) {
    const { port, close } = await serve()
    const resolver = resolverOf(port)
    const order = []
    const questions = ['resolve4', 'resolve6', 'resolveMx', 'resolveAny'].map(name => new Promise(resolve => {
      log.say('request', typeof resolver[name]('silent.example.org', error => { order.push(name); log.say('cancelled', error); resolve() }))
    }))
    log.say('answers', resolver.cancel())
    log.say('at once', order.length)
    await Promise.all(questions)
    log.say('order', order)
    const promises = new dns.promises.Resolver({ timeout: 5000 })
    promises.setServers([`127.0.0.1:${port}`])
    const waiting = promises.resolve4('silent.example.org')
    after(20).then(() => { promises.cancel() })
    await log.wait('promise', waiting)
    await log.wait('after', promises.resolve4('plain.example.org'))
    log.attempt('servers while asking', () => { const pending = promises.resolve4('silent.example.org').catch(error => { log.say('pending', error.code) }); promises.setServers(['127.0.0.1']); void pending })
    promises.cancel()
    await after(20)
    close()
  },

  async locals(log) {
    const from = []
    const server = dgram.createSocket('udp4', (bytes, { port, address }) => {
      from.push(address)
      const query = dnsPacket.decode(bytes)
      server.send(dnsPacket.encode({ type: 'response', id: query.id, flags: 0x180, questions: query.questions, answers: [{ ...A('192.0.2.1'), name: query.questions[0].name }] }), port, address)
    })
    await new Promise(resolve => { server.bind(0, '127.0.0.1', resolve) })
    const resolver = resolverOf(server.address().port)
    log.say(resolver.setLocalAddress('127.0.0.7'))
    await log.wait('from', promisify(resolver.resolve4.bind(resolver))('plain.example.org'))
    log.say(from)
    log.say(resolver.setLocalAddress('127.0.0.8', '::1'))
    await log.wait('from', promisify(resolver.resolve4.bind(resolver))('plain2.example.org'))
    log.say(from)
    for (const args of [[undefined], [null], [5], ['x'], ['::1', 'x'], ['127.0.0.1', '127.0.0.2'], ['::1', '::2'], ['0.0.0.0', '::0']]) log.attempt(`setLocalAddress ${JSON.stringify(args)}`, () => resolver.setLocalAddress(...args))
    server.close()
  },

  async arguments(log) {
    const resolver = new dns.Resolver()
    for (const name of ['resolve4', 'resolve6', 'resolveMx', 'resolveAny', 'resolve', 'reverse', 'resolveTlsa']) {
      if (resolver[name] === undefined) continue
      for (const args of [[], ['x'], [5, () => undefined], [null, () => undefined], ['x', 'y'], ['x', {}, 5], ['x', null, () => undefined], ['x', {}]]) {
        log.attempt(`${name} ${JSON.stringify(args)} ${args.length}`, () => { resolver[name](...args); resolver.cancel(); return true })
        log.attempt(`promises ${name} ${JSON.stringify(args)} ${args.length}`, () => { const made = new dns.promises.Resolver(); made[name](...args).catch(() => undefined); made.cancel(); return true })
      }
    }
    for (const options of [{ timeout: 0 }, { timeout: -1 }, { timeout: 2 ** 31 }, { timeout: 1.5 }, { timeout: null }, { tries: 1 }, { tries: -1 }, { tries: 1.5 }, { tries: 2 ** 31 }, { maxTimeout: -1 }, { maxTimeout: 0 }, undefined, 5, 'x']) {
      log.attempt(`Resolver ${JSON.stringify(options)}`, () => new dns.Resolver(options) instanceof dns.Resolver)
      log.attempt(`promises.Resolver ${JSON.stringify(options)}`, () => new dns.promises.Resolver(options) instanceof dns.promises.Resolver)
    }
    log.attempt('without new', () => dns.Resolver())
    for (const list of [[], ['127.0.0.1:53'], ['127.0.0.1:65535'], ['[::1]:53'], ['::1%lo'], ['[fe80::1%lo]:5'], [''], [null], ['localhost'], null]) {
      log.attempt(`setServers ${JSON.stringify(list)}`, () => resolver.setServers(list))
      log.say('servers', resolver.getServers())
    }
    for (const order of ['ipv4first', 'ipv6first', 'verbatim', 'x', 5, undefined]) {
      log.attempt(`order ${order}`, () => dns.setDefaultResultOrder(order))
      log.say(dns.getDefaultResultOrder?.(), dns.promises.getDefaultResultOrder?.())
    }
    dns.setDefaultResultOrder('verbatim')
  },

  async lookups(log) {
    for (const [name, options] of [['127.0.0.1', {}], ['127.0.0.1', { all: true }], ['127.0.0.1', 6], ['127.0.0.1', { family: 6 }], ['::1', 4], ['::1', { family: 4, all: true }], ['127.0.0.1', { family: 'IPv6' }], ['::ffff:1.2.3.4', {}], ['1.2.3', {}], ['0x7f.1', { family: 4 }],
      ['', {}], ['', { all: true }], ['', 6], [null, {}], [undefined, {}], [false, {}], [0, {}], [NaN, {}], ['localhost', { family: 4, hints: dns.ADDRCONFIG }], ['localhost', { family: 4, hints: dns.V4MAPPED | dns.ALL }],
      ['localhost', { family: 0, verbatim: false, all: false }], ['localhost', { family: 4, verbatim: true }], ['localhost', { family: 4, order: 'ipv6first', all: true }], ['LOCALHOST', 4]]) {
      await log.wait(`lookup ${String(name)} ${JSON.stringify(options)}`, (async () => promisify(dns.lookup)(name, options))())
      await log.wait(`promises ${String(name)} ${JSON.stringify(options)}`, (async () => dns.promises.lookup(name, options))())
    }
    for (const options of [{ family: 5 }, { family: '4' }, { family: 'ipv4' }, { family: null }, { family: 'IPv4' }, { hints: -1 }, { hints: null }, { hints: 2 ** 30 }, { all: 1 }, { all: null }, { verbatim: 0 }, { verbatim: null }, { order: null }, { order: 'X' }, 4.5, '4', null, true]) {
      log.attempt(`options ${JSON.stringify(options)}`, () => typeof dns.lookup('127.0.0.1', options, () => undefined))
      await log.wait(`promise options ${JSON.stringify(options)}`, (async () => dns.promises.lookup('127.0.0.1', options))())
    }
    let inCall = true
    await new Promise(resolve => { log.say('request', typeof dns.lookup('127.0.0.1', () => { log.say('asynchronous', !inCall); resolve() })); inCall = false })
    for (const args of [['127.0.0.1', 80], ['127.0.0.1', 65535], ['127.0.0.1', '80'], ['127.0.0.1', 0]]) await log.wait(`service ${JSON.stringify(args)}`, promisify(dns.lookupService)(...args))
    for (const args of [['localhost', 80], ['', 80], [null, 80], ['127.0.0.1', null], ['127.0.0.1', 'x'], ['127.0.0.1', {}], ['127.0.0.1', -1]]) {
      log.attempt(`bad service ${JSON.stringify(args)}`, () => dns.lookupService(...args, () => undefined))
      await log.wait(`bad service promise ${JSON.stringify(args)}`, (async () => dns.promises.lookupService(...args))())
    }
  },

  async constants(log) {
    for (const name of Object.keys(dns).filter(each => typeof dns[each] !== 'function' && each !== 'promises')) log.say(name, dns[name])
    for (const name of Object.keys(dns.promises).filter(each => typeof dns.promises[each] !== 'function')) log.say('promises', name, dns.promises[name])
  },
})
