// What goes wrong with a stream socket: a TypeError, as the WinterTC proposal asks, with the errno's name.

export class SocketError extends TypeError {
  /** An errno's name, or another code in capitals. */
  readonly code: string

  constructor(message: string, code: string) {
    super(`SocketError: ${message}`)
    this.name = 'SocketError'
    this.code = code
  }
}
