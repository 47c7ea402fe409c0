// What `host.run` answers: a promise that moves the world's time while somebody awaits it, and only then.

export class Job<T> implements PromiseLike<T> {
  readonly [Symbol.toStringTag] = 'Promise'
  private readonly result: Promise<T>
  private readonly drive: () => Promise<void>
  private driven: Promise<T> | undefined = undefined
  /** 'running', or how it ended. */
  state: 'running' | 'done' | 'failed' = 'running'

  /** `drive` runs the world until the job is over, and throws when it never will be. */
  constructor(result: Promise<T>, drive: (job: Job<unknown>) => Promise<void>, onFailure: (job: Job<unknown>, error: unknown) => void) {
    this.result = result
    this.drive = () => drive(this)
    result.then(() => { this.state = 'done' }, (error: unknown) => {
      this.state = 'failed'
      onFailure(this, error)
    })
  }

  get isAwaited(): boolean { return this.driven !== undefined }

  private await(): Promise<T> {
    this.driven ??= (async () => {
      await this.drive()
      return this.result
    })()
    return this.driven
  }

  then<A = T, B = never>(onDone?: ((value: T) => A | PromiseLike<A>) | null,
    onFailed?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
    return this.await().then(onDone, onFailed)
  }

  catch<B = never>(onFailed?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> { return this.await().catch(onFailed) }
  finally(onOver?: (() => void) | null): Promise<T> { return this.await().finally(onOver) }
}
