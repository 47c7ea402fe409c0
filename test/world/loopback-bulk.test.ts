import { expect, it } from 'vitest'
import { AF_INET, SOCK_STREAM } from '../../src/base/posix.ts'
import { World } from '../../src/sim/world.ts'
import { at } from '../support/calls.ts'

const BYTES = 4 << 20

// Half the peer's window (MUST-38) is 47,616 bytes here: two such segments are more than a packet holds.
it('a stream over loopback never waits for a timer, whatever half a window is', async () => {
  const world = new World({ hashes: false })
  const p = world.host('a').spawn()
  const listener = p.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  p.sys.bind(listener, at('127.0.0.1', 80))
  p.sys.listen(listener, 1)
  const fd = p.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  const receive = async (): Promise<number> => {
    const accepted = await p.accept(listener) as number
    const buffer = new Uint8Array(65_536)
    let total = 0
    while (total < BYTES) total += await p.recv(accepted, buffer, 0, buffer.length, 0) as number
    return total
  }
  const send = async (): Promise<unknown> => {
    await p.connect(fd, at('127.0.0.1', 80))
    return p.sendall(fd, new Uint8Array(BYTES))
  }
  const [total] = await world.runUntilDone(Promise.all([receive(), send()]))
  expect(total).toBe(BYTES)
  expect(world.now()).toBeLessThan(50_000)
  world.close()
})
