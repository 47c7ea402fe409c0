// The Range field (RFC 9110 14.1.2, 14.2), single ranges only: several at once may be answered with the whole, and are.

export interface ByteRange { readonly from: number, readonly to: number }

/** `to` is one past the last byte. `undefined`: answer with the whole; 'unsatisfiable': 416. */
export function parseRange(value: string | undefined, sizeBytes: number): ByteRange | undefined | 'unsatisfiable' {
  const match = value === undefined ? null : /^bytes\s*=\s*([0-9]{0,15})\s*-\s*([0-9]{0,15})$/i.exec(value.trim())
  if (match === null || match[1] === '' && match[2] === '') return undefined
  if (match[1] === '') {
    const wanted = Math.min(Number(match[2]), sizeBytes)
    return wanted === 0 ? 'unsatisfiable' : { from: sizeBytes - wanted, to: sizeBytes }
  }
  const from = Number(match[1])
  const last = match[2] === '' ? sizeBytes - 1 : Number(match[2])
  // A last byte before the first makes the field invalid, which means: ignore it.
  if (match[2] !== '' && last < from) return undefined
  return from >= sizeBytes ? 'unsatisfiable' : { from, to: Math.min(last + 1, sizeBytes) }
}
