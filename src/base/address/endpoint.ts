// An address and a port: one end of a connection (row A5).

import type { IpAddress } from './ip.ts'

export interface Endpoint {
  readonly address: IpAddress
  readonly port: number
}

export function endpoint(address: IpAddress, port: number): Endpoint { return { address, port } }

/** `1.2.3.4:80`, `[::1]:80`. */
export function describeEndpoint({ address, port }: Endpoint): string {
  return address.family === 4 ? `${address.toString()}:${port}` : `[${address.toString()}]:${port}`
}
