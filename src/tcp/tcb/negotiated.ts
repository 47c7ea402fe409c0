// What the SYNs settled (RFC 7323, 2018, 3168) and the timestamp state that follows from it.

export class Negotiated {
  /** Shift of windows the peer sends, and of those we send. */
  sndWscale = 0
  rcvWscale = 0
  hasWscale = false
  hasTimestamps = false
  hasSack = false
  /** The peer sent a D-SACK once (RFC 2883). */
  hasDsack = false
  hasEcn = false
  hasUserMss = false
  /** TS.Recent and when it was taken, in seconds; 0 for never. */
  tsRecent = 0
  tsRecentAt = 0
  /** Added to our clock for TSval, so that it says nothing of the host's uptime. */
  tsOffset = 0
  /** Bytes that options take of each data segment. */
  headerLen = 20
}
