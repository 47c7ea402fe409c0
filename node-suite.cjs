// sockeye-net/node/suite: Node's net, dgram and dns on one loopback-only host, as plain objects that a suite may patch.
'use strict'

const { activeListings, createLoopbackStack, createNodeModules, patchTls, refusePassing } = require('./dist/src/entry/suite.js')

const os = require('node:os')

const stack = createLoopbackStack()
const { net, dgram, dns } = createNodeModules(stack)
// Programs that ask the machine for its interfaces learn of the host's.
os.networkInterfaces = stack.interfaces
// And of what keeps Node running.
Object.assign(process, activeListings(() => stack))
// TLS may be given a socket of ours, other processes may not.
patchTls(() => undefined)
refusePassing()
module.exports = { net, dgram, dns }
