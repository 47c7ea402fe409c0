// Changes of objects that are not ours, undone in reverse.

export type Exports = Record<PropertyKey, unknown>

export class Patches {
  private readonly undo: (() => void)[] = []

  add(undo: () => void): void { this.undo.push(undo) }

  set(target: object, name: PropertyKey, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, name)
    if (before !== undefined && before.configurable !== true && before.writable !== true) return
    Object.defineProperty(target, name, {
      value, writable: true, enumerable: before?.enumerable ?? true, configurable: before?.configurable ?? true,
    })
    this.add(() => {
      if (before === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, before)
    })
  }

  /** A property that is asked for each time. */
  define(target: object, name: PropertyKey, get: () => unknown, set?: (value: unknown) => void): void {
    const before = Object.getOwnPropertyDescriptor(target, name)
    if (before !== undefined && before.configurable !== true) return
    const enumerable = before?.enumerable ?? true
    Object.defineProperty(target, name, { get, ...set !== undefined && { set }, enumerable, configurable: true })
    this.add(() => {
      if (before === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, before)
    })
  }

  setAll(target: object, values: object): void {
    for (const name of Reflect.ownKeys(values)) this.set(target, name, (values as Exports)[name])
  }

  revert(): void { for (const each of this.undo.splice(0).reverse()) each() }
}
