// The live connection of the page: server-sent events, folded into what is known of each connection.

import type { StoryConnection, StorySegment, StoryUpdate } from '../../src/entry/web.ts'

/** A connection with everything that was told of it so far. */
export interface KnownConnection extends Omit<StoryConnection, 'segments'> {
  readonly segments: readonly StorySegment[]
}

export class Store {
  readonly connections = new Map<string, KnownConnection>()
  hosts: readonly [string, string] = ['pc', 'web']
  link = ''

  /** Answers the segments that are new. */
  take(update: StoryUpdate): { readonly connection: KnownConnection, readonly segment: StorySegment }[] {
    this.hosts = update.hosts
    this.link = update.link
    const fresh = []
    for (const told of update.connections) {
      const before = this.connections.get(told.id)
      const isSame = before !== undefined && before.openedAt === told.openedAt
      const byNumber = new Map((isSame ? before.segments : []).map(each => [each.n, each]))
      const news = told.segments.filter(each => !byNumber.has(each.n))
      for (const segment of told.segments) byNumber.set(segment.n, segment)
      const connection = { ...told, segments: [...byNumber.values()].sort((a, b) => a.n - b.n) }
      this.connections.set(told.id, connection)
      for (const segment of news) fresh.push({ connection, segment })
    }
    return fresh
  }
}

export function listen(onUpdate: (update: StoryUpdate) => void, onStatus: (isLive: boolean) => void): void {
  const events = new EventSource('/events')
  events.onmessage = event => {
    onStatus(true)
    onUpdate(JSON.parse(String(event.data)) as StoryUpdate)
  }
  events.onerror = () => { onStatus(false) }
}
