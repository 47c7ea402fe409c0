// The small parts alone: checksums and header codecs, by tinybench.

import { Bench } from 'tinybench'
import { IpAddress } from '../src/base/address/ip.ts'
import { arrayBufferPlatform } from '../src/base/memory-platform.ts'
import { wasmPlatform } from '../src/node/packet-platform.ts'
import { Ipv4View } from '../src/wire/ipv4.ts'
import { decodeTcp, encodeTcp, TcpView } from '../src/wire/tcp.ts'
import type { TcpHeader } from '../src/wire/tcp.ts'
import type { Figure, Section } from './result.ts'

const MEMORY_BYTES = 1 << 20
const LENGTHS = [40, 1460, 65160] as const
/** So that the call of the function under test, not of the harness, is what is measured. */
const REPEAT = 100

const HEADER: TcpHeader = {
  srcPort: 40000, dstPort: 80, seq: 1, ack: 2, flags: 0x10, wnd: 502, checksum: 0, urgentPointer: 0,
  options: [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'timestamp', value: 1, echo: 2 }],
}

export async function micro(seconds: number): Promise<Section> {
  const bench = new Bench({ time: seconds * 100, warmupTime: 50 })
  const wasm = wasmPlatform.allocate(MEMORY_BYTES)
  const scalar = arrayBufferPlatform.allocate(MEMORY_BYTES)
  let sink = 0
  const add = (name: string, fn: () => number): void => {
    bench.add(name, () => { for (let i = 0; i < REPEAT; i++) sink = (sink + fn()) | 0 })
  }
  for (const length of LENGTHS) {
    add(`checksum of ${length} bytes, WebAssembly`, () => wasm.checksummer.sum(64, length))
    add(`checksum of ${length} bytes, without`, () => scalar.checksummer.sum(64, length))
  }
  const bytes = new Uint8Array(200)
  const words = new DataView(bytes.buffer)
  bytes[0] = 0x45
  IpAddress.v4(0xc6120001).writeTo(bytes, 12)
  const length = encodeTcp(HEADER, bytes, 20)
  const ip = new Ipv4View()
  const tcp = new TcpView()
  add('IPv4 and TCP header read in place', () => {
    ip.wrapBytes(bytes, 0, 120)
    tcp.wrap(words, 20, 120)
    return (ip.checkHeader() ?? tcp.check()) === undefined ? ip.source + tcp.seq + tcp.ack + tcp.wnd + tcp.flags : 0
  })
  add('TCP header decoded into a record', () => {
    const header = decodeTcp(bytes, 20, 20 + length)
    return typeof header === 'string' ? 0 : header.wnd
  })
  add('TCP header encoded from a record', () => encodeTcp(HEADER, bytes, 20))
  await bench.run()
  const rows = bench.tasks.map((task): Figure => {
    const { result } = task
    const ns = 'latency' in result ? result.latency.p50 * 1e6 / REPEAT : NaN
    const size = /of (\d+) bytes/.exec(task.name)
    return {
      name: task.name, value: ns, unit: 'ns',
      ...size === null ? {} : { note: `${(Number(size[1]) / ns).toFixed(1)} GB/s` },
    }
  })
  return { title: `Small parts${sink === 1 ? ' ' : ''}`, rows }
}
