/** What a host holds: all as before when nothing is left. */
export type Remains = Readonly<Record<'socks' | 'connections' | 'timeWaits' | 'orphans' | 'ports' | 'timers' | 'armed', number>> & { readonly dirty: boolean }

export interface StormResult {
  /** Of the server, while it still listens and nothing is under way. */
  readonly waiting: Remains
  readonly before: readonly Remains[]
  readonly after: readonly Remains[]
  readonly packets: number
  readonly busyMs: number
  readonly dropped: number
  readonly tally: { readonly accepted: number, readonly connected: number, readonly failed: number, readonly givenUp: number }
  readonly leaks: readonly string[]
}

export function connectionStorm(api: object, options: { readonly count: number, readonly seed?: number, readonly loss?: string }): Promise<StormResult>
