// What the terminal of `npm start` shows: each segment as it leaves, what the cable lost, and the socket table whenever
// a socket has changed its state. The page's own live feed is left out unless asked for, or it would never end.

import type { ConnectionStory, Story, StorySegment, TcpInfo } from '../../src/entry/main.ts'

const TABLE_AFTER_MS = 600
const MAX_TABLE_ROWS = 12

const COLOURS = { pc: '34', web: '33', open: '35', again: '93', lost: '91', soft: '90', bold: '1' } as const

export class Terminal {
  private readonly story: Story
  private readonly withFeed: boolean
  private readonly hasColour: boolean
  private tableTimer: NodeJS.Timeout | undefined = undefined
  private lastTable = ''
  private readonly silenced = new Set<ConnectionStory>()

  constructor(story: Story, withFeed: boolean) {
    this.story = story
    this.withFeed = withFeed
    this.hasColour = process.stdout.isTTY && process.env.NO_COLOR === undefined
    story.listener = {
      segment: (connection, segment) => { this.segment(connection, segment) },
      lost: (connection, segment, reason) => { this.lost(connection, segment, reason) },
      state: connection => { if (!this.isHidden(connection)) this.tableSoon() },
    }
  }

  close(): void {
    this.story.listener = {}
    if (this.tableTimer !== undefined) clearTimeout(this.tableTimer)
  }

  private paint(colour: keyof typeof COLOURS, text: string): string {
    return this.hasColour ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text
  }

  private isHidden(connection: ConnectionStory): boolean {
    if (!connection.isFeed || this.withFeed) return false
    if (!this.silenced.has(connection)) {
      this.silenced.add(connection)
      console.log(this.paint('soft', `             (${connection.client} carries the page's live feed: not printed; --all prints it too)`))
    }
    return true
  }

  private stamp(): string {
    const now = new Date()
    return this.paint('soft', `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`)
  }

  private segment(connection: ConnectionStory, segment: StorySegment): void {
    if (this.isHidden(connection)) return
    const [pc, web] = this.story.hosts
    const way = segment.from === 0 ? `${this.paint('pc', pc)} ─> ${this.paint('web', web)}` : `${this.paint('pc', pc)} <─ ${this.paint('web', web)}`
    const line = segment.isAgain ? `${segment.line}  (sent again)` : segment.line
    const colour = segment.isAgain ? 'again' : /[SFR]/.test(segment.flags) ? 'open' : undefined
    console.log(`${this.stamp()} ${way}  ${colour === undefined ? line : this.paint(colour, line)}`)
  }

  private lost(connection: ConnectionStory, segment: StorySegment | undefined, reason: string): void {
    if (this.isHidden(connection)) return
    const what = segment === undefined ? 'a segment' : segment.len > 0 ? `seq ${segment.seq}:${segment.seq + segment.len}` : `[${segment.flags}]`
    console.log(`${this.stamp()}            ${this.paint('lost', `x ${what} was lost on the cable (${reason})`)}`)
  }

  private tableSoon(): void {
    this.tableTimer ??= setTimeout(() => {
      this.tableTimer = undefined
      this.table()
    }, TABLE_AFTER_MS)
  }

  private table(): void {
    const rows = [...this.story.connections].filter(each => !each.isFeed || this.withFeed).slice(-MAX_TABLE_ROWS).flatMap(each => {
      each.refreshInfo()
      const { info, states } = each.toJson(Number.MAX_SAFE_INTEGER)
      return ([0, 1] as const).map(side => {
        const state = states.findLast(one => one.side === side)?.to ?? info[side]?.state
        const ends = side === 0 ? [each.client, each.server] : [each.server, each.client]
        return state === undefined || state === 'CLOSED' ? undefined : this.row(this.story.hosts[side], state, ends, info[side])
      })
    }).filter(row => row !== undefined)
    const text = rows.join('\n')
    if (text === this.lastTable) return
    this.lastTable = text
    const head = `  ${'host'.padEnd(6)}${'state'.padEnd(14)}${'local'.padEnd(22)}${'remote'.padEnd(22)}${'rtt'.padStart(9)}${'cwnd'.padStart(6)}${'sent'.padStart(10)}${'got'.padStart(10)}`
    console.log(rows.length === 0
      ? this.paint('soft', '  sockets: only the listening one is left')
      : `${this.paint('bold', head)}\n${text}`)
  }

  private row(host: string, state: string, [local, remote]: string[], info: TcpInfo | undefined): string {
    const figures = info === undefined
      ? ''
      : `${(info.rttUs / 1000).toFixed(1).padStart(6)} ms${String(info.cwndSegs).padStart(6)}${String(info.bytesAcked).padStart(10)}${String(info.bytesReceived).padStart(10)}`
    return `  ${host.padEnd(6)}${state.padEnd(14)}${local.padEnd(22)}${remote.padEnd(22)}${figures}`.trimEnd()
  }
}
