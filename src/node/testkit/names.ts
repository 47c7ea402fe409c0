// Names of a world: every host has one, may have more, and may see them differently: `api.example` is one server to this client
// and another to that one. Names can fail, as name servers do.

import type { NameRecord } from './name-records.ts'

/**
 * How a name fails: there is none (`ENOTFOUND`, `NXDOMAIN`), it has no such record, the server fails (`EAI_AGAIN`, `SERVFAIL`), refuses,
 * or never answers (a lookup gives up after 10 s).
 */
export type NameFailure = 'ENOTFOUND' | 'NXDOMAIN' | 'NODATA' | 'EAI_AGAIN' | 'SERVFAIL' | 'REFUSED' | 'timeout'

/** A host's name or addresses. */
export type NameTarget = string | readonly string[]

/** A table as it is at one moment, to be sent to another thread. */
export interface NameSnapshot {
  readonly targets: readonly (readonly [string, NameTarget])[]
  readonly records: readonly (readonly [string, readonly NameRecord[]])[]
  readonly failures: readonly (readonly [string, NameFailure])[]
  readonly everythingFails: NameFailure | undefined
  readonly delayMs: number
}

/** Names everybody of a world sees, or one host. */
export class NameTable {
  private readonly targets = new Map<string, NameTarget>()
  private readonly recordsByName = new Map<string, NameRecord[]>()
  private readonly failures = new Map<string, NameFailure>()
  private everythingFails: NameFailure | undefined = undefined
  private takesMs = 0
  private changes = 0

  /** Grows with every change. */
  get version(): number { return this.changes }

  /** What each lookup takes. */
  get delayMs(): number { return this.takesMs }
  set delayMs(ms: number) {
    this.takesMs = ms
    this.changes++
  }

  set(name: string, target: NameTarget): this {
    this.changes++
    this.targets.set(plain(name), target)
    return this
  }

  /** Records of any type, as `dns.resolveAny` shows them: `{ type: 'MX', exchange: 'mail.example', priority: 10 }`. */
  add(name: string, ...records: readonly NameRecord[]): this {
    this.changes++
    this.recordsByName.set(plain(name), [...this.recordsByName.get(plain(name)) ?? [], ...records])
    return this
  }

  delete(name: string): this {
    this.changes++
    this.targets.delete(plain(name))
    this.recordsByName.delete(plain(name))
    return this
  }

  /** Lookups of the name fail from now on, or all lookups. */
  fail(name: string | undefined = undefined, how: NameFailure = 'EAI_AGAIN'): this {
    this.changes++
    if (name === undefined) this.everythingFails = how
    else this.failures.set(plain(name), how)
    return this
  }

  heal(name: string | undefined = undefined): this {
    this.changes++
    if (name === undefined) {
      this.everythingFails = undefined
      this.failures.clear()
    } else {
      this.failures.delete(plain(name))
    }
    return this
  }

  find(name: string): NameTarget | undefined { return this.targets.get(name) }
  records(name: string): readonly NameRecord[] | undefined { return this.recordsByName.get(name) }
  failure(name: string): NameFailure | undefined { return this.failures.get(name) ?? this.everythingFails }
  snapshot(): NameSnapshot {
    const { targets, recordsByName, failures, everythingFails, delayMs } = this
    return { targets: [...targets], records: [...recordsByName], failures: [...failures], everythingFails, delayMs }
  }

  restore({ targets, records, failures, everythingFails, delayMs }: NameSnapshot): void {
    for (const each of [this.targets, this.recordsByName, this.failures]) each.clear()
    for (const [name, target] of targets) this.targets.set(name, target)
    for (const [name, list] of records) this.recordsByName.set(name, [...list])
    for (const [name, failure] of failures) this.failures.set(name, failure)
    this.everythingFails = everythingFails
    this.delayMs = delayMs
  }

  entries(): Iterable<readonly [string, NameTarget]> { return this.targets.entries() }
}

export function plain(name: string): string { return name.toLowerCase().replace(/\.$/, '') }

export interface WorldNames {
  /** Addresses of a host by its name. */
  hostAddresses(name: string): readonly string[] | undefined
  hostNamed(address: string): string | undefined
  sleep(ms: number): Promise<void>
}
