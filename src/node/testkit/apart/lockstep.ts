// Several threads do their turns of one instant at the same time; what they answer takes effect in the order in which they were asked,
// whoever was done first, so that the same seed gives the same world.

import { activity } from '../activity.ts'

interface Asked<A> {
  readonly take: (answer: A) => void
  answer: A | undefined
  isGone: boolean
}

export class Lockstep<A> {
  private readonly asked: Asked<A>[] = []
  private end: (() => void) | undefined = undefined

  /** The world's time stands still until every one that was asked has answered. Answers how to answer, and how to leave. */
  ask(take: (answer: A) => void): { readonly answer: (answer: A) => void, readonly leave: () => void } {
    const entry: Asked<A> = { take, answer: undefined, isGone: false }
    this.asked.push(entry)
    this.end ??= activity.start('a host in a thread of its own')
    return {
      answer: answer => {
        entry.answer = answer
        this.tell()
      },
      leave: () => {
        entry.isGone = true
        this.tell()
      },
    }
  }

  private tell(): void {
    if (this.asked.some(each => each.answer === undefined && !each.isGone)) return
    const { end } = this
    this.end = undefined
    for (const { take, answer, isGone } of this.asked.splice(0)) if (answer !== undefined && !isGone) take(answer)
    end?.()
  }
}
