'use strict'
const dgram = require('dgram')
const dns = require('dns')
const { promisify } = require('util')
const dnsPacket = require('dns-packet')
const { main, after, namesOf } = require('./harness.cjs')

const ANSWERS = {
  A: [{ data: '192.0.2.1', ttl: 60 }, { data: '192.0.2.2', ttl: 61 }],
  AAAA: [{ data: '2001:db8::1', ttl: 70 }],
  MX: [{ data: { preference: 10, exchange: 'mail.example.org' } }, { data: { preference: 5, exchange: 'first.example.org' } }],
  TXT: [{ data: ['one', 'two'] }, { data: ['three'] }],
  SRV: [{ data: { priority: 1, weight: 2, port: 443, target: 'srv.example.org' } }],
  NS: [{ data: 'ns1.example.org' }],
  CNAME: [{ data: 'real.example.org' }],
  PTR: [{ data: 'pointer.example.org' }],
  SOA: [{ data: { mname: 'ns.example.org', rname: 'root.example.org', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 4 } }],
  NAPTR: [{ data: { order: 1, preference: 2, flags: 's', services: 'SIP+D2U', regexp: '', replacement: 'sip.example.org' } }],
  CAA: [{ data: { flags: 0, tag: 'issue', value: 'ca.example.org' } }],
}

/** A name server; names that begin with an error's name get that error. */
function serve() {
  const server = dgram.createSocket('udp4', (bytes, { port, address }) => {
    const query = dnsPacket.decode(bytes)
    const [{ name, type }] = query.questions
    const rcode = { missing: 3, failing: 2, refusing: 5, unknown: 4, malformed: 1 }[name.split('.')[0]] ?? 0
    if (name.startsWith('silent')) return
    const known = name.startsWith('empty') || rcode !== 0 ? [] : type === 'ANY' ? ['A', 'MX', 'TXT'] : [type]
    const answers = known.flatMap(each => (ANSWERS[each] ?? []).map(answer => ({ type: each, name, ttl: 5, ...answer })))
    server.send(dnsPacket.encode({ type: 'response', id: query.id, flags: 0x180 | rcode, questions: query.questions, answers }), port, address)
  })
  return new Promise(resolve => { server.bind(0, '127.0.0.1', () => { resolve(server) }) })
}

const METHODS = ['resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr', 'resolveNs', 'resolvePtr', 'resolveSoa',
  'resolveSrv', 'resolveTxt']

