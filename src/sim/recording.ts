// What happened in a world, kept for reports: the events of the trace, the last wire lines, a capture file. A failing test
// writes these down together with the seed, which is all it takes to see the same again.

import type { Direction, FrameObserver, TraceEvent } from '../base/trace.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { LinePrinter, describeTime } from '../wire/print/ethernet.ts'
import { SequenceBases } from '../wire/print/tcp.ts'
import type { World } from './world.ts'

export interface RecordingOptions {
  /** Wire lines kept, the latest; default 1000. */
  readonly lines?: number
  /** Keep a capture file. Default true. */
  readonly capture?: boolean
}

export class Recording implements FrameObserver {
  readonly events: TraceEvent[] = []
  private readonly world: World
  private readonly keep: number
  private readonly kept: string[] = []
  private readonly parts: Uint8Array[] = []
  private readonly printers = new Map<string, LinePrinter>()
  private readonly stopAll: (() => void)[]
  private readonly flush: () => void

  constructor(world: World, options: RecordingOptions = {}) {
    this.world = world
    this.keep = options.lines ?? 1000
    this.stopAll = [world.trace.listen(event => { this.events.push(event) }), world.trace.observe(this)]
    const capture = options.capture === false ? undefined : world.capture(bytes => { this.parts.push(bytes) })
    this.flush = () => { capture?.flush() }
    this.stopAll.push(() => { capture?.close() })
  }

  /** What left each host, and what was lost: one line each, the latest last. */
  lines(): readonly string[] { return this.kept.slice(-this.keep) }

  /** The capture file so far. */
  pcapng(): Uint8Array {
    this.flush()
    const file = new Uint8Array(this.parts.reduce((sum, each) => sum + each.length, 0))
    let at = 0
    for (const each of this.parts) {
      file.set(each, at)
      at += each.length
    }
    return file
  }

  /** Events of one kind. */
  ofName<N extends TraceEvent['name']>(name: N): Extract<TraceEvent, { name: N }>[] {
    return this.events.filter((each): each is Extract<TraceEvent, { name: N }> => each.name === name)
  }

  stop(): void { for (const each of this.stopAll.splice(0)) each() }

  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined): void {
    if (direction === 'in' && drop === undefined) return
    const fate = drop === undefined ? '' : ` (${drop})`
    this.kept.push(`${describeTime(at)} ${host} ${device}: ${this.printer(host, device).line(bytes, offset, length)}${fate}`)
    if (this.kept.length > this.keep * 2) this.kept.splice(0, this.keep)
  }

  private readonly bases = new SequenceBases()

  private printer(host: string, device: string): LinePrinter {
    const key = `${host}\n${device}`
    let printer = this.printers.get(key)
    if (printer === undefined) {
      this.printers.set(key, printer = new LinePrinter({ medium: this.world.mediumOf(host, device), bases: this.bases }))
    }
    return printer
  }
}
