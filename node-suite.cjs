// sockeye-net/node/suite: Node's net, dgram and dns on one loopback-only host, as plain objects that a suite may patch.
'use strict'

const { createLoopbackStack, createNodeModules } = require('./dist/src/entry/suite.js')

const { net, dgram, dns } = createNodeModules(createLoopbackStack())
module.exports = { net, dgram, dns }
