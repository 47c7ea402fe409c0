// Counters in the manner of SNMP (RFC 2578 7.1.6): a fixed set of names, each a number that only grows. The names are given
// once, so that the record keeps one shape and hot code may write `counters.values.InSegs++`.

export class Counters<Name extends string> {
  readonly values: Record<Name, number>

  constructor(names: readonly Name[]) {
    this.values = Object.fromEntries(names.map(name => [name, 0])) as Record<Name, number>
  }

  increment(name: Name, by: number = 1): void { this.values[name] += by }

  get(name: Name): number { return this.values[name] }

  /** A copy that later counting leaves alone. */
  snapshot(): Record<Name, number> { return { ...this.values } }
}
