// What the host refuses while a device, an address or a clock is set up: an errno with what it means here and what to do.
// Thrown by the platform rooms only; programs print `message` on one line and leave with 2.

export class SetupError extends Error {
  /** The errno's name. */
  readonly code: string

  constructor(subject: string, code: string, advice: string) {
    super(`${subject}: ${code}: ${advice}`)
    this.name = 'SetupError'
    this.code = code
  }
}
