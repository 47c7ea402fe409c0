// Puts `sockeye-net/node/suite` in the place of Node's modules, as runners of whole suites do: what programs require, and what
// Node's own http stands on.
'use strict'
const http = require('node:http')
const Module = require('node:module')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '../../..')
const OWN = [path.join(ROOT, 'node-suite.cjs'), path.join(ROOT, 'dist') + path.sep, path.join(ROOT, 'node_modules') + path.sep]
void [process.stdout, process.stderr] // made of Node's own sockets

const natives = { net: require('node:net'), dgram: require('node:dgram') }
const NativeSocket = natives.net.Socket
const ours = require('../../../node-suite.cjs')
const known = new Map(Object.entries({ net: ours.net, dgram: ours.dgram, dns: ours.dns, 'dns/promises': ours.dnsPromises }))

const load = Module._load
Module._load = function loadOurs(request, parent, ...rest) {
  const found = known.get(request.replace(/^node:/, ''))
  const isInside = OWN.some(each => parent?.filename?.startsWith(each))
  return found !== undefined && !isInside ? found : load.call(this, request, parent, ...rest)
}

for (const [name, native] of Object.entries(natives)) {
  for (const key of Object.keys(native)) if (Object.getOwnPropertyDescriptor(native, key).writable) native[key] = ours[name][key]
}
natives.net.Socket = new Proxy(ours.net.Socket, {
  construct: (target, args, newTarget) => args[0]?.handle || typeof args[0]?.fd === 'number'
    ? new NativeSocket(...args)
    : Reflect.construct(target, args, newTarget === natives.net.Socket ? target : newTarget),
})
Object.setPrototypeOf(http.Server.prototype, ours.net.Server.prototype)
Object.setPrototypeOf(http.Server, ours.net.Server)
http.Agent.prototype.createConnection = ours.net.createConnection
