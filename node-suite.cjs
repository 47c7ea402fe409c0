// sockeye-net/node/suite: Node's net, dgram and dns (and tls over them) on one loopback-only host, as plain objects that a suite may patch.
'use strict'

const { activeListings, createLoopbackStack, createNodeModules, patchTls, refusePassing } = require('./dist/src/entry/suite.js')

const os = require('node:os')
const tls = require('node:tls')

const stack = createLoopbackStack()
const { net, dgram, dns } = createNodeModules(stack)
// Programs that ask the machine for its interfaces learn of the host's.
os.networkInterfaces = stack.interfaces
// And of what keeps Node running.
Object.assign(process, activeListings(() => stack))
// TLS goes over it as well; other processes may not be given a socket of ours.
patchTls(() => stack)
for (const [inner, ours] of [[tls.Server, net.Server], [tls.TLSSocket, net.Socket]]) {
  Object.setPrototypeOf(inner.prototype, ours.prototype)
  Object.setPrototypeOf(inner, ours)
}
refusePassing()
module.exports = { net, dgram, dns, dnsPromises: dns.promises }
