// Settings under their Linux names (`net.ipv4.tcp_syn_retries`). Each layer describes its own with type, range and
// default; a namespace holds the values. Hot code keeps the row (`const row = table.row(name)`) and reads `row.value`.

import type { Errno } from './errno.ts'

/** `int` one number, `ints` several separated by blanks (`tcp_rmem`), `text` a word from `choices` if given. */
export interface SysctlDescriptor {
  readonly name: string
  readonly type: 'int' | 'ints' | 'text'
  readonly default: number | readonly number[] | string
  readonly min?: number
  readonly max?: number
  readonly unit?: string
  readonly choices?: () => readonly string[]
  readonly readOnly?: boolean
}

export class SysctlRow {
  readonly descriptor: SysctlDescriptor
  /** The first number; 0 for text. */
  value: number
  values: readonly number[]
  text: string

  constructor(descriptor: SysctlDescriptor) {
    this.descriptor = descriptor
    const initial = descriptor.default
    this.values = typeof initial === 'number' ? [initial] : typeof initial === 'string' ? [] : initial
    this.value = this.values[0] ?? 0
    this.text = typeof initial === 'string' ? initial : this.values.join('\t')
  }
}

export class SysctlTable {
  private readonly rows = new Map<string, SysctlRow>()
  private watchers: ((name: string) => void)[] = []

  define(descriptors: readonly SysctlDescriptor[]): void {
    for (const descriptor of descriptors) {
      if (!this.rows.has(descriptor.name)) this.rows.set(descriptor.name, new SysctlRow(descriptor))
    }
  }

  /** The row of a setting that a layer has defined; asking for another is a bug. */
  row(name: string): SysctlRow {
    const row = this.rows.get(name)
    if (row === undefined) throw new RangeError(`no such setting: ${name}`)
    return row
  }

  has(name: string): boolean { return this.rows.has(name) }

  names(): string[] { return [...this.rows.keys()].sort() }

  get(name: string): string | undefined { return this.rows.get(name)?.text }

  /** ENOENT for an unknown name, EPERM for a read-only one, EINVAL for a value out of range, as writing to /proc/sys. */
  set(name: string, text: string): Errno | undefined {
    const row = this.rows.get(name.replaceAll('/', '.'))
    if (row === undefined) return 'ENOENT'
    const { type, min, max, choices, readOnly } = row.descriptor
    if (readOnly === true) return 'EPERM'
    const trimmed = text.trim()
    if (type === 'text') {
      if (choices !== undefined && !choices().includes(trimmed)) return 'ENOENT'
      row.text = trimmed
    } else {
      const numbers = trimmed.split(/\s+/).map(Number)
      const inRange = numbers.every(n => Number.isInteger(n) && n >= (min ?? -2147483648) && n <= (max ?? 4294967295))
      if (!inRange || trimmed === '' || numbers.length > Math.max(1, row.values.length)) return 'EINVAL'
      row.values = [...numbers, ...row.values.slice(numbers.length)]
      row.value = row.values[0] ?? 0
      row.text = row.values.join('\t')
    }
    for (const watcher of this.watchers) watcher(row.descriptor.name)
    return undefined
  }

  watch(watcher: (name: string) => void): void { this.watchers.push(watcher) }
}
