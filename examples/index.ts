// The documents' example programs (N1-N18), by name.

import type { Example } from './support/theatre.ts'

export const EXAMPLES: Readonly<Record<string, () => Promise<Example>>> = {
  'n01-hello': () => import('./n01-hello.ts'),
  'n02-echo': () => import('./n02-echo.ts'),
  'n03-iterative': () => import('./n03-iterative.ts'),
  'n04-fork-server': () => import('./n04-fork-server.ts'),
  'n05-unix': () => import('./n05-unix.ts'),
  'n06-close-shutdown': () => import('./n06-close-shutdown.ts'),
  'n07-keepalive': () => import('./n07-keepalive.ts'),
  'n08-sticky': () => import('./n08-sticky.ts'),
  'n09-buffer-full': () => import('./n09-buffer-full.ts'),
  'n10-udp-connect': () => import('./n10-udp-connect.ts'),
  'n11-multiplexing': () => import('./n11-multiplexing.ts'),
  'n12-ping': () => import('./n12-ping.ts'),
  'n13-time-wait': () => import('./n13-time-wait.ts'),
  'n14-fork-count': () => import('./n14-fork-count.ts'),
  'n15-file': () => import('./n15-file.ts'),
  'n16-mtu': () => import('./n16-mtu.ts'),
  'n17-boundaries': () => import('./n17-boundaries.ts'),
  'n18-byte-order': () => import('./n18-byte-order.ts'),
}
