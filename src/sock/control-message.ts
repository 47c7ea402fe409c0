// Ancillary data of sendmsg and recvmsg: level and type as POSIX numbers, data as the bytes a C program would see.

export interface ControlMessage {
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
  /** SCM_RIGHTS only: open file descriptions under way, opaque to this layer. */
  readonly files?: readonly unknown[]
}