main({
  async lookup(log) {
    await log.wait('address', dns.promises.lookup('127.0.0.1'))
    await log.wait('all', dns.promises.lookup('::1', { all: true }))
    await log.wait('localhost', dns.promises.lookup('localhost', 4))
    await log.wait('localhost all', dns.promises.lookup('localhost', { family: 4, all: true }))
    await log.wait('promisified', promisify(dns.lookup)('localhost', { family: 4 }))
    await log.wait('empty', dns.promises.lookup(''))
    await log.wait('ipv4first', dns.promises.lookup('localhost', { order: 'ipv4first', family: 4 }))
    for (const args of [[], ['localhost'], ['localhost', 5], ['localhost', {}, 5], ['localhost', { family: 9 }, () => undefined], [5, () => undefined],
      ['localhost', { hints: 1 }, () => undefined], ['localhost', { hints: 'x' }, () => undefined], ['localhost', { all: 'x' }, () => undefined],
      ['localhost', { verbatim: 5 }, () => undefined], ['localhost', { order: 'x' }, () => undefined], ['localhost', 'x', () => undefined],
      ['localhost', 7, () => undefined]]) {
      log.attempt(`lookup ${JSON.stringify(args)}`, () => { dns.lookup(...args); return true })
    }
    await log.wait('callback', new Promise(resolve => { dns.lookup('localhost', 4, (...args) => { resolve(args) }) }))
    log.attempt('promises', () => dns.promises.lookup('localhost', { family: 9 }))
  },

  async lookupService(log) {
    await log.wait('service', dns.promises.lookupService('127.0.0.1', 22))
    await log.wait('promisified', promisify(dns.lookupService)('127.0.0.1', 80))
    for (const args of [[], ['x', 1, () => undefined], ['127.0.0.1', -1, () => undefined], ['127.0.0.1', 80], ['127.0.0.1', 80, 5], ['127.0.0.1', 70000, () => undefined]]) {
      log.attempt(`lookupService ${JSON.stringify(args)}`, () => { dns.lookupService(...args); return true })
    }
  },

  async resolver(log) {
    const server = await serve()
    const { port } = server.address()
    const resolver = new dns.Resolver()
    const promises = new dns.promises.Resolver()
    for (const each of [resolver, promises]) each.setServers([`127.0.0.1:${port}`])
    log.say(resolver.getServers().length)
    for (const method of METHODS) {
      await log.wait(method, promises[method]('host.example.org'))
      await log.wait(`${method} callback`, promisify(resolver[method].bind(resolver))('host.example.org'))
    }
    await log.wait('ttl', promises.resolve4('host.example.org', { ttl: true }))
    await log.wait('ttl 6', promises.resolve6('host.example.org', { ttl: true }))
    await log.wait('resolve', promises.resolve('host.example.org'))
    await log.wait('resolve MX', promises.resolve('host.example.org', 'MX'))
    await log.wait('resolve ANY', promises.resolve('host.example.org', 'ANY'))
    await log.wait('reverse', promises.reverse('192.0.2.1'))
    await log.wait('reverse 6', promises.reverse('2001:db8::1'))
    for (const name of ['missing', 'failing', 'refusing', 'unknown', 'malformed', 'empty']) await log.wait(name, promises.resolve4(`${name}.example.org`))
    await log.wait('bad reverse', (async () => promises.reverse('x'))())
    log.attempt('bad reverse', () => resolver.reverse('x', () => undefined))
    log.attempt('bad name', () => resolver.resolve4(5, () => undefined))
    log.attempt('no callback', () => resolver.resolve4('x'))
    log.attempt('bad type', () => resolver.resolve('x', 'NOPE', () => undefined))
    log.attempt('bad type', () => resolver.resolve('x', 5, () => undefined))
    await log.wait('too long', promises.resolve4('a'.repeat(70)))
    server.close()
  },

  async cancel(log) {
    const server = await serve()
    const resolver = new dns.Resolver({ timeout: 100, tries: 1 })
    resolver.setServers([`127.0.0.1:${server.address().port}`])
    const cancelled = promisify(resolver.resolve4.bind(resolver))('silent.example.org')
    resolver.cancel()
    await log.wait('cancelled', cancelled)
    await log.wait('timeout', promisify(resolver.resolve4.bind(resolver))('silent.example.org'))
    server.close()
    await after(10)
    await log.wait('refused', promisify(resolver.resolve4.bind(resolver))('host.example.org'))
  },

  async servers(log) {
    const resolver = new dns.Resolver()
    resolver.setServers(['127.0.0.1', '127.0.0.2:5353', '[::1]', '[::1]:5353', '::1'])
    log.say(resolver.getServers())
    for (const list of [5, [5], ['x'], ['1.2.3.4:99999'], ['[::1'], undefined]) log.attempt(`setServers ${JSON.stringify(list)}`, () => resolver.setServers(list))
    log.say(resolver.getServers())
    for (const args of [[], ['x'], ['127.0.0.1'], ['127.0.0.1', '::1'], ['::1', '127.0.0.1'], ['127.0.0.1', '127.0.0.1'], ['127.0.0.1', 5]]) {
      log.attempt(`setLocalAddress ${JSON.stringify(args)}`, () => resolver.setLocalAddress(...args))
    }
    for (const options of [{ timeout: 'x' }, { timeout: -2 }, { tries: 0 }, { tries: 'x' }, null]) {
      log.attempt(`Resolver ${JSON.stringify(options)}`, () => new dns.Resolver(options) instanceof dns.Resolver)
    }
    log.say(dns.getDefaultResultOrder())
    dns.setDefaultResultOrder('ipv4first')
    log.say(dns.getDefaultResultOrder(), dns.promises.getDefaultResultOrder())
    log.attempt('order', () => dns.setDefaultResultOrder('x'))
    const before = dns.getServers().length > 0
    dns.setServers(['127.0.0.9'])
    log.say(before, dns.getServers(), dns.promises.getServers())
    dns.promises.setServers(['127.0.0.8'])
    log.say(dns.promises.getServers())
  },

  async shape(log) {
    log.say(Object.keys(dns).sort(), Object.keys(dns.promises).sort(), namesOf(dns.Resolver))
    log.say(require('dns/promises') === dns.promises)
    for (const name of Object.keys(dns)) if (typeof dns[name] === 'function') log.say(name, dns[name].name, dns[name].length)
  },
})
