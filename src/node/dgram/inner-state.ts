// The few inner members of Node's dgram sockets that ours touch, found by their descriptions.

import type nodeDgram from 'node:dgram'

export interface InnerHandle {
  close(): void
  unref(): void
  [key: symbol]: unknown
}

export function symbolOf(object: object, description: string): symbol {
  const found = Object.getOwnPropertySymbols(object).find(each => each.description === description)
  if (found === undefined) throw new Error(`this version of Node (${process.version}) has no ${description} in dgram: please report it`)
  return found
}

export function stateOf(socket: nodeDgram.Socket): { handle: InnerHandle | null } {
  return (socket as unknown as Record<symbol, { handle: InnerHandle | null }>)[symbolOf(socket, 'state symbol')]
}
