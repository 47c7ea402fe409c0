// The latest frames of a world as they were, kept for the case that something fails: printing and writing files waits until then.

import type { DropReason } from '../../base/drop-reason.ts'
import type { Direction, FrameObserver } from '../../base/trace.ts'
import { LINKTYPE_ETHERNET, LINKTYPE_RAW, PcapngWriter } from '../../wire/pcap.ts'
import { LinePrinter, describeTime } from '../../wire/print/ethernet.ts'
import { SequenceBases } from '../../wire/print/tcp.ts'
import type { World } from '../../sim/world.ts'

interface KeptFrame {
  readonly at: number
  readonly host: string
  readonly device: string
  readonly bytes: Uint8Array
  readonly length: number
  readonly drop: DropReason | undefined
}

export class FrameRing implements FrameObserver {
  private readonly world: World
  private readonly keep: number
  private frames: KeptFrame[] = []

  constructor(world: World, keep: number) {
    this.world = world
    this.keep = keep
    world.trace.observe(this)
  }

  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength: number): void {
    if (direction === 'in' && drop === undefined) return
    this.frames.push({ at, host, device, bytes: bytes.slice(offset, offset + length), length: originalLength, drop })
    if (this.frames.length >= this.keep * 2) this.frames = this.frames.slice(-this.keep)
  }

  private latest(): readonly KeptFrame[] { return this.frames.slice(-this.keep) }

  /** One line a frame that left a host, and one more for each that was lost. */
  lines(): [atUs: number, line: string][] {
    const bases = new SequenceBases()
    const printers = new Map<string, LinePrinter>()
    return this.latest().map(({ at, host, device, bytes, drop }) => {
      const key = `${host}\n${device}`
      const printer = printers.get(key) ?? new LinePrinter({ medium: this.world.mediumOf(host, device), bases })
      printers.set(key, printer)
      return [at, `${describeTime(at)} ${host} ${device}: ${printer.line(bytes, 0, bytes.length)}${drop === undefined ? '' : ` (${drop})`}`]
    })
  }

  /** A capture file; lost frames say so in their comments. */
  pcapng(epochUs: number): Uint8Array {
    const parts: Uint8Array[] = []
    const writer = new PcapngWriter(bytes => { parts.push(bytes) })
    const interfaces = new Map<string, number>()
    for (const { at, host, device, bytes, length, drop } of this.latest()) {
      const name = `${host}:${device}`
      const known = interfaces.get(name)
      const id = known ?? writer.addInterface(name, this.world.mediumOf(host, device) === 'ip' ? LINKTYPE_RAW : LINKTYPE_ETHERNET)
      if (known === undefined) interfaces.set(name, id)
      writer.packet(id, at + epochUs, bytes, { direction: 'out', originalLength: length, ...drop !== undefined && { comment: `dropped: ${drop}` } })
    }
    return Buffer.concat(parts)
  }
}
