// Two hosts of ours in one process with a cable between them, on the real clock: what the in-process figures are
// measured on.

import { MacAddress } from '../src/base/address/mac.ts'
import { IpAddress, parseIp } from '../src/base/address/ip.ts'
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SOL_TCP, TCP_NODELAY } from '../src/base/posix.ts'
import { SeededRandom } from '../src/base/random.ts'
import { Trace } from '../src/base/trace.ts'
import type { Host } from '../src/kernel/host.ts'
import { createHost } from '../src/kernel/host.ts'
import type { Process } from '../src/kernel/process.ts'
import { Cable } from '../src/link/cable.ts'
import { cryptoRandomSource } from '../src/node/crypto-random.ts'
import { wasmPlatform } from '../src/node/packet-platform.ts'
import { RealClock } from '../src/node/real-clock.ts'
import type { SocketAddress } from '../src/sock/socket-address.ts'
import { PacketMemory } from '../src/wire/packet-memory.ts'

const SERVER = parseIp('198.18.0.2') ?? IpAddress.ANY4

export class Pair {
  readonly clock = new RealClock()
  readonly memory: PacketMemory
  readonly client: Host
  readonly server: Host
  private readonly cable: Cable

  constructor(wireExact: boolean, memoryBytes: number = 512 << 20) {
    this.memory = new PacketMemory({ bytes: memoryBytes, platform: wasmPlatform })
    const { clock, memory } = this
    const trace = new Trace()
    const random = cryptoRandomSource()
    this.client = createHost({ name: 'client', clock, random, memory, trace })
    this.server = createHost({ name: 'server', clock, random, memory, trace })
    this.cable = new Cable({
      clock, random: [new SeededRandom(1), new SeededRandom(2)], wireExact,
      ends: [
        { name: 'eth0', address: MacAddress.of(0x0200, 1), env: this.client.namespace },
        { name: 'eth0', address: MacAddress.of(0x0200, 2), env: this.server.namespace },
      ],
    })
    this.client.addDevice(this.cable.a)
    this.server.addDevice(this.cable.b)
    this.client.addAddress(this.cable.a, '198.18.0.1/24')
    this.server.addAddress(this.cable.b, '198.18.0.2/24')
  }

  address(port: number): SocketAddress { return { family: 'AF_INET', address: SERVER, port } }

  /** A listening socket of the server. */
  listen(process: Process, port: number): number {
    const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
    process.sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    must(process.sys.bind(fd, this.address(port)), 'bind')
    must(process.sys.listen(fd, 4096), 'listen')
    return fd
  }

  async connect(process: Process, port: number): Promise<number> {
    const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
    process.sys.setsockopt(fd, SOL_TCP, TCP_NODELAY, 1)
    must(await process.connect(fd, this.address(port)), 'connect')
    return fd
  }

  close(): void {
    this.client.close()
    this.server.close()
    this.cable.close()
    this.clock.close()
  }
}

export function must<T>(result: T, call: string): Exclude<T, string> {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result as Exclude<T, string>
}
