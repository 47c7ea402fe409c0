// A TAP (Ethernet) or TUN (bare IP) device of the host's kernel as a NetDevice. Frames are read into and written from
// packet memory where they lie; with offloads the kernel hands over and takes super-segments of 64 KB and unfinished
// checksums (performance.md 3.1-3.5). Wakes by libuv's poll, so that an idle device costs nothing.

import { closeSync } from 'node:fs'
import type { MacAddress } from '../base/address/mac.ts'
import type { Clock } from '../base/clock.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { handUp } from '../link/hand-up.ts'
import { NetDevice, NO_OFFLOADS } from '../link/net-device.ts'
import type { DeviceFeatures } from '../link/net-device.ts'
import { CHECKSUM_PARTIAL, GSO_NONE } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { HEADROOM, SMALL_SLOT_BYTES } from '../wire/packet-memory.ts'
import type { PacketMemory } from '../wire/packet-memory.ts'
import type { Libc, PollHandle } from './libc.ts'
import { deviceMtu, openTunFile } from './tun-file.ts'
import { pushVirtioNetHeader, takeVirtioNetHeader, VIRTIO_NET_HEADER_BYTES } from './virtio-net-header.ts'

export interface TapOptions {
  readonly name: string
  readonly kind: 'tap' | 'tun'
  readonly memory: PacketMemory
  /** `refresh` where reading it is cached for a turn. */
  readonly clock: Clock & { refresh?(): void }
  readonly libc: Libc
  /** Our end's station address; TAP only. */
  readonly address?: MacAddress | undefined
  /** Default: what the kernel's end has. */
  readonly mtu?: number | undefined
  /** False: no virtio header, one frame a call, complete checksums both ways. Default true. */
  readonly offload?: boolean
  /** Frames taken before others get their turn. */
  readonly budget?: number
  /** After a wake-up, look again for so long before sleeping: latency for CPU. Default 0. */
  readonly busyPollUs?: number
  /** False: an open device does not keep Node running. Default true. */
  readonly isReferenced?: boolean
}

const ETHERNET_HEADER_BYTES = 14
/** With tag. */
const LINK_HEADER_BYTES = 18
const MAX_SUPER_SEGMENT_BYTES = 65536 + ETHERNET_HEADER_BYTES
const DEFAULT_BUDGET = 64
/** Frames up to here move to a slot of their own size; longer ones keep the slot they were read into. */
const COPY_BREAK_BYTES = SMALL_SLOT_BYTES - HEADROOM - 2

/** The first frames of a drain get an instant each, then one in so many. */
const EXACT_FRAMES = 4
const REFRESH_FRAMES = 8

const EAGAIN = 11
const EIO = 5
const ENOBUFS = 105
const EINTR = 4

export class TapDevice extends NetDevice {
  private readonly libc: Libc
  private readonly memory: PacketMemory
  private readonly clock: TapOptions['clock']
  private readonly memoryAddress: number
  private readonly fd: number
  private readonly headerBytes: number
  private readonly linkHeaderBytes: number
  private readonly capacity: number
  private readonly budget: number
  private readonly busyPollUs: number
  /** Where the next frame is read; kept from frame to frame while only short ones arrive. */
  private landing: Packet | undefined = undefined
  private poll: PollHandle | undefined = undefined
  private lastFrameAt = 0
  private spinning = false
  private closed = false

  constructor(options: TapOptions, fd: number, mtu: number, features: DeviceFeatures, isVnet: boolean) {
    super(options.name, options.kind === 'tap' ? 'ethernet' : 'ip', mtu, options.kind === 'tap' ? options.address : undefined, features)
    this.libc = options.libc
    this.memory = options.memory
    this.clock = options.clock
    this.fd = fd
    this.memoryAddress = options.libc.addressOf(options.memory.u8)
    this.headerBytes = isVnet ? VIRTIO_NET_HEADER_BYTES : 0
    this.linkHeaderBytes = options.kind === 'tap' ? ETHERNET_HEADER_BYTES : 0
    this.capacity = isVnet ? MAX_SUPER_SEGMENT_BYTES : Math.max(mtu, 1500) + LINK_HEADER_BYTES
    this.budget = options.budget ?? DEFAULT_BUDGET
    this.busyPollUs = options.busyPollUs ?? 0
    this.poll = options.libc.poll(fd, this.onReadable)
    if (options.isReferenced === false) this.poll.unref()
  }

  private readonly onReadable = (): void => {
    if (this.closed) return
    // What the budget leaves keeps the file readable: libuv calls again in its next turn, after everybody else's.
    if (this.drain() > 0) this.lastFrameAt = this.clock.now()
    if (this.busyPollUs > 0 && !this.spinning) {
      this.spinning = true
      setImmediate(this.spin)
    }
  }

  private readonly spin = (): void => {
    if (this.closed) return
    const now = this.clock.now()
    if (this.drain() > 0) this.lastFrameAt = now
    if (now - this.lastFrameAt < this.busyPollUs) setImmediate(this.spin)
    else this.spinning = false
  }

