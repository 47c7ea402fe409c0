// How far and by which device multicast of an accepted socket goes: as the handshake's last segment came (Linux:
// tcp_v4_syn_recv_sock, tcp_v6_syn_recv_sock). Connections of one listener share the record, as they share its other settings.

import { DEFAULT_INET_OPTIONS } from '../../sock/inet-sock.ts'
import type { InetOptions } from '../../sock/inet-sock.ts'

export class AcceptedOptions {
  private from: InetOptions = DEFAULT_INET_OPTIONS
  private hopLimit = -1
  private deviceIndex = 0
  private isInet6 = false
  private isVersion4 = true
  private options: InetOptions = DEFAULT_INET_OPTIONS

  /** `from` is the listener's; `isVersion4` says over what the connection runs. */
  of(from: InetOptions, hopLimit: number, deviceIndex: number, isInet6: boolean, isVersion4: boolean): InetOptions {
    const isKnown = this.from === from && this.hopLimit === hopLimit && this.deviceIndex === deviceIndex && this.isInet6 === isInet6
      && this.isVersion4 === isVersion4
    if (isKnown) return this.options
    this.from = from
    this.hopLimit = hopLimit
    this.deviceIndex = deviceIndex
    this.isInet6 = isInet6
    this.isVersion4 = isVersion4
    this.options = Object.freeze({
      ...from,
      ...isVersion4 && { multicastTtl: hopLimit },
      ...isInet6 && { multicastHops: hopLimit, multicastDevice: deviceIndex },
    })
    return this.options
  }
}
