// Scenarios that end differently on purpose or for now; each has its paragraph in docs/compatibility.md.

export const KNOWN_DIFFERENCES: ReadonlySet<string> = new Set([
  'F4 nonsense told to an IPv6 TCP socket',
  'F4 nonsense told to a connection',
  'F4 nonsense told to a Unix stream',
  'F4 nonsense told to a Unix datagram socket',
])