  /** Reads up to the budget and hands up; how many frames. */
  private drain(): number {
    let count = 0
    while (count < this.budget) {
      const packet = this.landing ?? this.allocateLanding()
      if (packet === undefined) {
        this.discardFrames()
        break
      }
      this.landing = packet
      const at = packet.start - this.headerBytes
      const got = this.libc.read(this.fd, this.memoryAddress + at, this.headerBytes + this.capacity)
      if (got < 0) {
        if (this.libc.errno() === EAGAIN || this.libc.errno() === EINTR) break
        this.lost()
        break
      }
      // What is answered at once may be read back within the same drain: its round trip must not measure as nothing.
      if (count < EXACT_FRAMES || count % REFRESH_FRAMES === 0) this.clock.refresh?.()
      count++
      this.take(packet, got - this.headerBytes)
      if (this.closed) return count
    }
    if (count > 0) this.receiver?.endBatch(this)
    return count
  }

  private allocateLanding(): Packet | undefined {
    // Two bytes more, so that the IP header behind an Ethernet header stands on a multiple of four.
    const headroom = this.linkHeaderBytes > 0 ? HEADROOM + 2 : HEADROOM
    return this.memory.allocate(this.capacity, headroom)
  }

  private take(landed: Packet, length: number): void {
    if (length < this.linkHeaderBytes) {
      this.counters.rxErrors++
      return
    }
    const packet = this.settle(landed, length)
    if (packet === undefined) {
      this.counters.rxDropped++
      return
    }
    if (this.headerBytes > 0 && !takeVirtioNetHeader(packet)) {
      this.counters.rxErrors++
      packet.release()
      return
    }
    handUp(this, packet, this.clock.now())
  }

  /** A short frame in a large slot would hold 64 KB for as long as somebody queues it: it moves, the slot stays. */
  private settle(landed: Packet, length: number): Packet | undefined {
    if (landed.isLarge && length <= COPY_BREAK_BYTES) {
      const packet = this.memory.allocate(length, landed.headroom)
      if (packet === undefined) return undefined
      const header = this.headerBytes
      this.memory.u8.copyWithin(packet.start - header, landed.start - header, landed.start + length)
      packet.put(length)
      return packet
    }
    this.landing = undefined
    landed.put(length)
    return landed
  }

  /** Out of packet memory: frames are lost here, as on a card without descriptors, and nobody spins on them. */
  private discardFrames(): void {
    const scratch = new Uint8Array(new ArrayBuffer(256))
    const address = this.libc.addressOf(scratch)
    for (let i = 0; i < this.budget && this.libc.read(this.fd, address, scratch.length) >= 0; i++) this.counters.rxDropped++
  }

  /** The interface was deleted under us. */
  private lost(): void {
    this.carrier = false
    this.poll?.close()
    this.poll = undefined
    this.receiver?.linkChanged?.(this)
  }

  override send(packet: Packet): DropReason | undefined {
    if (this.closed || !this.carrier) return refuse(packet, 'device-down')
    const outgoing = packet.headroom >= this.headerBytes ? packet : this.withHeadroom(packet)
    if (outgoing === undefined) return 'no-packet-memory'
    if (this.headerBytes > 0) pushVirtioNetHeader(outgoing)
    const written = this.libc.write(this.fd, this.memoryAddress + outgoing.start, outgoing.length)
    if (written >= 0) {
      outgoing.release()
      return undefined
    }
    const errno = this.libc.errno()
    return refuse(outgoing, errno === EAGAIN || errno === ENOBUFS ? 'device-queue-full' : errno === EIO ? 'device-down' : 'device-write-failed')
  }

  private withHeadroom(packet: Packet): Packet | undefined {
    const moved = this.memory.allocate(packet.length)
    if (moved !== undefined) {
      const shift = moved.start - packet.start
      this.memory.u8.copyWithin(moved.put(packet.length), packet.start, packet.end)
      moved.checksum = packet.checksum
      if (packet.checksum === CHECKSUM_PARTIAL) {
        moved.checksumStart = packet.checksumStart + shift
        moved.checksumAt = packet.checksumAt + shift
      }
      if (packet.gsoType !== GSO_NONE) {
        moved.gsoType = packet.gsoType
        moved.gsoSize = packet.gsoSize
        moved.gsoSegs = packet.gsoSegs
      }
    }
    packet.release()
    return moved
  }

  /** A device nobody else keeps goes with its file. */
  override close(): void {
    if (this.closed) return
    this.closed = true
    this.carrier = false
    this.poll?.close()
    this.poll = undefined
    this.landing?.release()
    this.landing = undefined
    closeSync(this.fd)
  }
}

function refuse(packet: Packet, reason: DropReason): DropReason {
  packet.release()
  return reason
}

/** Opens or makes the device. Throws SetupError; the device of a failed call is gone again. */
export function openTap(options: TapOptions): TapDevice {
  const file = openTunFile(options.libc, options.name, options.kind, options.offload ?? true)
  const features: DeviceFeatures = file.vnet ? { txChecksum: true, tso: true, uso: file.uso } : NO_OFFLOADS
  return new TapDevice(options, file.fd, options.mtu ?? deviceMtu(options.libc, options.name), features, file.vnet)
}
