// Where a program stood when it did something. To remember is cheap; the text is made only when somebody reads it.

const FRAMES = 30

export class Place {
  /** Formatted by V8 at its first reading. */
  declare readonly stack: string

  constructor() {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = FRAMES
    Error.captureStackTrace(this, Place)
    Error.stackTraceLimit = limit
  }
}
