// What the CommonJS entry `sockeye-net/node/suite` needs.

export { activeListings } from '../node/facade/active-handles.ts'
export { createLoopbackStack } from '../node/facade/loopback-stack.ts'
export { createNodeModules } from '../node/facade/node-modules.ts'
export type { NodeModules } from '../node/facade/node-modules.ts'
