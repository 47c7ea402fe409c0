// What programs see of a function besides calling it: its name, how many arguments it takes, and the notes Node keeps on it
// (util.promisify reads one). Ours carry those of the function whose place they take.

export function asNative<F extends object>(ours: F, native: unknown): F {
  if (typeof native !== 'function') return ours
  for (const key of Reflect.ownKeys(native)) {
    const descriptor = Object.getOwnPropertyDescriptor(native, key)
    if (descriptor !== undefined && key !== 'prototype') Object.defineProperty(ours, key, { ...descriptor, configurable: true })
  }
  return ours
}

/** The same for each function of a module. */
export function allAsNative<M extends object>(module: M, native: object): M {
  for (const [name, each] of Object.entries(module) as [string, unknown][]) {
    const original = (native as Record<string, unknown>)[name]
    if (typeof each === 'function' && each !== original) asNative(each, original)
  }
  return module
}
