// pack, unpack, calcsize: records of C as bytes, in the format language of Python's struct module (row J1). The first
// character sets order and padding: `<` little, `>` and `!` big, `=` this machine's order (taken as little) without
// padding, `@` or none the same with C's padding and eight-byte longs.

export type Field = number | bigint | boolean | Uint8Array

interface Item { readonly code: string, readonly count: number, readonly at: number, readonly size: number }

interface Layout { readonly items: readonly Item[], readonly size: number, readonly littleEndian: boolean }

const STANDARD: Readonly<Record<string, number>> = {
  'x': 1, 'c': 1, 'b': 1, 'B': 1, '?': 1, 'h': 2, 'H': 2, 'i': 4, 'I': 4, 'l': 4, 'L': 4, 'q': 8, 'Q': 8, 'f': 4, 'd': 8, 's': 1,
}

function sizeOf(code: string, isNative: boolean): number {
  if (!Object.hasOwn(STANDARD, code)) throw new RangeError(`no such format: ${code}`)
  return isNative && (code === 'l' || code === 'L') ? 8 : STANDARD[code]
}

function layoutOf(format: string): Layout {
  const order = '@=<>!'.includes(format[0] ?? '') && format !== '' ? format[0] : '@'
  const isNative = order === '@'
  const body = (format[0] === order ? format.slice(1) : format).replaceAll(/\s+/g, '')
  const items: Item[] = []
  let at = 0
  let parsed = 0
  for (const { 0: whole, 1: digits, 2: code } of body.matchAll(/(\d*)(\D)/g)) {
    parsed += whole.length
    const size = sizeOf(code, isNative)
    const count = digits === '' ? 1 : Number(digits)
    if (isNative && code !== 's') at = Math.ceil(at / size) * size
    items.push({ code, count, at, size })
    at += size * count
  }
  if (parsed !== body.length || !Number.isSafeInteger(at)) throw new RangeError(`a format ends with a code: ${format}`)
  return { items, size: at, littleEndian: order !== '>' && order !== '!' }
}

export function calcsize(format: string): number { return layoutOf(format).size }

/** The limits of an integer code. */
function checked(code: string, size: number, value: Field): bigint {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) throw new TypeError(`${code} takes an integer`)
  const bits = BigInt(size * 8)
  const wide = BigInt(value)
  const isSigned = code === code.toLowerCase()
  const [low, high] = isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n]
  if (wide < low || wide > high) throw new RangeError(`${code} cannot hold ${wide}`)
  return wide
}

function put(view: DataView, { code, size }: Item, at: number, value: Field, littleEndian: boolean): void {
  switch (code) {
    case '?': view.setUint8(at, value === true || value === 1 ? 1 : 0); return
    case 'f': view.setFloat32(at, Number(value), littleEndian); return
    case 'd': view.setFloat64(at, Number(value), littleEndian); return
    case 'c':
      if (!(value instanceof Uint8Array) || value.length !== 1) throw new TypeError('c takes one byte')
      view.setUint8(at, value[0])
      return
    default: {
      let rest = BigInt.asUintN(size * 8, checked(code, size, value))
      for (let i = 0; i < size; i++) {
        view.setUint8(at + (littleEndian ? i : size - 1 - i), Number(rest & 0xffn))
        rest >>= 8n
      }
    }
  }
}

function get(view: DataView, { code, size }: Item, at: number, littleEndian: boolean): Field {
  switch (code) {
    case '?': return view.getUint8(at) !== 0
    case 'f': return view.getFloat32(at, littleEndian)
    case 'd': return view.getFloat64(at, littleEndian)
    case 'c': return Uint8Array.of(view.getUint8(at))
    default: {
      let value = 0n
      for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(view.getUint8(at + (littleEndian ? size - 1 - i : i)))
      const right = code === code.toLowerCase() ? BigInt.asIntN(size * 8, value) : value
      return size === 8 ? right : Number(right)
    }
  }
}

/** A TypeError or RangeError where a value does not fit its code, or there are too few or too many. */
export function pack(format: string, ...values: readonly Field[]): Uint8Array {
  const { items, size, littleEndian } = layoutOf(format)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let next = 0
  const take = (): Field => {
    if (next >= values.length) throw new TypeError('too few values')
    return values[next++]
  }
  for (const item of items) {
    if (item.code === 'x') continue
    if (item.code === 's') {
      const text = take()
      if (!(text instanceof Uint8Array)) throw new TypeError('s takes bytes')
      bytes.set(text.subarray(0, item.count), item.at)
      continue
    }
    for (let i = 0; i < item.count; i++) put(view, item, item.at + i * item.size, take(), littleEndian)
  }
  if (next !== values.length) throw new TypeError('too many values')
  return bytes
}

/** The fields, 64-bit ones as bigint; undefined when the bytes are not exactly as many as the format says. */
export function unpack(format: string, bytes: Uint8Array): Field[] | undefined {
  const { items, size, littleEndian } = layoutOf(format)
  if (bytes.length !== size) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  const fields: Field[] = []
  for (const item of items) {
    if (item.code === 's') fields.push(bytes.slice(item.at, item.at + item.count))
    else if (item.code !== 'x') for (let i = 0; i < item.count; i++) fields.push(get(view, item, item.at + i * item.size, littleEndian))
  }
  return fields
}
