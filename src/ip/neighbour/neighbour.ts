// What others see of an entry in the neighbour cache (cache.ts): listings, the routing socket.

import type { IpAddress } from '../../base/address/ip.ts'
import type { MacAddress } from '../../base/address/mac.ts'
import type { Instant } from '../../base/time.ts'
import type { NetDevice } from '../../link/net-device.ts'

export type NeighbourState = 'none' | 'incomplete' | 'reachable' | 'stale' | 'delay' | 'probe' | 'failed' | 'permanent'

export interface Neighbour {
  readonly device: NetDevice
  readonly address: IpAddress
  readonly state: NeighbourState
  readonly mac: MacAddress
  readonly isRouter: boolean
  readonly probes: number
  readonly confirmedAt: Instant
  readonly updatedAt: Instant
}
