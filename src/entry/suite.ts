// What the CommonJS entry `sockeye-net/node/suite` needs.

export { refusePassing } from '../node/builtins/no-passing.ts'
export { patchTls } from '../node/builtins/tls-bridge.ts'
export { activeListings } from '../node/facade/active-handles.ts'
export { createLoopbackStack } from '../node/facade/loopback-stack.ts'
export { createNodeModules } from '../node/facade/node-modules.ts'
export type { NodeModules } from '../node/facade/node-modules.ts'
