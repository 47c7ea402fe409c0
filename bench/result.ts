// What a benchmark found: rows of figures with their unit, what each is held against, and the bar where there is one.

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 'Gbit/s' | 'round trips/s' | 'connections/s' | 'ns' | 'GB/s'
  /** What it is compared with, measured in the same run. */
  readonly against?: { readonly name: string, readonly value: number }
  /** The least that is asked for: of the figure itself, or of its ratio to `against`. */
  readonly bar?: { readonly of: 'value' | 'ratio', readonly least: number }
  readonly note?: string
}

export interface Skipped { readonly name: string, readonly skipped: string }

export type Row = Figure | Skipped

export interface Section { readonly title: string, readonly rows: readonly Row[] }

export function ratioOf(figure: Figure): number | undefined {
  return figure.against === undefined || figure.against.value === 0 ? undefined : figure.value / figure.against.value
}

/** Undefined where nothing was asked. */
export function holds(figure: Figure): boolean | undefined {
  const { bar } = figure
  if (bar === undefined) return undefined
  return (bar.of === 'value' ? figure.value : ratioOf(figure) ?? 0) >= bar.least
}

function number(value: number, unit: Figure['unit']): string {
  if (unit === 'round trips/s' || unit === 'connections/s') return Math.round(value).toLocaleString('en-US')
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}

function line(row: Row): string[] {
  if ('skipped' in row) return [row.name, '', '', '', `skipped: ${row.skipped}`]
  const ratio = ratioOf(row)
  const verdict = holds(row)
  const bar = row.bar === undefined ? '' : `${verdict ? 'holds' : 'MISSED'}: at least ${row.bar.of === 'ratio' ? `${row.bar.least} x` : `${number(row.bar.least, row.unit)} ${row.unit}`}`
  return [
    row.name, `${number(row.value, row.unit)} ${row.unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    row.against === undefined ? '' : `${row.against.name} ${number(row.against.value, row.unit)}`,
    [bar, row.note ?? ''].filter(part => part !== '').join('; '),
  ]
}

export function printSections(sections: readonly Section[]): string {
  const all = sections.flatMap(each => each.rows.map(line))
  const widths = [0, 1, 2, 3].map(column => Math.max(0, ...all.map(cells => cells[column].length)))
  return sections.map(({ title, rows }) => [
    title,
    ...rows.map(line).map(cells => `  ${cells.map((cell, column) => (
      column === 0 || column > 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column]))).join('  ')}`.trimEnd()),
  ].join('\n')).join('\n\n')
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
