// What TCP asks of the table of bound ports (sock/bind-table.ts), named here so that the block depends on a few calls only.

import type { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import type { InetSock } from '../../sock/inet-sock.ts'

export interface PortTable {
  bind(sock: InetSock, address: IpAddress, port: number): Errno | undefined
  unbind(sock: InetSock): void
  inherit(child: InetSock, parent: InetSock): void
  chooseForConnect(sock: InetSock, isFree: (port: number) => boolean): Errno | undefined
  socksAt(port: number): Iterable<InetSock>
}
