// Bytes between two simulated hosts over a cable that loses, reorders, repeats and damages packets, in virtual time.
import { createHash } from 'node:crypto'
import { AF_INET, PacketMemory, parseIp, SOCK_STREAM } from '../../dist/src/entry/main.js'
import { wasmPlatform } from '../../dist/src/entry/node.js'
import { World } from '../../dist/src/entry/sim.js'

const BLOCK = 1 << 20
const PORT = 9000

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

function sha256() {
  const hash = createHash('sha256')
  return { update: (bytes, offset = 0, length = bytes.length - offset) => { hash.update(bytes.subarray(offset, offset + length)) }, digestHex: () => hash.digest('hex') }
}

async function send(process, address, megabytes, hash) {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(await process.connect(fd, address), 'connect')
  const block = new Uint8Array(BLOCK)
  for (let i = 0; i < BLOCK; i++) block[i] = Math.imul(i, 2654435761) >>> 24
  for (let count = 0; count < megabytes; count++) {
    new DataView(block.buffer).setUint32(0, count)
    hash.update(block)
    must(await process.sendall(fd, block), 'send')
  }
  process.sys.close(fd)
}

async function receive(process, listener, hash) {
  const fd = must(await process.accept(listener), 'accept')
  const block = new Uint8Array(BLOCK)
  let total = 0
  for (;;) {
    const got = must(await process.recv(fd, block, 0, block.length, 0), 'recv')
    if (got === 0) break
    hash.update(block.subarray(0, got))
    total += got
  }
  process.sys.close(fd)
  return total
}

export async function lossyTransfer(seed, megabytes) {
  const memory = new PacketMemory({ bytes: 256 << 20, platform: wasmPlatform })
  const world = new World({ seed, memory, sha256 })
  const [near, far] = [world.host('near'), world.host('far')]
  world.cable(near, far, {
    impair: 'delay 2ms loss 5% reorder 1% duplicate 1% corrupt 0.5%', rate: '1gbit', addresses: ['198.18.0.1/24', '198.18.0.2/24'],
  })
  const address = { family: 'AF_INET', address: parseIp('198.18.0.2'), port: PORT }
  const [client, server] = [near.spawn('send'), far.spawn('receive')]
  const listener = must(server.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(server.sys.bind(listener, address), 'bind')
  must(server.sys.listen(listener, 8), 'listen')
  const sent = createHash('sha256')
  const received = createHash('sha256')
  const [total] = await world.runUntilDone(Promise.all([receive(server, listener, received), send(client, address, megabytes, sent)]))
  await world.runFor(1000)
  const drops = [near, far].reduce((sum, host) => sum + [...host.namespace.drops.values()].reduce((a, b) => a + b, 0), 0)
  const virtualSeconds = world.now() / 1e6
  const hash = world.traceHash()
  world.close()
  return { intact: total === megabytes * BLOCK && sent.digest('hex') === received.digest('hex'), hash, drops, virtualSeconds, leaks: memory.inUse ?? 0 }
}

if (process.argv[1]?.endsWith('lossy-transfer.mjs')) {
  const began = performance.now()
  console.log(await lossyTransfer(Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 10)), `${((performance.now() - began) / 1000).toFixed(1)} s`)
}
