// Times as tests write them: 250 (milliseconds), '250ms', '10s', '5min', '1h'.

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001, ms: 1, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000,
}

export type Duration = number | string

/** Milliseconds; throws a RangeError for what is no time. */
export function durationMs(value: Duration): number {
  if (typeof value === 'number') {
    if (value >= 0) return value
  } else {
    const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value)
    const unit = match === null ? undefined : UNITS[match[2] === '' ? 'ms' : match[2].toLowerCase()]
    if (match !== null && unit !== undefined) return Number(match[1]) * unit
  }
  throw new RangeError(`no duration: ${value} (try 250, '250ms', '10s', '5min', '1h')`)
}

/** '1.250 s' of microseconds. */
export function describeSeconds(us: number): string { return `${(us / 1e6).toFixed(6)} s` }
