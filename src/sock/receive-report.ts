// What a receive tells beside its bytes. The socket layer's ReceiveResult is one; protocols below fill it.

import type { ControlMessage } from './control-message.ts'
import type { SocketAddress } from './socket-address.ts'

export interface ReceiveReport {
  address: SocketAddress | undefined
  /** MSG_TRUNC, MSG_CTRUNC, MSG_OOB, MSG_EOR, MSG_ERRQUEUE. */
  flags: number
  control: ControlMessage[]
}
