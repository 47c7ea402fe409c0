// A process's calls that were woken and not yet tried again, in the order of their waking: one turn for all of them.
// Linked through the calls themselves.

export interface WokenCall {
  nextWoken: WokenCall | undefined
  tryAgain(): void
}

const ownTurn = Promise.resolve()

export class WokenCalls {
  private first: WokenCall | undefined = undefined
  private last: WokenCall | undefined = undefined

  add(call: WokenCall): void {
    if (this.last === undefined) {
      this.first = call
      void ownTurn.then(this.run)
    } else {
      this.last.nextWoken = call
    }
    this.last = call
  }

  private readonly run = (): void => {
    let call = this.first
    this.first = undefined
    this.last = undefined
    while (call !== undefined) {
      const next: WokenCall | undefined = call.nextWoken
      call.nextWoken = undefined
      call.tryAgain()
      call = next
    }
  }
}
