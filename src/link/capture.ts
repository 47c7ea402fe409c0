// Writes what passes through devices as a capture file (wire/pcap.ts). Frames are written as they stand on a wire:
// super-segments are cut and unfinished checksums completed in a copy. A frame that the carrier then loses gets the
// reason as its comment; for that the frames of one instant are held back until the next, or `flush`.

import type { DropReason } from '../base/drop-reason.ts'
import type { Direction, FrameObserver, Trace } from '../base/trace.ts'
import type { Instant } from '../base/time.ts'
import { CHECKSUM_PARTIAL, GSO_NONE } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { LINKTYPE_ETHERNET, LINKTYPE_RAW, PcapngWriter } from '../wire/pcap.ts'
import type { DeviceTap, NetDevice } from './net-device.ts'
import { completeChecksum } from './offload/complete.ts'
import { locateHeaders } from './offload/locate.ts'
import { segment } from './offload/segment.ts'

export interface CaptureOptions {
  readonly sink: (bytes: Uint8Array) => void
  readonly now: () => Instant
  /** Microseconds since 1970 when the clock stood at zero. */
  readonly epochUs?: number
  /** Which frames; default all. */
  readonly wants?: (bytes: Uint8Array, offset: number, length: number, direction: Direction) => boolean
  /** Bytes kept of each frame; default all. */
  readonly snapLength?: number
}

interface Pending {
  readonly atUs: number
  readonly interfaceId: number
  readonly direction: Direction
  readonly bytes: Uint8Array
  readonly originalLength: number
  comment: string | undefined
}

export class Capture implements DeviceTap, FrameObserver {
  private readonly options: CaptureOptions
  private readonly writer: PcapngWriter
  private readonly interfaces = new Map<NetDevice, number>()
  private readonly byName = new Map<string, number>()
  private readonly undo: (() => void)[] = []
  private pending: Pending[] = []
  private holdsBack = false

  constructor(options: CaptureOptions) {
    this.options = options
    this.writer = new PcapngWriter(options.sink)
  }

  /** Captures a device from now on. `host` goes before the device's name where several hosts share one file. */
  attach(device: NetDevice, host: string = ''): void {
    const name = host === '' ? device.name : `${host}:${device.name}`
    const id = this.writer.addInterface(name, device.medium === 'ethernet' ? LINKTYPE_ETHERNET : LINKTYPE_RAW)
    this.interfaces.set(device, id)
    this.byName.set(`${host}\n${device.name}`, id)
    device.addTap(this)
    this.undo.push(() => { device.removeTap(this) })
  }

  /** Learns from the trace which frames the carriers lose; `host` as given to `attach`, where it was. */
  observe(trace: Trace): void {
    this.holdsBack = true
    this.undo.push(trace.observe(this))
  }

  /** Writes what is held back. */
  flush(): void {
    const { pending } = this
    this.pending = []
    for (const each of pending) this.write(each)
  }

  close(): void {
    for (const each of this.undo.splice(0)) each()
    this.flush()
  }

  frameIn(packet: Packet, device: NetDevice): void { this.frames(packet, device, 'in') }

  frameOut(packet: Packet, device: NetDevice): void { this.frames(packet, device, 'out') }

  /** From the trace: only what was dropped is news. A network card does not show frames with a wrong check sequence either. */
  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength: number): void {
    if (drop === undefined || drop === 'frame-check-sequence') return
    if (this.options.wants?.(bytes, offset, length, direction) === false) return
    const interfaceId = this.byName.get(`${host}\n${device}`) ?? this.byName.get(`\n${device}`)
    if (interfaceId === undefined) return
    const shown = this.pending.findLast(each => each.interfaceId === interfaceId && each.atUs === at && each.direction === direction
      && each.comment === undefined && isSameFrame(each.bytes, bytes, offset, length))
    const comment = `dropped: ${drop}`
    if (shown !== undefined) shown.comment = comment
    else this.hold({ atUs: at, interfaceId, direction, bytes: bytes.slice(offset, offset + this.kept(length)), originalLength, comment })
  }

  private frames(packet: Packet, device: NetDevice, direction: Direction): void {
    const interfaceId = this.interfaces.get(device)
    if (interfaceId === undefined) return
    const copy = packet.gsoType !== GSO_NONE || packet.checksum === CHECKSUM_PARTIAL ? packet.clone() : undefined
    if (copy === undefined) {
      this.record(packet, interfaceId, direction) // as it is, should packet memory be exhausted
      return
    }
    locateHeaders(copy, device.medium === 'ethernet')
    let piece = copy.gsoType === GSO_NONE ? copy : segment(copy)
    while (piece !== undefined) {
      const next: Packet | undefined = piece.next
      completeChecksum(piece)
      this.record(piece, interfaceId, direction)
      piece.release()
      piece = next
    }
  }

  private record(packet: Packet, interfaceId: number, direction: Direction): void {
    const { start, length } = packet
    if (this.options.wants?.(packet.memory.u8, start, length, direction) === false) return
    const bytes = packet.memory.u8.slice(start, start + this.kept(length))
    this.hold({ atUs: this.options.now(), interfaceId, direction, bytes, originalLength: length, comment: undefined })
  }

  private hold(record: Pending): void {
    if (this.pending.length > 0 && this.pending[0].atUs !== record.atUs) this.flush()
    if (this.holdsBack) this.pending.push(record)
    else this.write(record)
  }

  private write({ interfaceId, atUs, bytes, direction, comment, originalLength }: Pending): void {
    const notes = { direction, originalLength, ...(comment !== undefined && { comment }) }
    this.writer.packet(interfaceId, atUs + (this.options.epochUs ?? 0), bytes, notes)
  }

  private kept(length: number): number { return Math.min(length, this.options.snapLength ?? length) }
}

/** A cable may have padded the frame since it was shown. */
function isSameFrame(shown: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean {
  const common = Math.min(shown.length, length)
  if (length !== shown.length && length > 60 && shown.length < common) return false
  for (let i = 0; i < common; i++) if (shown[i] !== bytes[offset + i]) return false
  return true
}
