// The three ways a script ends other than well, as exceptions of the drill's own: they never cross into the stack.

/** The stack did something else than the script says. */
export class Mismatch extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Mismatch'
  }
}

/** The script needs what this interpreter or this host does not have: the verdict is "not applicable", never "pass". */
export class NotApplicable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotApplicable'
  }
}

/** The script contradicts itself: a failure, reported as the script's. */
export class ScriptError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ScriptError'
  }
}
