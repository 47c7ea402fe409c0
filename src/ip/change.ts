// What a host's tables tell whoever watches them (Linux: rtnl notifications): a link, address, route or neighbour is there or
// has changed, or is gone. The routing socket listens.

import type { NetDevice } from '../link/net-device.ts'
import type { InterfaceAddress } from './interface-address.ts'
import type { Neighbour } from './neighbour/neighbour.ts'
import type { RouteEntry } from './route/table.ts'

export type TableChange =
  | { readonly kind: 'link', readonly isGone: boolean, readonly device: NetDevice, readonly index: number }
  | { readonly kind: 'address', readonly isGone: boolean, readonly entry: InterfaceAddress }
  | { readonly kind: 'route', readonly isGone: boolean, readonly entry: RouteEntry }
  | { readonly kind: 'neighbour', readonly isGone: boolean, readonly entry: Neighbour }
