// What the page of `npm start` is told: plain values that travel as JSON. Times are microseconds since the story began,
// sides are 0 for the client's host and 1 for the server's, sequence numbers are relative as tcpdump prints them.

import type { TcpInfo } from '../tcp-info.ts'

export type Side = 0 | 1

export interface StorySegment {
  /** From 1, in the order of sending. */
  readonly n: number
  readonly from: Side
  readonly sentAt: number
  readonly arrivedAt: number | undefined
  /** Why the cable lost it. */
  readonly lost: string | undefined
  /** As tcpdump: `S.`, `P.`. */
  readonly flags: string
  readonly seq: number
  readonly len: number
  /** Undefined without the ACK flag. */
  readonly ack: number | undefined
  /** What it says it can take, in bytes, scaled. */
  readonly windowBytes: number
  readonly options: string
  readonly sack: readonly (readonly [number, number])[]
  /** Carries bytes that were sent before. */
  readonly isAgain: boolean
  /** Roughly what tcpdump prints. */
  readonly line: string
}

export interface StoryState {
  readonly at: number
  readonly side: Side
  readonly from: string
  readonly to: string
  readonly cause: string
}

/** A sender's window as it changed. */
export interface StoryWindow {
  readonly at: number
  readonly side: Side
  readonly cwnd: number
  readonly ssthresh: number
  readonly srttUs: number
  readonly state: string
}

export interface StoryConnection {
  readonly id: string
  readonly client: string
  readonly server: string
  readonly openedAt: number
  /** What it was used for: `GET /`. */
  readonly purpose: string
  /** The page's own live connection: its segments are counted, not told, or telling them would make more of them. */
  readonly isFeed: boolean
  readonly sentSegs: readonly [number, number]
  readonly sentBytes: readonly [number, number]
  readonly lostSegs: number
  readonly againSegs: number
  readonly states: readonly StoryState[]
  readonly windows: readonly StoryWindow[]
  readonly info: readonly [TcpInfo | undefined, TcpInfo | undefined]
  /** In an update only those that are new or changed. */
  readonly segments: readonly StorySegment[]
}

export interface StoryUpdate {
  readonly version: number
  readonly now: number
  readonly hosts: readonly [string, string]
  readonly link: string
  /** Only those that changed since the version asked for. */
  readonly connections: readonly StoryConnection[]
}
