// The claims on local ports, by port, the latest first. With every connection one comes and goes: they hang on each other, so that
// none costs memory of the table's own (a Map makes itself anew every few deletions).

import type { PortHold } from './port-hold.ts'

const FEWEST_CHAINS = 16

export class PortClaims {
  /** Claims of all ports whose number ends alike stand in one chain. */
  private chains: (PortHold | undefined)[] = new Array<PortHold | undefined>(FEWEST_CHAINS).fill(undefined)
  private count = 0

  get size(): number { return this.count }

  /** The latest claim on `port`. */
  latest(port: number): PortHold | undefined { return ofPort(this.chains[port & (this.chains.length - 1)], port) }

  /** The one on the same port before it. */
  before(hold: PortHold): PortHold | undefined { return ofPort(hold.next, hold.port) }

  add(hold: PortHold): void {
    if (this.count === this.chains.length) this.grow()
    this.put(hold)
    this.count++
  }

  private put(hold: PortHold): void {
    const at = hold.port & (this.chains.length - 1)
    hold.next = this.chains[at]
    this.chains[at] = hold
  }

  /** False when it is not there. */
  remove(hold: PortHold): boolean {
    const at = hold.port & (this.chains.length - 1)
    let previous = this.chains[at]
    if (previous === hold) {
      this.chains[at] = hold.next
    } else {
      while (previous !== undefined && previous.next !== hold) previous = previous.next
      if (previous === undefined) return false
      previous.next = hold.next
    }
    hold.next = undefined
    this.count--
    return true
  }

  private grow(): void {
    const old = this.chains
    this.chains = new Array<PortHold | undefined>(2 * old.length).fill(undefined)
    for (const latest of old) {
      const holds: PortHold[] = []
      for (let each = latest; each !== undefined; each = each.next) holds.push(each)
      for (const each of holds.reverse()) this.put(each)
    }
  }
}

function ofPort(from: PortHold | undefined, port: number): PortHold | undefined {
  let hold = from
  while (hold !== undefined && hold.port !== port) hold = hold.next
  return hold
}
