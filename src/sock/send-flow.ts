// The flow of a datagram that does not go to the connected peer, or asks for something of its own: the socket's settings
// with another destination (Linux: ipcm_init_sk, flowi4_init_output).

import { IpAddress } from '../base/address/ip.ts'
import { Flow } from '../ip/flow.ts'
import type { SendWishes } from './inet-control.ts'
import type { InetSock } from './inet-sock.ts'

/** Sets what depends on the destination: hop limit, traffic class, and where multicast leaves. */
export function applyDestination(sock: InetSock, flow: Flow): void {
  const { inet } = sock
  const { destination } = flow
  const isVersion4 = destination.family === 4
  flow.trafficClass = isVersion4 ? inet.tos : inet.trafficClass6
  flow.hopLimit = isVersion4 ? inet.ttl : inet.unicastHops
  flow.multicastLoop = inet.multicastLoop
  sock.followOptions(flow)
  let outDevice = isVersion4 ? inet.unicastDevice : inet.unicastDevice6
  if (destination.isMulticast) {
    flow.hopLimit = isVersion4 ? inet.multicastTtl : inet.multicastHops
    outDevice = inet.multicastDevice
    if (flow.source.isUnspecified && isVersion4 && !inet.multicastSource.isUnspecified) flow.source = inet.multicastSource
  }
  if (flow.outDevice !== outDevice) flow.route = undefined
  flow.outDevice = outDevice
}

export function flowTo(sock: InetSock, destination: IpAddress, scopeId: number, wishes: SendWishes | undefined): Flow {
  const flow = new Flow()
  const own = sock.flow
  flow.protocol = own.protocol
  flow.destination = destination
  flow.deviceIndex = wishes?.deviceIndex ?? (own.deviceIndex === 0 ? scopeId : own.deviceIndex)
  flow.mtuDiscover = own.mtuDiscover
  flow.fragmentBytes = own.fragmentBytes
  flow.dontFragment = own.dontFragment
  flow.options = own.options
  flow.flowLabel = own.flowLabel
  const isVersion4 = destination.family === 4
  const boundHere = (own.source.family === 4) === isVersion4 && !own.source.isUnspecified
  flow.source = wishes?.source ?? (boundHere ? own.source : isVersion4 ? IpAddress.ANY4 : IpAddress.ANY6)
  applyDestination(sock, flow)
  if (wishes === undefined) return flow
  if (wishes.hopLimit !== undefined) flow.hopLimit = wishes.hopLimit
  if (wishes.trafficClass !== undefined) flow.trafficClass = wishes.trafficClass
  if (wishes.options !== undefined) flow.options = wishes.options
  if (wishes.mark !== undefined) flow.mark = wishes.mark
  if (wishes.priority !== undefined) flow.priority = wishes.priority
  if (wishes.isOnLinkOnly === true) flow.isOnLinkOnly = true
  return flow
}
