// The one stream of events that tools, recordings and tests read (docs/trace.md). Events are plain records of
// primitives: nothing in them points into packet memory, so they can be stored, sent and compared. An event observes and
// never steers. `trace.on` is false while nobody listens; call sites test it before they build an event.
// Frames travel beside the events, by reference into packet memory, so that capture and hashing cost no copy.

import type { DropReason } from './drop-reason.ts'

export const TRACE_VERSION = 1

export type Direction = 'in' | 'out'

/** Times are whole microseconds of the stack's clock. `sock` is the socket's inode-like number. */
export type TraceEvent =
  | { name: 'frame', at: number, host: string, device: string, direction: Direction, length: number, summary: string }
  | { name: 'drop', at: number, host: string, layer: 'link' | 'ip' | 'icmp' | 'arp' | 'udp' | 'tcp' | 'raw' | 'packet', reason: DropReason, device: string, length: number, detail: string }
  | { name: 'tcp-state', at: number, host: string, sock: number, local: string, remote: string, from: string, to: string, cause: string }
  | { name: 'tcp-congestion', at: number, host: string, sock: number, cwnd: number, ssthresh: number, pipe: number, srttUs: number, state: string }
  | { name: 'tcp-retransmit', at: number, host: string, sock: number, seq: number, length: number, cause: string }
  | { name: 'timer', at: number, host: string, sock: number, action: 'armed' | 'fired' | 'cancelled', timer: string, dueAt: number }
  | { name: 'readiness', at: number, host: string, sock: number, mask: number }
  | { name: 'sleep', at: number, host: string, pid: number, sock: number, call: string }
  | { name: 'wake', at: number, host: string, pid: number, sock: number, call: string }
  | { name: 'signal', at: number, host: string, pid: number, signal: number, handled: boolean }
  | { name: 'ready-list', at: number, host: string, epoll: number, sock: number, action: 'added' | 'visited', length: number }
  | { name: 'process', at: number, host: string, pid: number, action: 'forked' | 'ended', parentPid: number, status: number }
  | { name: 'syscall', at: number, host: string, pid: number, call: string, fd: number, args: string, result: string }
  | { name: 'neighbour', at: number, host: string, device: string, address: string, from: string, to: string }
  | { name: 'link', at: number, host: string, device: string, state: 'up' | 'down' }

export type TraceListener = (event: TraceEvent) => void

/** Sees every frame that crosses a device. `bytes` is packet memory: valid during the call only. */
export interface FrameObserver {
  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength: number): void
}

export class Trace {
  /** True while somebody listens to events. */
  on = false
  /** True while somebody observes frames. */
  frames = false
  private listeners: TraceListener[] = []
  private observers: FrameObserver[] = []

  /** Adds a listener; returns the function that removes it. */
  listen(listener: TraceListener): () => void {
    this.listeners = [...this.listeners, listener]
    this.on = true
    return () => {
      this.listeners = this.listeners.filter(each => each !== listener)
      this.on = this.listeners.length > 0
    }
  }

  /** Adds a frame observer; returns the function that removes it. */
  observe(observer: FrameObserver): () => void {
    this.observers = [...this.observers, observer]
    this.frames = true
    return () => {
      this.observers = this.observers.filter(each => each !== observer)
      this.frames = this.observers.length > 0
    }
  }

  emit(event: TraceEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  frame(at: number, host: string, device: string, direction: Direction, bytes: Uint8Array, offset: number, length: number,
    drop: DropReason | undefined, originalLength = length): void {
    for (const observer of this.observers) observer.frame(at, host, device, direction, bytes, offset, length, drop, originalLength)
  }
}
