// What Python has on offer for the code of `%{ ... }%` beside TCP_INFO's names.

export type Value = number | string | boolean | readonly Value[]

/** `undefined`: called with what it does not take. */
type BuiltIn = (items: readonly Value[]) => Value | undefined

function numbers(items: readonly Value[]): readonly number[] | undefined {
  const [first] = items
  const list = items.length === 1 && typeof first === 'object' ? first : items
  return list.length > 0 && list.every(each => typeof each === 'number') ? list : undefined
}

function ofNumbers(join: (list: readonly number[]) => Value): BuiltIn {
  return items => {
    const list = numbers(items)
    return list === undefined ? undefined : join(list)
  }
}

function ofOne(turn: (value: number) => Value): BuiltIn {
  return ([value, ...rest]) => {
    const isNumber = typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && /^[-+]?[\d.]+$/.test(value))
    return isNumber && rest.length === 0 ? turn(Number(value)) : undefined
  }
}

/** Halves go to the even neighbour, as Python has it. */
function round(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

export const BUILT_IN: Readonly<Partial<Record<string, BuiltIn>>> = {
  min: ofNumbers(list => Math.min(...list)),
  max: ofNumbers(list => Math.max(...list)),
  sum: ofNumbers(list => list.reduce((total, each) => total + each, 0)),
  abs: ofOne(Math.abs),
  int: ofOne(Math.trunc),
  float: ofOne(value => value),
  round: ofOne(round),
  bool: ([value]) => typeof value === 'object' ? value.length > 0 : Boolean(value),
  len: ([value]) => typeof value === 'object' || typeof value === 'string' ? value.length : undefined,
  str: ([value]) => value === undefined ? undefined : String(value),
  range: items => items.every(each => typeof each === 'number') ? range(items) : undefined,
}

function range(bounds: readonly number[]): Value | undefined {
  const [from, to] = bounds.length === 1 ? [0, bounds[0]] : bounds
  const step = bounds[2] ?? 1
  if (from === undefined || to === undefined || step === 0 || (to - from) / step > 100_000) return undefined
  const list: number[] = []
  for (let each = from; step > 0 ? each < to : each > to; each += step) list.push(each)
  return list
}

export const CONSTANTS: Readonly<Partial<Record<string, Value>>> = { True: true, False: false }
