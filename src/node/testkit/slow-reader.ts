// A peer that reads slowly: the window fills, the sender's queue grows, and programs that ignore back-pressure show it.

import type { Socket } from 'node:net'

const STEP_MS = 100

/** Reads at most so many bytes a second and throws them away, or gives them to `take`. */
export function readSlowly(socket: Socket, bytesPerSecond: number, take: (bytes: Buffer) => void = () => undefined): void {
  socket.pause()
  let allowance = 0
  const timer = setInterval(() => {
    allowance += bytesPerSecond * STEP_MS / 1000
    const count = Math.min(Math.floor(allowance), socket.readableLength)
    const bytes = count > 0 ? socket.read(count) as Buffer | null : socket.read(0) as null
    if (bytes === null) return
    allowance -= bytes.length
    take(bytes)
  }, STEP_MS)
  // Without a listener for it a stream that is read by hand asks for no more than its buffer holds.
  socket.on('readable', () => undefined)
  socket.once('close', () => { clearInterval(timer) })
}
