// A capture of what crosses a script's wire, as pcapng.

import { LINKTYPE_RAW, PcapngWriter } from '../wire/pcap.ts'
import type { DeviceTap } from '../link/net-device.ts'
import type { Bench } from './bench.ts'

export interface BenchCapture {
  readonly watch: (bench: Bench) => void
  bytes(): Uint8Array
}

export function captureBench(): BenchCapture {
  const blocks: Uint8Array[] = []
  const writer = new PcapngWriter((bytes) => { blocks.push(bytes.slice()) }, 'sockeye drill')
  const watch = (bench: Bench): void => {
    const id = writer.addInterface(bench.device.name, LINKTYPE_RAW)
    const record: DeviceTap['frameIn'] = (packet) => { writer.packet(id, bench.clock.now(), packet.bytes()) }
    bench.device.addTap({ frameIn: record, frameOut: record })
  }
  return {
    watch,
    bytes: () => {
      const all = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0))
      let at = 0
      for (const block of blocks) {
        all.set(block, at)
        at += block.length
      }
      return all
    },
  }
}
