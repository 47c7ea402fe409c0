// Small integers for the objects that the connection table names.

export class ObjectTable<T> {
  private readonly items: (T | undefined)[] = []
  private readonly free: number[] = []

  add(item: T): number {
    const index = this.free.pop() ?? this.items.length
    this.items[index] = item
    return index
  }

  get(index: number): T { return this.items[index] as T }

  remove(index: number): void {
    this.items[index] = undefined
    this.free.push(index)
  }
}
